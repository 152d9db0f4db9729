// SPDX-License-Identifier: GPL-2.0-only
/*
 * Does a packet to port 688 answer a connection that was opened from port
 * 688? TCP's sockets know for sure: whoever binds a reserved port and connects
 * keeps SOCK_BINDPORT_LOCK, and sk_clone() takes it from what a listener
 * accepts. Where no socket knows, conntrack's direction tells, if it is at
 * work: it takes whom it sees first for whoever has opened the connection,
 * which is wrong for half of those that are older than itself.
 */
#include <net/tcp.h>

#include "conntrack.h"
#include "reply.h"

static enum ghost_testimony ghost_reply_ask(enum ghost688_direction direction,
					    const struct ghost_visit *visit,
					    const struct sk_buff *skb, struct net *net)
{
	switch (direction) {
	case GHOST688_DIRECTION_IN:
		return ghost_receiver_ask(visit, skb, net);
	case GHOST688_DIRECTION_OUT:
		return ghost_sender_ask(visit, skb, net);
	default:
		/* Of somebody else's connection no socket of this host knows. */
		return GHOST_UNKNOWN;
	}
}

/**
 * ghost_reply_is() - does this packet answer a connection that was opened from port 688?
 * @direction: where it was met
 * @visit: what ghost_classify_ipv4() or ghost_classify_ipv6() has made of it, not truncated
 * @skb: the packet
 * @state: the hook's
 *
 * Softirq or process context, under RCU.
 */
bool ghost_reply_is(enum ghost688_direction direction, const struct ghost_visit *visit,
		    const struct sk_buff *skb, const struct nf_hook_state *state)
{
	/* Whoever opened it, from 688 or not, has opened it to port 688. */
	if (visit->source == htons(GHOST688_PORT))
		return false;
	/* A SYN alone opens something, and answers nothing. */
	if (visit->protocol == GHOST_TCP &&
	    (ghost_tcp_flags(skb, visit) & (TCPHDR_SYN | TCPHDR_ACK)) == TCPHDR_SYN)
		return false;

	switch (ghost_reply_ask(direction, visit, skb, state->net)) {
	case GHOST_OPENED_FROM_688:
		return true;
	case GHOST_OPENED_TO_688:
		return false;
	default:
		return ghost_conntrack_is_reply(skb);
	}
}

/**
 * ghost_reply_by() - by which means are replies told now?
 * @net: the namespace
 * @family: the network protocol
 * @replies: what the policy says of them
 *
 * Any context.
 */
enum ghost688_replies_by ghost_reply_by(const struct net *net, enum ghost_family family,
					enum ghost688_replies replies)
{
	if (replies == GHOST688_REPLIES_MATCH)
		return GHOST688_REPLIES_BY_NOTHING;
	return ghost_conntrack_is_at_work(net, family) ? GHOST688_REPLIES_BY_CONNTRACK :
							 GHOST688_REPLIES_BY_SOCKETS;
}
