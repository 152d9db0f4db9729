/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef GHOST_HIT_REPORT_H
#define GHOST_HIT_REPORT_H

#include <linux/netfilter.h>

#include "state/hits.h"

void ghost_hit_report(struct ghost_hits *hits, const struct ghost_rate *rate,
		      enum ghost688_direction direction, enum ghost_class class,
		      const struct ghost_visit *visit, enum ghost688_verdict verdict,
		      const struct sk_buff *skb, const struct nf_hook_state *state);

#endif
