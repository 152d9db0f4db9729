/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef GHOST_CONNTRACK_H
#define GHOST_CONNTRACK_H

#include <linux/netfilter/nf_conntrack_common.h>
#include <net/netfilter/nf_conntrack.h>

#include "datapath/origin.h"
#include "state/far_end.h"
#include "state/hit.h"
#include "state/visit.h"

/**
 * ghost_conntrack_misses() - fast path: was this packet certainly not sent to port 688?
 * @skb: a packet whose present destination port is not 688
 *
 * Most packets cost one read without conntrack. With conntrack they cost one more, of
 * the connection.
 *
 * Return: true if translation certainly hides no visit, false if
 * ghost_conntrack_was_to_688() must decide.
 */
static __always_inline bool ghost_conntrack_misses(const struct sk_buff *skb)
{
#if IS_ENABLED(CONFIG_NF_CONNTRACK)
	const unsigned long nfct = skb_get_nfct(skb);
	const struct nf_conn *ct;

	/* No connection: conntrack is not active, or does not track this packet. */
	if (likely(nfct <= NFCT_INFOMASK))
		return true;
	ct = (const struct nf_conn *)(nfct & NFCT_PTRMASK);
	return likely(ct->tuplehash[IP_CT_DIR_ORIGINAL].tuple.dst.u.all != htons(GHOST688_PORT));
#else
	return true;
#endif
}

void ghost_conntrack_far_end(const struct sk_buff *skb, const struct net *net,
			     struct ghost_far_end *far);
bool ghost_conntrack_translated(const struct ghost_visit *visit, const struct sk_buff *skb,
				const struct net *net, struct ghost_end *source,
				struct ghost_end *destination);
bool ghost_conntrack_was_to_688(const struct sk_buff *skb, u8 number);
enum ghost_origin ghost_conntrack_origin_slow(const struct ghost_visit *visit,
					      const struct sk_buff *skb, const struct net *net);

/* As ghost_conntrack_origin_slow(), but cheap for the usual packet without a connection. */
static __always_inline enum ghost_origin ghost_conntrack_origin(const struct ghost_visit *visit,
								const struct sk_buff *skb,
								const struct net *net)
{
	if (likely(skb_get_nfct(skb) <= NFCT_INFOMASK))
		return GHOST_ORIGIN_UNKNOWN;
	return ghost_conntrack_origin_slow(visit, skb, net);
}

#endif
