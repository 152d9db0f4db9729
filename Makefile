# SPDX-License-Identifier: GPL-2.0-only
#
# make help tells what there is.

KVER ?= $(shell uname -r)
KDIR ?= /lib/modules/$(KVER)/build
VERSION := $(shell sed -n 's/^PACKAGE_VERSION="\(.*\)"/\1/p' dkms.conf)

PREFIX ?= /usr/local
DESTDIR ?=
DKMS ?= dkms
# Where DKMS looks for sources; --dkmstree and the like for a trial run go into DKMSFLAGS.
DKMSSRC ?= /usr/src
DKMSFLAGS ?=

sbindir := $(DESTDIR)$(PREFIX)/sbin
mandir := $(DESTDIR)$(PREFIX)/share/man/man8
completiondir := $(DESTDIR)$(PREFIX)/share/bash-completion/completions
dkmssrc := $(DKMSSRC)/ghost688-$(VERSION)

all: module cli

# What Kbuild leaves behind belongs to one kernel: another one must not link it.
module: | headers
	$(MAKE) -C $(KDIR) M=$(CURDIR) modules

cli:
	$(MAKE) -C userspace

headers:
	@test -e $(KDIR)/Makefile || { \
		echo "make: no kernel headers in $(KDIR)"; \
		echo "make: apt install linux-headers-$(KVER)   (or name another kernel: make KVER=... or KDIR=...)"; \
		for dir in /lib/modules/*/build; do \
			test ! -e "$$dir/Makefile" || echo "make: there are headers for: KVER=$$(basename "$${dir%/build}")"; \
		done; exit 1; } >&2

demo:
	@tests/demo/run

check:
	@tests/check

matrix:
	@tests/matrix

# Those of the kernels' names that are to be measured.
KERNELS ?= 6.1 6.12 7.3
JSON ?=
bench:
	@tests/bench/run $(if $(JSON),--json '$(JSON)') $(KERNELS)

bench-plot:
	@test -n '$(JSON)' || { echo 'make: bench-plot draws what make bench JSON=FILE wrote: JSON=FILE' >&2; exit 1; }
	@tests/require bench-plot
	@/usr/bin/python3 -B tests/bench/plot '$(JSON)' tests/bench/instructions.svg

bench-scale:
	@tests/bench/scale

shell:
	@tests/require demo
	@$(MAKE) -s module cli KDIR="$$(tests/vm/kernel kdir stock)"
	@tests/vm/shell

install: cli
	@command -v $(DKMS) >/dev/null || { echo "make: install needs DKMS: apt install dkms" >&2; exit 1; }
	install -d $(dkmssrc)/module/uapi
	install -m 644 Kbuild dkms.conf LICENSE $(dkmssrc)
	install -m 644 module/*.c module/*.h $(dkmssrc)/module
	install -m 644 module/uapi/*.h $(dkmssrc)/module/uapi
	$(DKMS) install $(DKMSFLAGS) -m ghost688 -v $(VERSION) -k $(KVER) --force
	install -D -m 755 userspace/ghost688 $(sbindir)/ghost688
	install -D -m 644 userspace/ghost688.8 $(mandir)/ghost688.8
	install -D -m 644 userspace/completion/ghost688 $(completiondir)/ghost688

uninstall:
	-$(DKMS) remove $(DKMSFLAGS) -m ghost688 -v $(VERSION) --all
	$(RM) -r $(dkmssrc)
	$(RM) $(sbindir)/ghost688 $(mandir)/ghost688.8 $(completiondir)/ghost688

clean:
	$(MAKE) -C userspace clean
	$(RM) -r build
	$(RM) *.ko *.o *.mod *.mod.c .*.cmd .module-common.o Module.symvers modules.order
	$(RM) module/*.o module/.*.cmd module/*.mod

help:
	@echo 'make               ./ghost688.ko and ./userspace/ghost688, for the running kernel'
	@echo '                   or KVER=RELEASE or KDIR=DIRECTORY'
	@echo 'make demo          port 688 watched and shut, in a virtual machine'
	@echo 'make check         all tests, in virtual machines'
	@echo 'make matrix        the end-to-end tests on every Debian kernel, built in its own suite'
	@echo 'make bench         instructions that a packet costs, against budgets, nftables and iptables'
	@echo '                   or KERNELS="6.1 6.12 7.3", some of them; JSON=FILE for programs'
	@echo 'make bench-plot    the picture in README.md, out of JSON=FILE'
	@echo 'make bench-scale   visits a second on 1, 2 and 4 virtual CPUs'
	@echo 'make shell         a shell in such a machine, with the module loaded'
	@echo 'make install       DKMS module, tool, man page, completion; also for KVER=RELEASE'
	@echo 'make uninstall     takes them away again'
	@echo 'make clean         takes away what make has built'

.PHONY: all module cli headers demo check matrix bench bench-plot bench-scale shell install uninstall clean help
