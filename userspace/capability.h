/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef GHOST_CAPABILITY_H
#define GHOST_CAPABILITY_H

int ghost_capability_lacks(const char *what, int number, const char *name);

#endif
