/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef GHOST_REPLY_H
#define GHOST_REPLY_H

#include <linux/netfilter.h>

#include "state/visit.h"
#include "state/visitors.h"

bool ghost_reply_is(u8 flags, enum ghost688_direction direction, const struct ghost_visit *visit,
		    const struct sk_buff *skb, const struct nf_hook_state *state,
		    const struct ghost_visitors *visitors);

#endif
