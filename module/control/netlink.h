/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef GHOST_NETLINK_H
#define GHOST_NETLINK_H

int ghost_netlink_init(void);
void ghost_netlink_exit(void);

#endif
