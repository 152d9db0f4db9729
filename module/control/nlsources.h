/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef GHOST_NLSOURCES_H
#define GHOST_NLSOURCES_H

#include <linux/netlink.h>

int ghost_nlsources_start(struct netlink_callback *cb);
int ghost_nlsources_start_reset(struct netlink_callback *cb);
int ghost_nlsources_dump(struct sk_buff *msg, struct netlink_callback *cb);
int ghost_nlsources_done(struct netlink_callback *cb);

#endif
