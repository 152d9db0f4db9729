/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef GHOST_FAMILY_H
#define GHOST_FAMILY_H

#include <net/genetlink.h>

/* Defined in netlink.c; every file that builds an answer needs its id. */
extern struct genl_family ghost_netlink_family;

/* By index into its groups. */
enum ghost_group {
	GHOST_GROUP_POLICY,
	GHOST_GROUP_HITS,
};

#endif
