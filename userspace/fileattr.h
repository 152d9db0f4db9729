/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef GHOST_FILEATTR_H
#define GHOST_FILEATTR_H

int ghost_fileattr_copy(int from, int to, char *err);

#endif
