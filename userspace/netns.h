/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef GHOST_NETNS_H
#define GHOST_NETNS_H

#include <stdbool.h>

bool ghost_netns_named(const char *name);
bool ghost_netns_is_first(void);
int ghost_netns_enter(const char *name);

#endif
