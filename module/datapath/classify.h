/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef GHOST_CLASSIFY_H
#define GHOST_CLASSIFY_H

#include <linux/ip.h>
#include <linux/ipv6.h>
#include <linux/skbuff.h>
#include <net/ipv6.h>

#include "state/visit.h"

enum ghost_class ghost_classify_ipv4(const struct sk_buff *skb, struct ghost_visit *visit);
enum ghost_class ghost_classify_ipv6(const struct sk_buff *skb, struct ghost_visit *visit);

/* All five protocols have the destination port in the same place. */
static __always_inline bool ghost_ports_miss(const struct sk_buff *skb, const u8 *transport)
{
	const __be16 *ports = (const __be16 *)transport;

	return transport + 2 * sizeof(*ports) <= skb_tail_pointer(skb) &&
	       ports[1] != htons(GHOST688_PORT);
}

/**
 * ghost_ipv4_misses() - fast path: is this IPv4 packet certainly not to port 688?
 * @skb: a packet whose IPv4 header is linear, as it is in every hook
 *
 * Most packets go no further. The port is compared before the protocol and the
 * fragment offset are known: they do not matter if 688 is not in that place. A packet
 * whose port was translated is left to ghost_conntrack_misses().
 *
 * Return: true if it certainly is not, false if ghost_classify_ipv4() must decide.
 */
static __always_inline bool ghost_ipv4_misses(const struct sk_buff *skb)
{
	const struct iphdr *iph = ip_hdr(skb);

	return likely(ghost_ports_miss(skb, (const u8 *)iph + iph->ihl * 4));
}

/**
 * ghost_ipv6_misses() - fast path: is this IPv6 packet certainly not to port 688?
 * @skb: a packet whose IPv6 header is linear, as it is in every hook
 *
 * Return: true if it certainly is not, false if ghost_classify_ipv6() must decide, as it
 * must for every packet with extension headers.
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
