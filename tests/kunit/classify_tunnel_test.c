// SPDX-License-Identifier: GPL-2.0-only
/*
 * classify: a tunnel to port 688 whose inner packet is yet to be segmented.
 */
#include "packet.h"

/* Outer UDP, VXLAN, Ethernet, inner IPv4, inner TCP. */
#define INNER_OFFSET	(8 + 8 + 14 + 20)
#define INNER_TCP	32

static void tunnel_build(struct packet *packet, enum ghost_family family)
{
	packet_begin(packet, family, NUMBER_UDP);
	packet_add_ports(packet, 50000, 688, INNER_OFFSET + INNER_TCP);
	packet->bytes[packet->length - INNER_TCP + 12] = INNER_TCP / 4 << 4;
	/* This must not be taken for the outer header's length. */
	packet->bytes[packet_header(family) + 12] = 0xf0;
}

/* @inner: the claimed offset of the inner transport header from the network header */
static void tunnel_show(struct packet *packet, unsigned int linear, int inner, unsigned int type)
{
	packet_show(packet, linear);
	packet->skb.encapsulation = 1;
	skb_set_inner_transport_header(&packet->skb, packet->before + inner);
	packet->skb.len += 3000;
	packet->skb.data_len += 3000;
	skb_shinfo(&packet->skb)->gso_type = type;
	skb_shinfo(&packet->skb)->gso_size = 1000;
	skb_shinfo(&packet->skb)->gso_segs = 3;
}

static void every_segment_of_a_tunnel_repeats_all_headers(struct kunit *test)
{
	static const unsigned int tunnels[] = { SKB_GSO_UDP_TUNNEL, SKB_GSO_UDP_TUNNEL_CSUM };
	struct packet *packet = test->priv;
	unsigned int f, i, linear;
	struct ghost_visit visit;

	for (f = 0; f < GHOST_FAMILIES; f++)
		for (i = 0; i < 4; i++) {
			unsigned int type = tunnels[i & 1] | SKB_GSO_TCPV4;

			if (i & 2)
				type |= SKB_GSO_DODGY;
			packet->before = i * 7;
			tunnel_build(packet, f);
			for (linear = packet_header(f); linear <= packet->length; linear++) {
				tunnel_show(packet, linear, packet->length - INNER_TCP, type);
				KUNIT_ASSERT_EQ(test, packet_classify(test, &visit), GHOST_VISIT);
				KUNIT_ASSERT_EQ(test, visit.protocol, GHOST_UDP);
				KUNIT_ASSERT_EQ(test, visit.packets, 3);
				KUNIT_ASSERT_EQ(test, visit.bytes, 3000 + 3 * packet->length);
			}
		}
}

/* Nothing is read past the end of the packet, whatever inner offset an skb claims. */
static void an_impossible_inner_header_is_ignored(struct kunit *test)
{
	struct packet *packet = test->priv;
	struct ghost_visit visit;
	int inner;

	packet->before = 14;
	tunnel_build(packet, GHOST_IPV4);
	packet->bytes[packet_header(GHOST_IPV4) + 12] = 0x50;
	for (inner = -14; inner <= 20; inner++) {
		tunnel_show(packet, PACKET_ALL, inner, SKB_GSO_UDP_TUNNEL | SKB_GSO_TCPV4);
		KUNIT_ASSERT_EQ(test, packet_classify(test, &visit), GHOST_VISIT);
		KUNIT_ASSERT_EQ(test, visit.packets, 3);
		KUNIT_ASSERT_EQ(test, visit.bytes, 3000 + packet->length + 2 * (20 + 20));
	}
	for (; inner < 5000; inner += 7) {
		tunnel_show(packet, PACKET_ALL, inner,
			    SKB_GSO_UDP_TUNNEL | SKB_GSO_TCPV4 | SKB_GSO_DODGY);
		KUNIT_ASSERT_EQ(test, packet_classify(test, &visit), GHOST_VISIT);
		KUNIT_ASSERT_GE(test, visit.packets, 1);
	}
}

static struct kunit_case classify_tunnel_cases[] = {
	KUNIT_CASE(every_segment_of_a_tunnel_repeats_all_headers),
	KUNIT_CASE(an_impossible_inner_header_is_ignored),
	{}
};

static struct kunit_suite classify_tunnel_suite = {
	.name = "ghost688_classify_tunnel",
	.init = packet_init,
	.exit = packet_exit,
	.test_cases = classify_tunnel_cases,
};

kunit_test_suites(&classify_tunnel_suite);
