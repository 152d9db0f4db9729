// SPDX-License-Identifier: GPL-2.0-only
/*
 * PID 1 of the big-endian machine: loads the suites, which run while they are loaded,
 * unloads them and powers the machine off. Results are on the console.
 */
#include <fcntl.h>
#include <stdio.h>
#include <sys/reboot.h>
#include <sys/syscall.h>
#include <unistd.h>

static void load(const char *path, const char *parameters)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);

	if (fd < 0 || syscall(SYS_finit_module, fd, parameters, 0))
		perror(path);
	else if (syscall(SYS_delete_module, "ghost688_kunit", 0))
		perror("unloading");
	else
		puts("init: loaded and unloaded");
}

int main(void)
{
	char parameters[1024] = "";
	int fd = open("/parameters", O_RDONLY | O_CLOEXEC);

	if (fd < 0 || read(fd, parameters, sizeof(parameters) - 1) < 0)
		perror("/parameters");
	load("/ghost688_kunit.ko", parameters);
	fflush(NULL);
	sync();
	reboot(RB_POWER_OFF);
	return 1;
}
