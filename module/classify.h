/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef GHOST_CLASSIFY_H
#define GHOST_CLASSIFY_H

#include <linux/ip.h>
#include <linux/ipv6.h>
#include <linux/skbuff.h>
#include <net/ipv6.h>

#include "uapi/ghost688.h"

enum ghost_family {
	GHOST_IPV4,
	GHOST_IPV6,
	GHOST_FAMILIES
};

enum ghost_protocol {
	GHOST_TCP,
	GHOST_UDP,
	GHOST_UDPLITE,
	GHOST_SCTP,
	GHOST_DCCP,
	GHOST_PROTOCOLS
};

/**
 * enum ghost_class - what a packet is to us
 * @GHOST_MISS: not to port 688
 * @GHOST_VISIT: to port 688
 * @GHOST_TRUNCATED: it might be, but ends before its ports
 * @GHOST_TRANSLATED: a visit as well: sent to port 688, and translation has given it another one
 */
enum ghost_class {
	GHOST_MISS,
	GHOST_VISIT,
	GHOST_TRUNCATED,
	GHOST_TRANSLATED
};

/**
 * struct ghost_visit - one packet to port 688, as the wire carries it
 * @family: the network protocol
 * @protocol: the transport protocol; not set for a truncated packet
 * @source: its source port; not set for a truncated packet
 * @transport: where its transport header begins, from skb->data on; not set for a truncated packet
 * @packets: packets on the wire: the segments of a GSO or GRO packet
 * @bytes: their bytes, from each one's network header on
 */
struct ghost_visit {
	enum ghost_family family;
	enum ghost_protocol protocol;
	__be16 source;
	unsigned int transport;
	u32 packets;
	u32 bytes;
};

enum ghost_class ghost_classify_ipv4(const struct sk_buff *skb, struct ghost_visit *visit);
enum ghost_class ghost_classify_ipv6(const struct sk_buff *skb, struct ghost_visit *visit);

/* The number IANA gave a protocol. */
u8 ghost_protocol_number(enum ghost_protocol protocol);

/* Where all five protocols keep the destination port. */
static __always_inline bool ghost_ports_miss(const struct sk_buff *skb, const u8 *transport)
{
	const __be16 *ports = (const __be16 *)transport;

	return transport + 2 * sizeof(*ports) <= skb_tail_pointer(skb) &&
	       ports[1] != htons(GHOST688_PORT);
}

/**
 * ghost_ipv4_misses() - the cheap no: most packets pay this and nothing else
 * @skb: a packet whose IPv4 header is linear, as it is in every hook
 *
 * Reads the port before it asks for protocol and fragment offset: what does
 * not have 688 in that place is no visit, whatever it is.
 *
 * Return: true for what is surely no visit, false for ghost_classify_ipv4() to tell.
 */
static __always_inline bool ghost_ipv4_misses(const struct sk_buff *skb)
{
	const struct iphdr *iph = ip_hdr(skb);

	return likely(ghost_ports_miss(skb, (const u8 *)iph + iph->ihl * 4));
}

/**
 * ghost_ipv6_misses() - the cheap no for IPv6
 * @skb: a packet whose IPv6 header is linear, as it is in every hook
 *
 * Return: true for what is surely no visit, false for ghost_classify_ipv6() to
 * tell; false whenever extension headers stand before the ports.
 */
static __always_inline bool ghost_ipv6_misses(const struct sk_buff *skb)
{
	const struct ipv6hdr *iph = ipv6_hdr(skb);
	const u64 extension = BIT_ULL(NEXTHDR_HOP) | BIT_ULL(NEXTHDR_ROUTING) |
			      BIT_ULL(NEXTHDR_FRAGMENT) | BIT_ULL(NEXTHDR_AUTH) |
			      BIT_ULL(NEXTHDR_DEST);

	if (unlikely(iph->nexthdr < 64 && extension & BIT_ULL(iph->nexthdr)))
		return false;
	return likely(ghost_ports_miss(skb, (const u8 *)(iph + 1)));
}

#endif
