# SPDX-License-Identifier: GPL-2.0-only
#
# "make help" lists all targets.

# Given only KDIR, take the kernel release from it.
ifdef KDIR
release := $(shell sed -n 's/^.define UTS_RELEASE "\(.*\)"/\1/p' '$(KDIR)/include/generated/utsrelease.h' 2>/dev/null)
endif
KVER ?= $(or $(release),$(shell uname -r))
KDIR ?= /lib/modules/$(KVER)/build
VERSION := $(shell sed -n 's/^PACKAGE_VERSION="\(.*\)"/\1/p' dkms.conf)

# Where to build, if not in this directory.
MO ?=
out := $(abspath $(MO))

PREFIX ?= /usr/local
DESTDIR ?=
bindir := $(DESTDIR)$(PREFIX)/bin
mandir := $(DESTDIR)$(PREFIX)/share/man/man8
completiondir := $(DESTDIR)$(PREFIX)/share/bash-completion/completions
install := umask 022; install -D
# Earlier versions installed the tool here, where it would be found before the one in bin.
oldtool := $(DESTDIR)$(PREFIX)/sbin/ghost688

# Kbuild and the tool's Makefile use these names too, some with another meaning.
foreign := O MO M KBUILD_OUTPUT KBUILD_EXTMOD KBUILD_EXTMOD_OUTPUT
unexport $(foreign)
MAKEOVERRIDES := $(filter-out $(addsuffix =%,$(foreign)),$(MAKEOVERRIDES))

# A kernel built by clang needs modules built by clang.
ifeq ($(LLVM)$(origin CC),default)
ifneq ($(shell grep -s '^CONFIG_CC_IS_CLANG=y' '$(KDIR)/include/config/auto.conf'),)
llvm := LLVM=1
endif
endif
kbuild := -C '$(KDIR)' $(llvm)

all: module cli

# Kbuild cannot build in a directory whose name has a blank.
module: | headers writable
ifneq ($(out),)
	@packaging/dkms sources '$(out)'
	$(MAKE) $(kbuild) M='$(out)' modules
else ifneq ($(word 2,$(CURDIR)),)
	@dir=$$(mktemp -d) && packaging/dkms sources "$$dir" && $(MAKE) $(kbuild) M="$$dir" modules && \
		cp "$$dir/ghost688.ko" .; status=$$?; rm -rf -- "$$dir"; exit $$status
else
	$(MAKE) $(kbuild) M=$(CURDIR) modules
endif

cli: | writable
	$(MAKE) -C userspace O='$(or $(out:=/userspace),.)'

writable:
ifeq ($(out),)
	@test -w . -a -w userspace || $(MAKE) -q -s -C userspace O=. || { \
		echo 'make: this directory is not writable: name a directory to build in, make MO=DIRECTORY' >&2; exit 1; }
else ifneq ($(word 2,$(out)),)
	@echo 'make: Kbuild cannot build in MO=$(MO): its name has a blank' >&2; exit 1
endif

headers:
	@test -e '$(KDIR)/Makefile' || { \
		echo 'make: no kernel headers in $(KDIR)'; \
		echo 'make: apt install linux-headers-$(KVER)   (or name another kernel: make KVER=... or KDIR=...)'; \
		for dir in /lib/modules/*/build; do \
			test ! -e "$$dir/Makefile" || echo "make: there are headers for: KVER=$$(basename "$${dir%/build}")"; \
		done; exit 1; } >&2
	@IFS=. read -r version patchlevel rest <'$(KDIR)/include/config/kernel.release' || exit 0; \
	said=$$(LC_ALL=C $(MAKE) -s --no-print-directory -f Kbuild --eval='supported:;@:' supported \
		VERSION="$$version" PATCHLEVEL="$${patchlevel%%[!0-9]*}" 2>&1) || { \
		echo "$$said" | sed -n 's/^Kbuild:.*\*\*\* \(.*\)\.  Stop\.$$/make: \1/p' >&2; exit 1; }

demo:
	@tests/demo/run

check:
	@tests/check

matrix:
	@tests/matrix

# The kernels to measure on.
KERNELS ?= 6.1 6.12 7.3
JSON ?=
bench:
	@tests/bench/run $(if $(JSON),--json '$(JSON)') $(KERNELS)

bench-plot:
	@test -n '$(JSON)' || { echo 'make: bench-plot needs JSON=FILE, a file from make bench JSON=FILE' >&2; exit 1; }
	@tests/require bench-plot
	@/usr/bin/python3 -B tests/bench/plot '$(JSON)' tests/bench/instructions.svg

bench-scale:
	@tests/bench/scale

shell:
	@tests/require demo
	@kdir=$$(tests/vm/kernel kdir stock) && $(MAKE) -s module cli KDIR="$$kdir"
	@tests/vm/shell

# DESTDIR is for building packages, so DKMS is not called then.
install: cli $(if $(DESTDIR),,headers)
ifeq ($(DESTDIR),)
	@packaging/dkms install '$(KVER)' '$(KDIR)'
else
	@packaging/dkms sources '$(DESTDIR)/usr/src/ghost688-$(VERSION)'
endif
	$(install) -m 755 '$(or $(out),.)/userspace/ghost688' '$(bindir)/ghost688'
	$(install) -m 644 userspace/ghost688.8 '$(mandir)/ghost688.8'
	$(install) -m 644 userspace/completion/ghost688 '$(completiondir)/ghost688'
	$(RM) '$(oldtool)'

uninstall:
ifeq ($(DESTDIR),)
	@packaging/dkms remove
else
	$(RM) -r '$(DESTDIR)/usr/src/ghost688-$(VERSION)'
endif
	$(RM) '$(bindir)/ghost688' '$(mandir)/ghost688.8' '$(completiondir)/ghost688' '$(oldtool)'

clean:
	$(MAKE) -C userspace clean
	$(RM) -r build
	$(RM) *.ko *.o *.mod *.mod.c .*.cmd .module-common.o Module.symvers modules.order
	find module -name "*.o" -delete -o -name ".*.cmd" -delete

clean-cache:
	@tests/clean-cache

help:
	@echo 'make               build ./ghost688.ko and ./userspace/ghost688 for the running kernel'
	@echo '                   KVER=RELEASE or KDIR=DIRECTORY for another kernel; MO=DIRECTORY to build there;'
	@echo '                   LLVM=1 for clang'
	@echo 'make demo          watch and close port 688 in a virtual machine'
	@echo 'make check         run all tests in virtual machines'
	@echo 'make matrix        run the end-to-end tests on every Debian kernel, built in its own suite'
	@echo 'make bench         count instructions for each packet, against budgets, nftables and iptables'
	@echo '                   KERNELS="6.1 7.3" for some of the kernels; JSON=FILE for programs'
	@echo 'make bench-plot    draw the picture in README.md from JSON=FILE'
	@echo 'make bench-scale   measure visits per second on 1, 2 and 4 virtual CPUs'
	@echo 'make shell         open a shell in a virtual machine with the module loaded'
	@echo 'make install       install the DKMS module, tool, man page and completion; also for KVER=RELEASE;'
	@echo '                   PREFIX=/usr instead of /usr/local; DESTDIR=DIRECTORY only copies the files there'
	@echo 'make uninstall     remove what make install installed'
	@echo 'make clean         remove what make built'
	@echo 'make clean-cache   remove ~/.cache/ghost688: kernels, headers and Debian roots of the tests'

.PHONY: all module cli writable headers demo check matrix bench bench-plot bench-scale shell install uninstall clean \
	clean-cache help
