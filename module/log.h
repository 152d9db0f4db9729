/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef GHOST_LOG_H
#define GHOST_LOG_H

#include <linux/netfilter.h>

#include "counters.h"
#include "policy.h"

int ghost_log_get(enum ghost688_log_target target);
int ghost_log_request(enum ghost688_log_target target);
void ghost_log_put(enum ghost688_log_target target);

void ghost_log_packet(struct ghost_policy *policy, struct ghost_counters *counters,
		      enum ghost688_direction direction, const char *what,
		      const struct sk_buff *skb, const struct nf_hook_state *state);

#endif
