/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef GHOST_FAMILY_H
#define GHOST_FAMILY_H

#include <net/genetlink.h>

/* The generic netlink family; netlink.c defines it, and whoever answers writes its id. */
extern struct genl_family ghost_netlink_family;

#endif
