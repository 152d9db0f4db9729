/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef GHOST_SENDER_H
#define GHOST_SENDER_H

#include <linux/netfilter.h>

#include "datapath/origin.h"
#include "state/visit.h"

enum ghost_origin ghost_sender_origin(const struct ghost_visit *visit,
				      const struct sk_buff *skb,
				      const struct nf_hook_state *state);
bool ghost_sender_serves_udp(const struct ghost_visit *visit, const struct sk_buff *skb,
			     const struct net *net);

#endif
