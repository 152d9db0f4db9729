/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef GHOST_LOG_H
#define GHOST_LOG_H

#include <linux/netfilter.h>

#include "state/policy.h"

bool ghost_log_take(struct ghost_policy_log *log, const struct net *net);
void ghost_log_packet(const struct ghost_policy_log *log, enum ghost688_direction direction,
		      const char *what, bool translated, const struct sk_buff *skb,
		      const struct nf_hook_state *state);

#endif
