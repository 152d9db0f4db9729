/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef GHOST_ATOMICFILE_H
#define GHOST_ATOMICFILE_H

#include <stddef.h>

int ghost_atomicfile_write(const char *path, const void *data, size_t length, char *err);

#endif
