/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef GHOST_FAR_END_H
#define GHOST_FAR_END_H

#include <linux/in6.h>
#include <linux/ip.h>
#include <linux/ipv6.h>
#include <net/ipv6.h>

#include "state/visit.h"

/**
 * struct ghost_far_end - the address and port of the remote end
 * @address: the address; IPv4 is mapped to IPv6
 * @port: the port
 */
struct ghost_far_end {
	struct in6_addr address;
	__be16 port;
};

/**
 * ghost_far_end_set() - set a far end from a packet's present source
 * @far: the far end
 * @visit: what the packet is, not truncated
 * @skb: the packet
 */
static inline void ghost_far_end_set(struct ghost_far_end *far, const struct ghost_visit *visit,
				     const struct sk_buff *skb)
{
	if (visit->family == GHOST_IPV4)
		ipv6_addr_set_v4mapped(ip_hdr(skb)->saddr, &far->address);
	else
		far->address = ipv6_hdr(skb)->saddr;
	far->port = visit->source;
}

#endif
