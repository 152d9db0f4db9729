/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef GHOST_LOG_H
#define GHOST_LOG_H

#include <linux/netfilter.h>

#include "counters.h"
#include "policy.h"

int ghost_log_get(enum ghost688_log_target target);
int ghost_log_request(enum ghost688_log_target target);
void ghost_log_put(enum ghost688_log_target target);

bool ghost_log_take(struct ghost_policy_log *log, const struct net *net);
void ghost_log_packet(const struct ghost_policy_log *log, enum ghost688_direction direction,
		      const char *what, bool translated, const struct sk_buff *skb,
		      const struct nf_hook_state *state);

#endif
