/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef GHOST_SOURCE_NOTE_H
#define GHOST_SOURCE_NOTE_H

#include <linux/netfilter.h>
#include <linux/skbuff.h>

#include "state/policy.h"
#include "state/sources.h"

bool ghost_source_note_ipv4(const struct ghost_sources *sources, u32 flags,
			    const struct ghost_visit *visit, const struct sk_buff *skb);
bool ghost_source_note_ipv6(const struct ghost_sources *sources, u32 flags,
			    const struct ghost_visit *visit, const struct sk_buff *skb);
void ghost_source_note_any(struct ghost_sources *sources, u32 keep, u32 flags,
			   enum ghost_class class, const struct ghost_visit *visit,
			   const struct sk_buff *skb, const struct nf_hook_state *state);

/**
 * ghost_source_note() - record who came
 * @sources: the namespace's sources
 * @policy: a policy that keeps sources
 * @direction: where the visit was met
 * @family: its network protocol
 * @class: GHOST_VISIT, GHOST_TRANSLATED or GHOST_TRUNCATED
 * @visit: the visit
 * @verdict: what becomes of it; no reply
 * @skb: the packet
 * @state: the hook's state
 *
 * Softirq or process context, under RCU.
 */
static __always_inline void ghost_source_note(struct ghost_sources *sources,
					      const struct ghost_policy *policy,
					      enum ghost688_direction direction,
					      enum ghost_family family, enum ghost_class class,
					      const struct ghost_visit *visit,
					      enum ghost688_verdict verdict,
					      const struct sk_buff *skb,
					      const struct nf_hook_state *state)
{
	const u32 flags = ghost_source_end(direction, family) | GHOST_SOURCE_VERDICT(verdict);

	if (likely(class == GHOST_VISIT && direction != GHOST688_DIRECTION_OUT) &&
	    likely(family == GHOST_IPV4 ? ghost_source_note_ipv4(sources, flags, visit, skb) :
					  ghost_source_note_ipv6(sources, flags, visit, skb)))
		return;
	ghost_source_note_any(sources, policy->sources, flags, class, visit, skb, state);
}

#endif
