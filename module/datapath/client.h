/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef GHOST_CLIENT_H
#define GHOST_CLIENT_H

#include <net/net_namespace.h>

#include "state/visit.h"
#include "state/visitors.h"

bool ghost_client_owns(const struct ghost_visit *visit, const struct sk_buff *skb,
		       struct net *net, const struct ghost_visitors *visitors);
void ghost_client_remember(const struct ghost_visit *visit, const struct sk_buff *skb,
			   struct net *net, struct ghost_visitors *visitors);
void ghost_client_begin(struct net *net, struct ghost_visitors *visitors);

#endif
