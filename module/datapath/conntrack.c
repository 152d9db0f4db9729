// SPDX-License-Identifier: GPL-2.0-only
/*
 * What conntrack knows about a packet. Nothing here links to conntrack or enables it.
 */
#include "datapath/conntrack.h"
#include "state/words.h"

#if IS_ENABLED(CONFIG_NF_CONNTRACK)

/**
 * ghost_conntrack_was_to_688() - was this packet sent to port 688 before translation?
 * @skb: a packet whose present destination port is not 688
 * @number: its IANA protocol number
 *
 * Packets in the reply direction are not examined: they come from port 688. The
 * protocol is compared because an ICMP error carries the connection that it is about.
 *
 * Any context, under RCU.
 */
bool ghost_conntrack_was_to_688(const struct sk_buff *skb, u8 number)
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
 * If conntrack picks up an established TCP connection, it takes the first sender
 * that it sees for the client, and marks the connection liberal about windows.
 * Flow tables and act_ct also mark their connections so; a known window scale
 * then shows that conntrack saw the SYN.
 */
static bool ghost_conntrack_saw_syn(const struct nf_conn *ct)
{
	const u8 flags = ct->proto.tcp.seen[IP_CT_DIR_ORIGINAL].flags;

	return !(flags & IP_CT_TCP_FLAG_BE_LIBERAL) || flags & IP_CT_TCP_FLAG_WINDOW_SCALE;
}

/**
 * ghost_conntrack_origin_slow() - the origin of a connection, as conntrack knows it
 * @visit: what the packet is, not truncated
 * @skb: the packet
 * @net: the namespace
 *
 * Whoever can forge the source of the first packet decides which end conntrack takes
 * for its sender. In UDP one datagram is enough, so there conntrack proves only that
 * the far end spoke first; see reply.c. The entry must belong to @net: some devices
 * carry entries from one namespace to another.
 *
 * Any context, under RCU.
 */
enum ghost_origin ghost_conntrack_origin_slow(const struct ghost_visit *visit,
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
 * ghost_conntrack_far_end() - undo destination NAT in a packet's far end
 * @skb: a packet in LOCAL_IN, where its source is not translated back yet
 * @net: the namespace
 * @far: the packet's source; replaced by the first packet's original destination if
 *	@skb answers a packet that was sent elsewhere
 *
 * The socket that gets @skb will see that address as its source.
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

static void ghost_conntrack_get_end(struct ghost_end *end, const union nf_inet_addr *address,
				    __be16 port)
{
	end->address = address->in6;
	end->port = port;
}

/**
 * ghost_conntrack_translated() - undo the translation of a packet's addresses and ports
 * @visit: what the packet is, not truncated
 * @skb: the packet
 * @net: the namespace
 * @source: set to the source that the packet had
 * @destination: set to the destination that it had
 *
 * Any context, under RCU.
 *
 * Return: true if its connection is translated.
 */
bool ghost_conntrack_translated(const struct ghost_visit *visit, const struct sk_buff *skb,
				const struct net *net, struct ghost_end *source,
				struct ghost_end *destination)
{
	const struct nf_conntrack_tuple *tuple;
	enum ip_conntrack_info info;
	const struct nf_conn *ct;

	ct = nf_ct_get(skb, &info);
	if (!ct || !(ct->status & IPS_NAT_MASK) || !net_eq(nf_ct_net(ct), net))
		return false;
	tuple = &ct->tuplehash[CTINFO2DIR(info)].tuple;
	if (tuple->dst.protonum != ghost_protocol_number(visit->protocol) ||
	    tuple->src.l3num != (visit->family == GHOST_IPV4 ? NFPROTO_IPV4 : NFPROTO_IPV6))
		return false;
	ghost_conntrack_get_end(source, &tuple->src.u3, tuple->src.u.all);
	ghost_conntrack_get_end(destination, &tuple->dst.u3, tuple->dst.u.all);
	return true;
}

#else

bool ghost_conntrack_translated(const struct ghost_visit *visit, const struct sk_buff *skb,
				const struct net *net, struct ghost_end *source,
				struct ghost_end *destination)
{
	return false;
}

void ghost_conntrack_far_end(const struct sk_buff *skb, const struct net *net,
			     struct ghost_far_end *far)
{
}

bool ghost_conntrack_was_to_688(const struct sk_buff *skb, u8 number)
{
	return false;
}

enum ghost_origin ghost_conntrack_origin_slow(const struct ghost_visit *visit,
					      const struct sk_buff *skb, const struct net *net)
{
	return GHOST_ORIGIN_UNKNOWN;
}

#endif
