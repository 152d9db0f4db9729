/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef GHOST_NETNS_H
#define GHOST_NETNS_H

int ghost_netns_enter(const char *name);

#endif
