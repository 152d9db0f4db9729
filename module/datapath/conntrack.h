/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef GHOST_CONNTRACK_H
#define GHOST_CONNTRACK_H

#include <linux/netfilter/nf_conntrack_common.h>
#include <net/netfilter/nf_conntrack.h>

#include "datapath/origin.h"
#include "state/far_end.h"
#include "state/visit.h"

/**
 * ghost_conntrack_hides_nothing() - was this packet surely not sent to port 688?
 * @skb: a packet that is not to port 688 as it stands
 *
 * The cheap no, which most packets pay: one look where conntrack is not at work,
 * and one into the connection where it is.
 *
 * Return: true for what translation surely does not hide, false for
 * ghost_conntrack_hides() to tell.
 */
static __always_inline bool ghost_conntrack_hides_nothing(const struct sk_buff *skb)
{
#if IS_ENABLED(CONFIG_NF_CONNTRACK)
	const unsigned long nfct = skb_get_nfct(skb);
	const struct nf_conn *ct;

	/* Nothing but the information: conntrack is not at work, or looks away. */
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
bool ghost_conntrack_hides(const struct sk_buff *skb, u8 number);
enum ghost_origin ghost_conntrack_tell(const struct ghost_visit *visit,
				       const struct sk_buff *skb, const struct net *net);

/* The same, where it is mostly not at work. */
static __always_inline enum ghost_origin ghost_conntrack_ask(const struct ghost_visit *visit,
							     const struct sk_buff *skb,
							     const struct net *net)
{
	return likely(skb_get_nfct(skb) <= NFCT_INFOMASK) ? GHOST_ORIGIN_UNKNOWN :
							    ghost_conntrack_tell(visit, skb, net);
}

#endif
