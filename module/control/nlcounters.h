/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef GHOST_NLCOUNTERS_H
#define GHOST_NLCOUNTERS_H

#include <net/genetlink.h>

int ghost_nlcounters_status_get(struct sk_buff *request, struct genl_info *info);

int ghost_nlcounters_start(struct netlink_callback *cb);
int ghost_nlcounters_dump(struct sk_buff *msg, struct netlink_callback *cb);
int ghost_nlcounters_done(struct netlink_callback *cb);

int ghost_nlcounters_reset(struct sk_buff *request, struct genl_info *info);

#endif
