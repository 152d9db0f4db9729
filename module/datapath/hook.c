// SPDX-License-Identifier: GPL-2.0-only
/*
 * The netfilter hooks: classify a packet, decide, account, report, give the verdict.
 * Only this file knows NF_ACCEPT and NF_DROP.
 */
#include <linux/netdevice.h>
#include <linux/netfilter_ipv4.h>
#include <linux/netfilter_ipv6.h>
#include <net/dst.h>
#include <net/ipv6.h>
#include <net/xfrm.h>

#include "datapath/classify.h"
#include "datapath/client.h"
#include "datapath/conntrack.h"
#include "datapath/hit.h"
#include "datapath/hook.h"
#include "datapath/log.h"
#include "datapath/reply.h"
#include "datapath/source.h"
#include "state/counters.h"
#include "state/net.h"
#include "state/policy.h"
#include "state/words.h"

static void ghost_hook_account(struct ghost_net *gn, enum ghost688_direction direction,
			       enum ghost_class class, const struct ghost_visit *visit,
			       enum ghost688_verdict verdict, enum ghost_line line)
{
	if (likely(class != GHOST_TRUNCATED))
		ghost_counters_visit(&gn->counters, direction, visit, verdict, line);
	else
		ghost_counters_truncated(&gn->counters, direction, visit, line);
}

/* Out of line, so that a packet that is not logged saves no registers. */
static noinline void ghost_hook_log(struct ghost_net *gn, struct ghost_policy *policy,
				    enum ghost688_direction direction, enum ghost_class class,
				    const struct ghost_visit *visit,
				    enum ghost688_verdict verdict, const struct sk_buff *skb,
				    const struct nf_hook_state *state)
{
	if (!ghost_log_take(&policy->log, state->net)) {
		ghost_hook_account(gn, direction, class, visit, verdict, GHOST_LINE_SUPPRESSED);
		return;
	}
	ghost_hook_account(gn, direction, class, visit, verdict, GHOST_LINE_WRITTEN);
	ghost_log_packet(&policy->log, direction,
			 class == GHOST_TRUNCATED ? "truncated" : ghost_word_verdict(verdict),
			 class == GHOST_TRANSLATED, skb, state);
}

/*
 * A packet sent through a VRF passes LOCAL_OUT twice: first with the VRF as its
 * device, then with the device of its route. Only the second pass counts.
 */
static bool ghost_hook_is_vrf_first_pass(const struct sk_buff *skb,
					 const struct nf_hook_state *state)
{
	const struct dst_entry *dst = skb_dst(skb);

	return netif_is_l3_master(state->out) && dst && dst->dev != state->out;
}

/*
 * An authentication header does not hide the ports. An IPv6 packet that gains or loses
 * one in this host passes the same hook twice, once with and once without the header.
 * Only the first pass counts.
 */
static bool ghost_hook_lost_authentication(const struct sk_buff *skb)
{
	const struct sec_path *path = skb_sec_path(skb);
	const struct xfrm_state *last;

	if (likely(!path || !path->len))
		return false;
	last = path->xvec[path->len - 1];
	return last->id.proto == IPPROTO_AH && last->props.mode == XFRM_MODE_TRANSPORT;
}

static bool ghost_hook_got_authentication(const struct sk_buff *skb)
{
	int flags = IP6_FH_F_AUTH;
	unsigned int offset = 0;

	return unlikely(IP6CB(skb)->flags & IP6SKB_XFRM_TRANSFORMED) &&
	       ipv6_find_hdr(skb, &offset, -1, NULL, &flags) == NEXTHDR_AUTH;
}

static noinline bool ghost_hook_is_sent_again(enum ghost_family family, const struct sk_buff *skb,
					      const struct nf_hook_state *state)
{
	return ghost_hook_is_vrf_first_pass(skb, state) ||
	       (family == GHOST_IPV6 && ghost_hook_got_authentication(skb));
}

static __always_inline bool ghost_hook_is_repeated(enum ghost688_direction direction,
						   enum ghost_family family,
						   const struct sk_buff *skb,
						   const struct nf_hook_state *state)
{
	if (direction == GHOST688_DIRECTION_OUT)
		return ghost_hook_is_sent_again(family, skb, state);
	return direction == GHOST688_DIRECTION_IN && family == GHOST_IPV6 &&
	       ghost_hook_lost_authentication(skb);
}

static __always_inline unsigned int
ghost_hook_visit(enum ghost688_direction direction, enum ghost_family family,
		 enum ghost_class class, const struct ghost_visit *visit,
		 const struct sk_buff *skb, const struct nf_hook_state *state)
{
	struct ghost_net *gn = ghost_net_rcu(state->net);
	enum ghost688_verdict verdict;
	struct ghost_policy *policy;
	struct ghost_hits *hits;
	u8 flags;

	if (ghost_hook_is_repeated(direction, family, skb, state))
		return NF_ACCEPT;

	/* Netfilter calls hooks under RCU. */
	policy = rcu_dereference(gn->policy);
	flags = policy->flags[direction];
	/*
	 * Without these the compiler keeps more than it has registers for: where it found the
	 * flags, and comparisons that it has made. That cost seven instructions.
	 */
	OPTIMIZER_HIDE_VAR(flags);
	OPTIMIZER_HIDE_VAR(class);
	OPTIMIZER_HIDE_VAR(direction);
	/* A hook may be registered before its policy is published, or outlive it briefly. */
	if (unlikely(!(flags & GHOST_FLAG_WATCH)))
		return NF_ACCEPT;

	if (flags & GHOST_FLAG_EXEMPT && likely(class == GHOST_VISIT) &&
	    ghost_reply_is(flags, direction, visit, skb, state, &gn->visitors)) {
		/* Expected: no line, no hit and no source. */
		ghost_counters_visit(&gn->counters, direction, visit, GHOST688_VERDICT_REPLY,
				     GHOST_LINE_NONE);
		return NF_ACCEPT;
	}

	verdict = ghost_policy_decide(policy, flags, direction, family, skb);
	/* Allow-listed peers are expected: do not log them. */
	if (unlikely(flags & GHOST_FLAG_LOG) && verdict != GHOST688_VERDICT_ALLOWED)
		ghost_hook_log(gn, policy, direction, class, visit, verdict, skb, state);
	else
		ghost_hook_account(gn, direction, class, visit, verdict, GHOST_LINE_NONE);
	hits = ghost_audience_hits(&gn->audience);
	if (unlikely(hits))
		ghost_hit_report(hits, &policy->hits.limit_rate, direction, class, visit, verdict,
				 skb, state);
	OPTIMIZER_HIDE_VAR(class);
	if (flags & GHOST_FLAG_SOURCES)
		ghost_source_note(&gn->sources, policy, direction, family, class, visit, verdict,
				  skb, state);
	/* A dropped packet reaches no server, so none can connect to its sender. */
	if (likely(verdict == GHOST688_VERDICT_DROPPED))
		return NF_DROP;
	if (direction == GHOST688_DIRECTION_IN && class != GHOST_TRUNCATED &&
	    visit->protocol == GHOST_UDP)
		ghost_client_remember(visit, skb, state->net, &gn->visitors);
	return NF_ACCEPT;
}

/* Out of line, so that a miss saves no registers. */
static noinline unsigned int ghost_hook_slow_ipv4(void *priv, struct sk_buff *skb,
						  const struct nf_hook_state *state)
{
	struct ghost_visit visit __uninitialized;
	enum ghost_class class = ghost_classify_ipv4(skb, &visit);

	if (class == GHOST_MISS)
		return NF_ACCEPT;
	return ghost_hook_visit((unsigned long)priv, GHOST_IPV4, class, &visit, skb, state);
}

static noinline unsigned int ghost_hook_slow_ipv6(void *priv, struct sk_buff *skb,
						  const struct nf_hook_state *state)
{
	struct ghost_visit visit __uninitialized;
	enum ghost_class class = ghost_classify_ipv6(skb, &visit);

	if (class == GHOST_MISS)
		return NF_ACCEPT;
	return ghost_hook_visit((unsigned long)priv, GHOST_IPV6, class, &visit, skb, state);
}

static unsigned int ghost_hook_ipv4(void *priv, struct sk_buff *skb,
				    const struct nf_hook_state *state)
{
	if (ghost_ipv4_misses(skb) && ghost_conntrack_misses(skb))
		return NF_ACCEPT;
	return ghost_hook_slow_ipv4(priv, skb, state);
}

static unsigned int ghost_hook_ipv6(void *priv, struct sk_buff *skb,
				    const struct nf_hook_state *state)
{
	if (ghost_ipv6_misses(skb) && ghost_conntrack_misses(skb))
		return NF_ACCEPT;
	return ghost_hook_slow_ipv6(priv, skb, state);
}

/*
 * The hooks of in and forward run first: conntrack attached its entry in PREROUTING
 * already, and no filter may hide a packet from us. Those of out run right after
 * destination NAT: what counts is the destination with which a packet leaves this host.
 *
 * All namespaces share these six; struct nf_hook_state says which one a packet is in.
 */
#define GHOST_HOOK(family, where, order, function, direction) {	\
	.hook		= (function),				\
	.pf		= (family),				\
	.hooknum	= (where),				\
	.priority	= (order),				\
	.priv		= (void *)(unsigned long)(direction),	\
}

static const struct nf_hook_ops ghost_hook_ops[GHOST_DIRECTIONS][GHOST_FAMILIES] = {
	[GHOST688_DIRECTION_IN] = {
		GHOST_HOOK(NFPROTO_IPV4, NF_INET_LOCAL_IN, NF_IP_PRI_FIRST,
			   ghost_hook_ipv4, GHOST688_DIRECTION_IN),
		GHOST_HOOK(NFPROTO_IPV6, NF_INET_LOCAL_IN, NF_IP6_PRI_FIRST,
			   ghost_hook_ipv6, GHOST688_DIRECTION_IN),
	},
	[GHOST688_DIRECTION_FORWARD] = {
		GHOST_HOOK(NFPROTO_IPV4, NF_INET_FORWARD, NF_IP_PRI_FIRST,
			   ghost_hook_ipv4, GHOST688_DIRECTION_FORWARD),
		GHOST_HOOK(NFPROTO_IPV6, NF_INET_FORWARD, NF_IP6_PRI_FIRST,
			   ghost_hook_ipv6, GHOST688_DIRECTION_FORWARD),
	},
	[GHOST688_DIRECTION_OUT] = {
		GHOST_HOOK(NFPROTO_IPV4, NF_INET_LOCAL_OUT, NF_IP_PRI_NAT_DST + 1,
			   ghost_hook_ipv4, GHOST688_DIRECTION_OUT),
		GHOST_HOOK(NFPROTO_IPV6, NF_INET_LOCAL_OUT, NF_IP6_PRI_NAT_DST + 1,
			   ghost_hook_ipv6, GHOST688_DIRECTION_OUT),
	},
};

/**
 * ghost_hooks_register() - register the hooks of directions
 * @net: the namespace
 * @directions: a bit for each &enum ghost688_direction; none may be registered yet
 *
 * Process context; the caller serializes.
 *
 * Return: 0, or a negative error, with none of them registered.
 */
int ghost_hooks_register(struct net *net, unsigned int directions)
{
	int direction, err;

	for (direction = 0; direction < GHOST_DIRECTIONS; direction++) {
		if (!(directions & BIT(direction)))
			continue;
		err = nf_register_net_hooks(net, ghost_hook_ops[direction], GHOST_FAMILIES);
		if (err) {
			ghost_hooks_unregister(net, directions & (BIT(direction) - 1));
			return err;
		}
	}
	return 0;
}

/**
 * ghost_hooks_unregister() - unregister the hooks of directions
 * @net: the namespace
 * @directions: a bit for each &enum ghost688_direction; all must be registered
 *
 * Packets may still be in a hook until a grace period has passed. Process
 * context; the caller serializes.
 */
void ghost_hooks_unregister(struct net *net, unsigned int directions)
{
	int direction;

	for (direction = 0; direction < GHOST_DIRECTIONS; direction++)
		if (directions & BIT(direction))
			nf_unregister_net_hooks(net, ghost_hook_ops[direction], GHOST_FAMILIES);
}
