/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef GHOST_OVERWRITE_H
#define GHOST_OVERWRITE_H

#include <stdbool.h>
#include <stddef.h>

#define GHOST_TEMP_LEN 32

struct ghost_place;

int ghost_overwrite(const struct ghost_place *place, int dir, int copy, const char *name,
		    const char *data, size_t length, bool *keep, char *err);

#endif
