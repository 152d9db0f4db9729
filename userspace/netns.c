// SPDX-License-Identifier: GPL-2.0-only
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli.h"
#include "netns.h"
#include "text.h"

#define NETNS_DIR "/run/netns"

static int is_name(const struct dirent *entry)
{
	return entry->d_name[0] != '.';
}

/* The names that "ip netns" made, for a message. */
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

/**
 * ghost_netns_enter() - go to another network namespace, for good
 * @name: one that "ip netns" made, or a path when there is a slash in it
 *
 * Return: 0, or the exit status after a message.
 */
int ghost_netns_enter(const char *name)
{
	char *clean = ghost_clean(strdupa(name));
	char path[PATH_MAX], names[512];
	int err, fd;

	if (strchr(name, '/'))
		snprintf(path, sizeof(path), "%s", name);
	else
		snprintf(path, sizeof(path), NETNS_DIR "/%s", name);

	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0) {
		if (errno != ENOENT || strchr(name, '/'))
			return ghost_refuse("network namespace '%s': %s", clean, strerror(errno));
		names_list(names, sizeof(names));
		return ghost_refuse("no network namespace named '%s'; %s", clean, names);
	}
	err = setns(fd, CLONE_NEWNET) ? errno : 0;
	close(fd);
	switch (err) {
	case 0:
		return GHOST_OK;
	case EPERM:
		return ghost_refuse("entering network namespace '%s' needs CAP_SYS_ADMIN; try with sudo",
				    clean);
	case EINVAL:
		return ghost_refuse("'%s' is no network namespace", clean);
	default:
		return ghost_refuse("network namespace '%s': %s", clean, strerror(err));
	}
}
