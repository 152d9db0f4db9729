/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef GHOST_NETLINK_H
#define GHOST_NETLINK_H

#include <net/genetlink.h>

extern struct genl_family ghost_netlink_family;

int ghost_netlink_init(void);
void ghost_netlink_exit(void);

#endif
