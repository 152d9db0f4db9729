// SPDX-License-Identifier: GPL-2.0-only
/*
 * What conntrack tells, without linking to it or switching it on.
 */
#include "datapath/conntrack.h"
#include "state/words.h"

#if IS_ENABLED(CONFIG_NF_CONNTRACK)

/**
 * ghost_conntrack_hides() - was this packet sent to port 688, and translated?
 * @skb: a packet that is not to port 688 as it stands
 * @number: its transport protocol, as IANA numbers it
 *
 * What goes back, against the first packet, is not asked for: that comes from
 * port 688. ICMP errors carry their connection too, and are of another protocol.
 *
 * Any context, under RCU.
 */
bool ghost_conntrack_hides(const struct sk_buff *skb, u8 number)
{
	const struct nf_conntrack_tuple *first;
	enum ip_conntrack_info info;
	const struct nf_conn *ct;

	ct = nf_ct_get(skb, &info);
	if (!ct || CTINFO2DIR(info) != IP_CT_DIR_ORIGINAL)
		return false;
	first = &ct->tuplehash[IP_CT_DIR_ORIGINAL].tuple;
	return first->dst.u.all == htons(GHOST688_PORT) && first->dst.protonum == number;
}

/*
 * Of a TCP connection that is older than its entry, whom conntrack sees first
 * it takes for who has opened it; it is liberal with the windows of those. So
 * it is with connections that a flow table or act_ct takes over, and there it
 * knows by the window's scale that it has seen the SYN.
 */
static bool ghost_conntrack_saw_syn(const struct nf_conn *ct)
{
	const u8 flags = ct->proto.tcp.seen[IP_CT_DIR_ORIGINAL].flags;

	return !(flags & IP_CT_TCP_FLAG_BE_LIBERAL) || flags & IP_CT_TCP_FLAG_WINDOW_SCALE;
}

/**
 * ghost_conntrack_tell() - of a packet that conntrack has seen
 * @visit: what it is, not truncated
 * @skb: the packet
 * @net: the namespace
 *
 * Who may write the first packet's source may choose who has spoken first: for
 * UDP, where one word is all there is, that is proof only of the far end's.
 * The namespace has to be the packet's own: some devices carry what another
 * one knows from a namespace to the next.
 *
 * Any context, under RCU.
 */
enum ghost_origin ghost_conntrack_tell(const struct ghost_visit *visit,
				       const struct sk_buff *skb, const struct net *net)
{
	const struct nf_conntrack_tuple *first;
	enum ip_conntrack_info info;
	const struct nf_conn *ct;

	ct = nf_ct_get(skb, &info);
	if (!ct || nf_ct_is_template(ct) || !net_eq(nf_ct_net(ct), net))
		return GHOST_ORIGIN_UNKNOWN;
	first = &ct->tuplehash[IP_CT_DIR_ORIGINAL].tuple;
	if (first->dst.protonum != ghost_protocol_number(visit->protocol))
		return GHOST_ORIGIN_UNKNOWN;
	if (visit->protocol == GHOST_TCP && !ghost_conntrack_saw_syn(ct))
		return GHOST_ORIGIN_UNKNOWN;
	if (CTINFO2DIR(info) == IP_CT_DIR_ORIGINAL)
		return GHOST_OPENED_TO_688;
	return first->src.u.all == htons(GHOST688_PORT) ? GHOST_OPENED_FROM_688 :
							  GHOST_ORIGIN_UNKNOWN;
}

/**
 * ghost_conntrack_far_end() - from whom will this packet be, when its socket gets it?
 * @skb: a packet in LOCAL_IN, where sources are not translated yet
 * @net: the namespace
 * @far: whom it is from as it stands; whom the first packet was sent to, if this
 *	is an answer and that one was sent elsewhere
 *
 * Any context, under RCU.
 */
void ghost_conntrack_far_end(const struct sk_buff *skb, const struct net *net,
			     struct ghost_far_end *far)
{
	const struct nf_conntrack_tuple *first;
	enum ip_conntrack_info info;
	const struct nf_conn *ct;

	ct = nf_ct_get(skb, &info);
	if (likely(!ct) || CTINFO2DIR(info) != IP_CT_DIR_REPLY || !(ct->status & IPS_DST_NAT) ||
	    !net_eq(nf_ct_net(ct), net))
		return;
	first = &ct->tuplehash[IP_CT_DIR_ORIGINAL].tuple;
	if (first->src.l3num == NFPROTO_IPV4)
		ipv6_addr_set_v4mapped(first->dst.u3.ip, &far->address);
	else
		far->address = first->dst.u3.in6;
	far->port = first->dst.u.all;
}

#else

void ghost_conntrack_far_end(const struct sk_buff *skb, const struct net *net,
			     struct ghost_far_end *far)
{
}

bool ghost_conntrack_hides(const struct sk_buff *skb, u8 number)
{
	return false;
}

enum ghost_origin ghost_conntrack_tell(const struct ghost_visit *visit,
				       const struct sk_buff *skb, const struct net *net)
{
	return GHOST_ORIGIN_UNKNOWN;
}

#endif
