/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef GHOST_CONNTRACK_H
#define GHOST_CONNTRACK_H

#include <net/net_namespace.h>

#include "classify.h"

bool ghost_conntrack_is_reply(const struct sk_buff *skb);
bool ghost_conntrack_is_at_work(const struct net *net, enum ghost_family family);

#endif
