// SPDX-License-Identifier: GPL-2.0-only
/*
 * Does a packet to port 688 answer a connection that was opened from port 688? It is
 * a reply only if that is proved. A proof is what neither the far end, nor anyone on
 * the path, nor an unprivileged program can forge. Any other packet is a visit.
 *
 *		TCP			UDP, UDP-Lite		SCTP, DCCP
 *   in		receiver		client (UDP)		conntrack
 *   forward	conntrack		nothing			conntrack
 *   out	sender, conntrack	conntrack, sender (UDP)	conntrack
 *
 * Conntrack takes the sender of the first packet for the one that opened the
 * connection, wherever that packet came from. For TCP, the first packet is a SYN,
 * and under drop a visit's SYN is dropped, whatever conntrack says. The first
 * packet of UDP can be forged. There conntrack is believed only if it speaks against
 * a reply, or in out, where the far end's first packet did reach this host.
 *
 * Except for TCP, it is believed in the directions in and out only for IPv4; see
 * ghost_reply_source_is_genuine(). With replies=trust it is believed for all but TCP.
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

/*
 * A packet that opens a connection is no reply. A packet too short to tell is taken
 * for one that does.
 */
static bool ghost_reply_opens(const struct ghost_visit *visit, const struct sk_buff *skb)
{
	int byte;

	switch (visit->protocol) {
	case GHOST_TCP:
		byte = ghost_transport_byte(skb, visit, GHOST_TCP_FLAGS);
		return byte < 0 || (byte & (TCPHDR_SYN | TCPHDR_ACK)) == TCPHDR_SYN;
	case GHOST_SCTP:
		/* An INIT is the only chunk of its packet: RFC 9260, 3.3.2. */
		byte = ghost_transport_byte(skb, visit, GHOST_SCTP_CHUNK);
		return byte < 0 || byte == SCTP_CID_INIT;
	case GHOST_DCCP:
		/* The type is bits 1 to 4; bit 0 is X: RFC 4340, 5.1. */
		byte = ghost_transport_byte(skb, visit, GHOST_DCCP_TYPE);
		return byte < 0 || (byte >> 1 & 0xf) == DCCP_PKT_REQUEST;
	default:
		return false;
	}
}

/*
 * Did the first packet that conntrack saw really come from the side that its source
 * address names? IPv4 accepts no packet from outside with one of this host's own
 * addresses, and lets no unprivileged program send from a foreign address. IPv6
 * allows both: to send so, a program needs only IPV6_FREEBIND and a port. A router
 * cannot check, so in forward the answer is yes.
 */
static bool ghost_reply_source_is_genuine(enum ghost688_direction direction,
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
		return ghost_receiver_origin(visit, skb, state->net) == GHOST_OPENED_FROM_688;
	if (direction == GHOST688_DIRECTION_OUT)
		socket = ghost_sender_origin(visit, skb, state);
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
 * @flags: the policy's flags for this direction, including GHOST_FLAG_EXEMPT
 * @direction: where the packet was met
 * @visit: what the packet is, as ghost_classify_ipv4() or ghost_classify_ipv6() says: not
 *	truncated and not translated. A translated packet is no reply: it goes the same
 *	way as the first packet of its connection
 * @skb: the packet
 * @state: the hook's state
 * @visitors: the namespace's UDP visitors
 *
 * Softirq or process context, under RCU.
 */
bool ghost_reply_is(u8 flags, enum ghost688_direction direction, const struct ghost_visit *visit,
		    const struct sk_buff *skb, const struct nf_hook_state *state,
		    const struct ghost_visitors *visitors)
{
	enum ghost_origin conntrack;

	/* With port 688 at both ends the connection was opened to port 688 in any case. */
	if (visit->source == htons(GHOST688_PORT) || ghost_reply_opens(visit, skb))
		return false;

	/* Conntrack saw the first packet go to port 688: no socket proves otherwise. */
	conntrack = ghost_conntrack_origin(visit, skb, state->net);
	if (conntrack == GHOST_OPENED_TO_688)
		return false;
	if (conntrack == GHOST_OPENED_FROM_688 && visit->protocol != GHOST_TCP) {
		if (flags & GHOST_FLAG_TRUST)
			return true;
		if (!ghost_reply_source_is_genuine(direction, visit))
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
