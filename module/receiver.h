/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef GHOST_RECEIVER_H
#define GHOST_RECEIVER_H

#include <net/net_namespace.h>

#include "classify.h"
#include "testimony.h"
#include "visitors.h"

enum ghost_testimony ghost_receiver_ask_tcp(const struct ghost_visit *visit,
					    const struct sk_buff *skb, struct net *net);
bool ghost_receiver_owns_udp(const struct ghost_visit *visit, const struct sk_buff *skb,
			     struct net *net, const struct ghost_visitors *visitors);
void ghost_receiver_remember_udp(const struct ghost_visit *visit, const struct sk_buff *skb,
				 struct net *net, struct ghost_visitors *visitors);
void ghost_receiver_begin_udp(struct net *net, struct ghost_visitors *visitors);

#endif
