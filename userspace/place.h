/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef GHOST_PLACE_H
#define GHOST_PLACE_H

#include <limits.h>
#include <stdbool.h>
#include <sys/stat.h>

/**
 * struct ghost_place - where a path leads, all links followed
 * @stream: open for writing, if the path leads to something that cannot be replaced; else -1
 * @dir: the directory of the file, open for *at()
 * @name: the name of the file in @dir
 * @found: the file exists; it is a regular file if @stream is -1
 * @st: the status of the file, if it exists
 */
struct ghost_place {
	int stream;
	int dir;
	char name[NAME_MAX + 1];
	bool found;
	struct stat st;
};

int ghost_place_find(struct ghost_place *place, const char *path, char *err);
int ghost_place_open(const struct ghost_place *place, int flags);
void ghost_place_close(struct ghost_place *place);

#endif
