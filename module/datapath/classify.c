// SPDX-License-Identifier: GPL-2.0-only
/*
 * Is this packet to port 688? Only the packet and its conntrack entry are read.
 */
#include <linux/in.h>
#include <linux/sctp.h>
#include <linux/tcp.h>
#include <linux/udp.h>
#include <net/ip.h>
#include <net/ipv6.h>

#include "datapath/classify.h"
#include "datapath/conntrack.h"

/*
 * Looks only at the number: a kernel without DCCP sockets still receives DCCP packets.
 *
 * Return: the protocol, or GHOST_PROTOCOLS for any other.
 */
static enum ghost_protocol ghost_protocol_find(u8 number)
{
	switch (number) {
	case IPPROTO_TCP:
		return GHOST_TCP;
	case IPPROTO_UDP:
		return GHOST_UDP;
	case IPPROTO_UDPLITE:
		return GHOST_UDPLITE;
	case IPPROTO_SCTP:
		return GHOST_SCTP;
	case IPPROTO_DCCP:
		return GHOST_DCCP;
	default:
		return GHOST_PROTOCOLS;
	}
}

/* Length of the transport header that segmentation copies to each segment. */
static unsigned int ghost_visit_transport_header(const struct sk_buff *skb, unsigned int thoff)
{
	unsigned int type = skb_shinfo(skb)->gso_type;

	if (type & (SKB_GSO_TCPV4 | SKB_GSO_TCPV6)) {
		const struct tcphdr *tcph;
		struct tcphdr _tcph;

		tcph = skb_header_pointer(skb, thoff, sizeof(_tcph), &_tcph);
		return tcph ? __tcp_hdrlen(tcph) : sizeof(_tcph);
	}
	if (type & SKB_GSO_UDP_L4)
		return sizeof(struct udphdr);
	if (type & SKB_GSO_SCTP)
		return sizeof(struct sctphdr);
	/* SKB_GSO_UDP is split into IP fragments, which repeat no transport header. */
	return 0;
}

/*
 * BIG TCP: older kernels store a length above 64 KiB in a hop-by-hop header, which
 * segmentation removes. It takes 8 bytes: 2 of header and 6 of the jumbo option
 * (RFC 2675).
 */
static unsigned int ghost_visit_jumbo_header(const struct sk_buff *skb,
					     const struct ghost_visit *visit)
{
	if (visit->family == GHOST_IPV6 && skb_shinfo(skb)->gso_type & SKB_GSO_TCPV6 &&
	    visit->bytes > sizeof(struct ipv6hdr) + IPV6_MAXPLEN &&
	    ipv6_hdr(skb)->nexthdr == NEXTHDR_HOP)
		return 8;
	return 0;
}

/*
 * Computes the wire size of a GSO packet as qdisc_pkt_len_init() does, but from
 * our own transport offset: skb's is not set in every hook.
 */
static noinline void ghost_visit_measure_gso(const struct sk_buff *skb, unsigned int thoff,
					     struct ghost_visit *visit)
{
	const struct skb_shared_info *shinfo = skb_shinfo(skb);
	unsigned int nhoff = skb_network_offset(skb);
	unsigned int headers, segments, jumbo;

	/* Segments of a tunnel repeat all headers; gso_type describes the innermost. */
	if (skb->encapsulation &&
	    shinfo->gso_type & (SKB_GSO_UDP_TUNNEL | SKB_GSO_UDP_TUNNEL_CSUM) &&
	    skb_inner_transport_offset(skb) > (int)thoff)
		thoff = skb_inner_transport_offset(skb);
	headers = thoff - nhoff + ghost_visit_transport_header(skb, thoff);
	jumbo = ghost_visit_jumbo_header(skb, visit);
	headers -= jumbo;
	visit->bytes -= jumbo;
	segments = shinfo->gso_segs;
	/* gso_segs may be missing, and is not trusted if a guest or a tap set it. */
	if ((!segments || shinfo->gso_type & SKB_GSO_DODGY) && shinfo->gso_size != GSO_BY_FRAGS)
		segments = visit->bytes > headers ?
			   DIV_ROUND_UP(visit->bytes - headers, shinfo->gso_size) : 1;
	if (segments > 1) {
		visit->packets = segments;
		visit->bytes += (segments - 1) * headers;
	}
}

static __always_inline void ghost_visit_measure(const struct sk_buff *skb, unsigned int thoff,
						struct ghost_visit *visit)
{
	visit->packets = 1;
	visit->bytes = skb->len - skb_network_offset(skb);
	if (unlikely(skb_shinfo(skb)->gso_size))
		ghost_visit_measure_gso(skb, thoff, visit);
}

/* Fits in a register, so that a visit needs no stack for it. */
struct ghost_ports {
	__be16 source;
	__be16 destination;
	bool cut;
};

static noinline struct ghost_ports ghost_ports_gather(const struct sk_buff *skb, unsigned int thoff)
{
	__be16 ports[2];

	if (skb_copy_bits(skb, thoff, ports, sizeof(ports)))
		return (struct ghost_ports) { .cut = true };
	return (struct ghost_ports) { ports[0], ports[1] };
}

static __always_inline struct ghost_ports ghost_ports(const struct sk_buff *skb, unsigned int thoff)
{
	const __be16 *ports = (const __be16 *)(skb->data + thoff);

	if (unlikely(thoff + 2 * sizeof(*ports) > skb_headlen(skb)))
		return ghost_ports_gather(skb, thoff);
	return (struct ghost_ports) { ports[0], ports[1] };
}

static __always_inline enum ghost_class
ghost_classify_transport(const struct sk_buff *skb, unsigned int thoff, u8 number,
			 struct ghost_visit *visit)
{
	enum ghost_protocol protocol = ghost_protocol_find(number);
	enum ghost_class class = GHOST_VISIT;
	struct ghost_ports ports;

	if (protocol == GHOST_PROTOCOLS)
		return GHOST_MISS;

	ports = ghost_ports(skb, thoff);
	if (unlikely(ports.cut))
		return GHOST_TRUNCATED;
	if (unlikely(ports.destination != htons(GHOST688_PORT))) {
		if (!ghost_conntrack_was_to_688(skb, number))
			return GHOST_MISS;
		class = GHOST_TRANSLATED;
	}

	visit->protocol = protocol;
	visit->source = ports.source;
	visit->transport = thoff;
	ghost_visit_measure(skb, thoff, visit);
	return class;
}

/* The ports of a truncated packet are unknown; it counts as one packet of its own size. */
static enum ghost_class ghost_classify_truncated(const struct sk_buff *skb,
						 enum ghost_class class,
						 struct ghost_visit *visit)
{
	if (class == GHOST_TRUNCATED) {
		visit->packets = 1;
		visit->bytes = skb->len - skb_network_offset(skb);
	}
	return class;
}

/**
 * ghost_classify_ipv4() - is this IPv4 packet to port 688?
 * @skb: a packet whose IPv4 header is linear; the rest may be paged
 * @visit: filled in unless the packet is a miss
 *
 * Only the first fragment of a datagram is examined. Any context; no locks.
 *
 * Return: the packet's class.
 */
enum ghost_class ghost_classify_ipv4(const struct sk_buff *skb, struct ghost_visit *visit)
{
	const struct iphdr *iph = ip_hdr(skb);
	unsigned int thoff = skb_network_offset(skb) + iph->ihl * 4;
	enum ghost_class class;

	/* A raw socket may send a header length that no receiver accepts. */
	if (unlikely(iph->ihl * 4 < sizeof(*iph)) || iph->frag_off & htons(IP_OFFSET))
		return GHOST_MISS;

	visit->family = GHOST_IPV4;
	class = ghost_classify_transport(skb, thoff, iph->protocol, visit);
	return ghost_classify_truncated(skb, class, visit);
}

/**
 * ghost_classify_ipv6() - is this IPv6 packet to port 688?
 * @skb: a packet whose IPv6 header is linear; the rest may be paged
 * @visit: filled in unless the packet is a miss
 *
 * Walks the extension headers. Only the first fragment of a datagram is
 * examined. Any context; no locks.
 *
 * Return: the packet's class.
 */
enum ghost_class ghost_classify_ipv6(const struct sk_buff *skb, struct ghost_visit *visit)
{
	unsigned int thoff = skb_network_offset(skb) + sizeof(struct ipv6hdr);
	int number = ipv6_hdr(skb)->nexthdr;
	unsigned short fragoff;
	enum ghost_class class;

	visit->family = GHOST_IPV6;
	/* Most packets have no extension headers. */
	if (unlikely(ghost_protocol_find(number) == GHOST_PROTOCOLS)) {
		thoff = 0; /* begin at the network header */
		number = ipv6_find_hdr(skb, &thoff, -1, &fragoff, NULL);
		if (number == -EBADMSG)
			return ghost_classify_truncated(skb, GHOST_TRUNCATED, visit);
		/* -ENOENT with an offset means a later fragment. */
		if (number < 0 || fragoff)
			return GHOST_MISS;
		/* Older kernels follow a header chain that runs past the end of the packet. */
		if (thoff > skb->len)
			return ghost_classify_truncated(skb, GHOST_TRUNCATED, visit);
	}

	class = ghost_classify_transport(skb, thoff, number, visit);
	return ghost_classify_truncated(skb, class, visit);
}
