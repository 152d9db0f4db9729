// SPDX-License-Identifier: GPL-2.0-only
/*
 * Does a packet to port 688 answer a connection that was opened from port 688?
 * Only where something proves it that neither the far end, nor anybody between,
 * nor a program without privilege can make; else it is a visit.
 *
 *		TCP			UDP, UDP-Lite		SCTP, DCCP
 *   in		receiver		client (UDP)		conntrack
 *   forward	conntrack		nothing			conntrack
 *   out	sender, conntrack	conntrack, sender (UDP)	conntrack
 *
 * Conntrack takes for who has opened a connection whom it has seen first, and
 * says nothing of where he was. In TCP that was a SYN, and the SYN of a visit
 * does not pass under drop whatever conntrack says. A first word of UDP can be
 * forged, so conntrack is believed only where it speaks against a reply, or in
 * out, where the far end's first word reached this host. At both ends it is
 * believed of IPv4 alone, TCP apart. With replies=trust it is believed.
 */
#include <linux/dccp.h>
#include <linux/sctp.h>
#include <net/tcp.h>

#include "datapath/client.h"
#include "datapath/conntrack.h"
#include "datapath/receiver.h"
#include "datapath/reply.h"
#include "datapath/sender.h"
#include "datapath/transport.h"
#include "state/policy.h"

/* What opens a connection answers nothing. What is too short to tell counts as that. */
static bool ghost_reply_opens(const struct ghost_visit *visit, const struct sk_buff *skb)
{
	int byte;

	switch (visit->protocol) {
	case GHOST_TCP:
		byte = ghost_transport_byte(skb, visit, GHOST_TCP_FLAGS);
		return byte < 0 || (byte & (TCPHDR_SYN | TCPHDR_ACK)) == TCPHDR_SYN;
	case GHOST_SCTP:
		/* INIT stands alone in its packet: RFC 9260, 3.3.2. */
		byte = ghost_transport_byte(skb, visit, GHOST_SCTP_CHUNK);
		return byte < 0 || byte == SCTP_CID_INIT;
	case GHOST_DCCP:
		/* Four bits, and one behind them for the sequence numbers: RFC 4340, 5.1. */
		byte = ghost_transport_byte(skb, visit, GHOST_DCCP_TYPE);
		return byte < 0 || (byte >> 1 & 0xf) == DCCP_PKT_REQUEST;
	default:
		return false;
	}
}

/*
 * Was whom conntrack has seen first where his address says? IPv4 takes no packet
 * from outside with an address of this host's own, and lets no program without
 * privilege send with one that is not. IPv6 does both: to send so takes
 * IPV6_FREEBIND and a port. In between, nobody knows.
 */
static bool ghost_reply_was_there(enum ghost688_direction direction,
				  const struct ghost_visit *visit)
{
	return direction == GHOST688_DIRECTION_FORWARD || visit->family == GHOST_IPV4;
}

static bool ghost_reply_is_tcp(enum ghost688_direction direction, const struct ghost_visit *visit,
			       const struct sk_buff *skb, const struct nf_hook_state *state,
			       enum ghost_origin conntrack)
{
	enum ghost_origin socket = GHOST_ORIGIN_UNKNOWN;

	if (direction == GHOST688_DIRECTION_IN)
		return ghost_receiver_ask_tcp(visit, skb, state->net) == GHOST_OPENED_FROM_688;
	if (direction == GHOST688_DIRECTION_OUT)
		socket = ghost_sender_ask_tcp(visit, skb, state);
	return (socket == GHOST_ORIGIN_UNKNOWN ? conntrack : socket) == GHOST_OPENED_FROM_688;
}

static bool ghost_reply_is_udp(enum ghost688_direction direction, const struct ghost_visit *visit,
			       const struct sk_buff *skb, const struct nf_hook_state *state,
			       enum ghost_origin conntrack,
			       const struct ghost_visitors *visitors)
{
	if (direction == GHOST688_DIRECTION_IN)
		return visit->protocol == GHOST_UDP &&
		       ghost_client_owns(visit, skb, state->net, visitors);
	if (direction == GHOST688_DIRECTION_OUT)
		return conntrack == GHOST_OPENED_FROM_688 ||
		       (visit->protocol == GHOST_UDP &&
			ghost_sender_serves_udp(visit, skb, state->net));
	return false;
}

/**
 * ghost_reply_is() - does this packet answer a connection that was opened from port 688?
 * @flags: what the policy does in this direction, GHOST_FLAG_EXEMPT among it
 * @direction: where it was met
 * @visit: what ghost_classify_ipv4() or ghost_classify_ipv6() has made of it: a visit, not
 *	truncated and not translated, for that goes where its connection's first packet went
 * @skb: the packet
 * @state: the hook's
 * @visitors: who has come to this namespace by UDP
 *
 * Softirq or process context, under RCU.
 */
bool ghost_reply_is(u8 flags, enum ghost688_direction direction, const struct ghost_visit *visit,
		    const struct sk_buff *skb, const struct nf_hook_state *state,
		    const struct ghost_visitors *visitors)
{
	enum ghost_origin conntrack;

	/* Whoever opened it, from 688 or not, has opened it to port 688. */
	if (visit->source == htons(GHOST688_PORT) || ghost_reply_opens(visit, skb))
		return false;

	/* A SYN, or a first word, to 688: no socket can know better. */
	conntrack = ghost_conntrack_ask(visit, skb, state->net);
	if (conntrack == GHOST_OPENED_TO_688)
		return false;
	if (conntrack == GHOST_OPENED_FROM_688 && visit->protocol != GHOST_TCP) {
		if (flags & GHOST_FLAG_TRUST)
			return true;
		if (!ghost_reply_was_there(direction, visit))
			conntrack = GHOST_ORIGIN_UNKNOWN;
	}

	switch (visit->protocol) {
	case GHOST_TCP:
		return ghost_reply_is_tcp(direction, visit, skb, state, conntrack);
	case GHOST_UDP:
	case GHOST_UDPLITE:
		return ghost_reply_is_udp(direction, visit, skb, state, conntrack, visitors);
	default:
		return conntrack == GHOST_OPENED_FROM_688;
	}
}
