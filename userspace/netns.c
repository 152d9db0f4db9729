// SPDX-License-Identifier: GPL-2.0-only
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <sched.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <linux/capability.h>

#include "capability.h"
#include "message.h"
#include "netns.h"
#include "text.h"

#define NETNS_DIR "/run/netns"

static int is_name(const struct dirent *entry)
{
	return entry->d_name[0] != '.';
}

/* Lists the network namespaces that "ip netns" made, for a message. */
static void names_list(char *buf, size_t size)
{
	struct dirent **names;
	int i, n = scandir(NETNS_DIR, &names, is_name, alphasort);
	size_t used = 0;

	snprintf(buf, size, "there are no named ones");
	if (n < 0)
		return;
	for (i = 0; i < n; i++) {
		if (used < size)
			used += snprintf(buf + used, size - used, "%s%s",
					 i ? ", " : "named ones: ", names[i]->d_name);
		free(names[i]);
	}
	free(names);
	if (used >= size)
		strcpy(buf + size - 4, "...");
	ghost_clean(buf);
}

/*
 * A name has precedence over a PID. The file may be anything, such as a FIFO, so open() must not
 * wait for somebody to write to it.
 */
static int netns_open(const char *name)
{
	const int flags = O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC;
	char path[PATH_MAX];
	uint32_t pid;
	int fd;

	if (strchr(name, '/'))
		return open(name, flags);
	snprintf(path, sizeof(path), NETNS_DIR "/%s", name);
	fd = open(path, flags);
	if (fd >= 0 || errno != ENOENT || ghost_number(name, 1, INT_MAX, &pid))
		return fd;
	snprintf(path, sizeof(path), "/proc/%u/ns/net", pid);
	return open(path, flags);
}

/**
 * ghost_netns_named() - whether "ip netns" made a network namespace of this name
 */
bool ghost_netns_named(const char *name)
{
	char path[PATH_MAX];

	snprintf(path, sizeof(path), NETNS_DIR "/%s", name);
	return !strchr(name, '/') && !access(path, F_OK);
}

/**
 * ghost_netns_is_first() - whether this is the network namespace of process 1
 *
 * Compares files of /proc/PID/net. Each namespace has its own, and reading them needs no
 * privilege, unlike /proc/PID/ns/net, which needs the one to trace process 1.
 *
 * Return: true also if that cannot be known, as where /proc hides process 1.
 */
bool ghost_netns_is_first(void)
{
	struct stat here, first;

	if (stat("/proc/self/net/dev", &here) || stat("/proc/1/net/dev", &first))
		return true;
	return here.st_dev == first.st_dev && here.st_ino == first.st_ino;
}

/**
 * ghost_netns_enter() - enter another network namespace
 * @name: one that "ip netns" made, a path if there is a slash in it, or a PID
 *
 * Return: 0, or the exit status after a message.
 */
int ghost_netns_enter(const char *name)
{
	char *clean = ghost_clean(strdupa(name));
	char names[512], what[PATH_MAX];
	int err, fd = netns_open(name);
	uint32_t pid;

	if (fd < 0) {
		if (errno == ENXIO)
			return ghost_refuse("'%s' is no network namespace", clean);
		if (errno != ENOENT || strchr(name, '/'))
			return ghost_refuse("network namespace '%s': %s", clean, strerror(errno));
		names_list(names, sizeof(names));
		return ghost_refuse("no network namespace named '%s'%s; %s", clean,
				    ghost_number(name, 1, INT_MAX, &pid) ? "" :
				    ", and no process of that number", names);
	}
	err = setns(fd, CLONE_NEWNET) ? errno : 0;
	close(fd);
	switch (err) {
	case 0:
		return GHOST_OK;
	case EPERM:
		snprintf(what, sizeof(what), "entering network namespace '%s'", clean);
		return ghost_capability_lacks(what, CAP_SYS_ADMIN, "SYS_ADMIN");
	case EINVAL:
		return ghost_refuse("'%s' is no network namespace", clean);
	default:
		return ghost_refuse("network namespace '%s': %s", clean, strerror(err));
	}
}
