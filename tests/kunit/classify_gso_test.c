// SPDX-License-Identifier: GPL-2.0-only
/*
 * classify: how many packets and bytes are on the wire for a packet that will be
 * segmented, or that was assembled from segments.
 */
#include "packet.h"

/* Payload that has no memory behind it: any access to it is caught. */
#define PAYLOAD_MAX	(512 * 1024)

struct wire {
	u32 packets;
	u32 bytes;
};

/* Adds up the segments one by one, as hardware would send them. */
static struct wire wire_segment(unsigned int headers, unsigned int payload, unsigned int size)
{
	struct wire wire = { 1, headers };

	while (payload > size) {
		wire.packets++;
		wire.bytes += size + headers;
		payload -= size;
	}
	wire.bytes += payload;
	return wire;
}

/* Presents the packet as if it had @payload more bytes. */
static void gso_show(struct packet *packet, unsigned int linear, unsigned int payload,
		     unsigned int type, unsigned int size, unsigned int segments)
{
	packet_show(packet, linear);
	packet->skb.len += payload;
	packet->skb.data_len += payload;
	skb_shinfo(&packet->skb)->gso_type = type;
	skb_shinfo(&packet->skb)->gso_size = size;
	skb_shinfo(&packet->skb)->gso_segs = segments;
}

static void gso_expect(struct kunit *test, unsigned int payload, unsigned int type,
		       unsigned int size, unsigned int segments, struct wire wire)
{
	struct packet *packet = test->priv;
	unsigned int linear = packet->bytes[0] >> 4 == 6 ? 40 : 20;
	struct ghost_visit visit;

	for (; linear <= packet->length; linear++) {
		gso_show(packet, linear, payload, type, size, segments);
		KUNIT_ASSERT_EQ(test, packet_classify(test, &visit), GHOST_VISIT);
		KUNIT_ASSERT_EQ_MSG(test, visit.packets, wire.packets, "payload %u, size %u",
				    payload, size);
		KUNIT_ASSERT_EQ_MSG(test, visit.bytes, wire.bytes, "payload %u, size %u",
				    payload, size);
	}
}

/* @words: the header length, 5 without options */
static void tcp_build(struct packet *packet, enum ghost_family family, unsigned int words)
{
	unsigned int thoff;

	packet_begin(packet, family, NUMBER_TCP);
	thoff = packet->length;
	packet_add_ports(packet, 1, 688, words * 4);
	packet->bytes[thoff + 12] = words << 4;
}

static const unsigned int payloads[] = {
	1, 1447, 1448, 1449, 2 * 1448, 2 * 1448 + 1, 45 * 1448 - 1, 65000, PAYLOAD_MAX,
};

static void tcp_segments_repeat_their_options(struct kunit *test)
{
	unsigned int words, i;
	struct wire wire;

	for (words = 5; words <= 15; words++)
		for (i = 0; i < ARRAY_SIZE(payloads); i++) {
			tcp_build(test->priv, GHOST_IPV4, words);
			wire = wire_segment(20 + words * 4, payloads[i], 1448);
			gso_expect(test, payloads[i], SKB_GSO_TCPV4, 1448, wire.packets, wire);

			tcp_build(test->priv, GHOST_IPV6, words);
			wire = wire_segment(40 + words * 4, payloads[i], 1448);
			gso_expect(test, payloads[i], SKB_GSO_TCPV6, 1448, wire.packets, wire);
		}
}

static void segments_repeat_network_options_and_extension_headers(struct kunit *test)
{
	struct packet *packet = test->priv;
	struct wire wire;

	packet_begin_ipv4(packet, NUMBER_UDP, 44);
	packet_add_ports(packet, 1, 688, 8);
	wire = wire_segment(44 + 8, 5000, 1000);
	gso_expect(test, 5000, SKB_GSO_UDP_L4, 1000, wire.packets, wire);

	packet_begin_ipv6(packet, NUMBER_DEST);
	packet_add_extension(packet, NUMBER_DEST, NUMBER_UDP, 2);
	packet_add_ports(packet, 1, 688, 8);
	wire = wire_segment(40 + 24 + 8, 5000, 1000);
	gso_expect(test, 5000, SKB_GSO_UDP_L4, 1000, wire.packets, wire);
}

static void bytes_before_the_network_header_are_not_counted(struct kunit *test)
{
	struct packet *packet = test->priv;
	struct wire wire = wire_segment(20 + 20, 10000, 1000);

	packet->before = 14;
	tcp_build(packet, GHOST_IPV4, 5);
	gso_expect(test, 10000, SKB_GSO_TCPV4, 1000, wire.packets, wire);
	gso_expect(test, 10000, SKB_GSO_TCPV4 | SKB_GSO_DODGY, 1000, 0, wire);
}

static void udp_segments_repeat_eight_bytes(struct kunit *test)
{
	struct packet *packet = test->priv;
	struct wire wire;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(payloads); i++) {
		packet_begin_ipv6(packet, NUMBER_UDP);
		packet_add_ports(packet, 1, 688, 8);
		wire = wire_segment(40 + 8, payloads[i], 1448);
		gso_expect(test, payloads[i], SKB_GSO_UDP_L4, 1448, wire.packets, wire);
	}
}

/* Chunks may have any size each, so only the stack knows how many there are. */
static void sctp_by_frags_uses_the_stacks_number(struct kunit *test)
{
	static const unsigned int counts[] = { 1, 2, 3, 44 };
	struct wire wire;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(counts); i++) {
		wire.packets = counts[i];
		wire.bytes = 20000 + counts[i] * (40 + 12);
		packet_begin_ipv6(test->priv, NUMBER_SCTP);
		packet_add_ports(test->priv, 1, 688, 12);
		gso_expect(test, 20000, SKB_GSO_SCTP, GSO_BY_FRAGS, counts[i], wire);
		gso_expect(test, 20000, SKB_GSO_SCTP | SKB_GSO_DODGY, GSO_BY_FRAGS, counts[i],
			   wire);
	}
	/* Without a number, it is one packet. */
	wire.packets = 1;
	wire.bytes = 20000 + 40 + 12;
	gso_expect(test, 20000, SKB_GSO_SCTP, GSO_BY_FRAGS, 0, wire);
}

/* All fragments belong to one datagram, whose UDP header is part of the payload. */
static void udp_fragments_repeat_no_transport_header(struct kunit *test)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(payloads); i++) {
		struct wire wire = wire_segment(20, 8 + payloads[i], 1480);

		packet_begin_ipv4(test->priv, NUMBER_UDP, 20);
		packet_add_ports(test->priv, 1, 688, 8);
		gso_expect(test, payloads[i], SKB_GSO_UDP | SKB_GSO_DODGY, 1480, 0, wire);
	}
}

static void an_untrusted_number_of_segments_is_recomputed(struct kunit *test)
{
	static const unsigned int claims[] = { 0, 1, 2, 7, 65535 };
	unsigned int i, j;
	struct wire wire;

	for (i = 0; i < ARRAY_SIZE(payloads); i++)
		for (j = 0; j < ARRAY_SIZE(claims); j++) {
			tcp_build(test->priv, GHOST_IPV4, 8);
			wire = wire_segment(20 + 32, payloads[i], 1448);
			gso_expect(test, payloads[i], SKB_GSO_TCPV4 | SKB_GSO_DODGY, 1448,
				   claims[j], wire);
			packet_begin_ipv6(test->priv, NUMBER_UDP);
			packet_add_ports(test->priv, 1, 688, 8);
			wire = wire_segment(40 + 8, payloads[i], 512);
			gso_expect(test, payloads[i], SKB_GSO_UDP_L4 | SKB_GSO_DODGY, 512,
				   claims[j], wire);
		}
}

static void a_missing_number_of_segments_is_computed(struct kunit *test)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(payloads); i++) {
		struct wire wire = wire_segment(40 + 20, payloads[i], 1448);

		tcp_build(test->priv, GHOST_IPV6, 5);
		gso_expect(test, payloads[i], SKB_GSO_TCPV6, 1448, 0, wire);
	}
}

/* As GRO sets it for segments of different sizes. */
static void a_trusted_number_of_segments_is_taken(struct kunit *test)
{
	struct wire wire = { 9, 3000 + 9 * (20 + 20) };

	tcp_build(test->priv, GHOST_IPV4, 5);
	gso_expect(test, 3000, SKB_GSO_TCPV4, 1448, 9, wire);
}

static void untrusted_packets_without_payload_count_once(struct kunit *test)
{
	struct packet *packet = test->priv;
	const unsigned int type = SKB_GSO_TCPV4 | SKB_GSO_DODGY;

	tcp_build(packet, GHOST_IPV4, 5);
	gso_expect(test, 0, type, 1448, 50, (struct wire){ 1, 40 });

	/* A header length that exceeds the packet. */
	packet->bytes[20 + 12] = 0xf0;
	gso_expect(test, 0, type, 1448, 50, (struct wire){ 1, 40 });
	gso_expect(test, 40, type, 1, 50, (struct wire){ 1, 80 });
}

/* With ports it is a visit; the missing rest is taken for a header without options. */
static void a_tcp_header_cut_after_its_ports_is_not_read_past_the_end(struct kunit *test)
{
	struct packet *packet = test->priv;
	struct ghost_visit visit;
	unsigned int length, linear;

	for (length = 4; length < 20; length++) {
		tcp_build(packet, GHOST_IPV6, 5);
		packet->length = 40 + length;
		for (linear = 40; linear <= packet->length; linear++) {
			gso_show(packet, linear, 0, SKB_GSO_TCPV6 | SKB_GSO_DODGY, 2, 50);
			KUNIT_ASSERT_EQ(test, packet_classify(test, &visit), GHOST_VISIT);
			KUNIT_ASSERT_EQ(test, visit.packets, 1);
			KUNIT_ASSERT_EQ(test, visit.bytes, 40 + length);
		}
	}
}

static void a_packet_without_a_segment_size_is_one(struct kunit *test)
{
	struct wire wire = { 1, 20 + 20 + 1000 };

	tcp_build(test->priv, GHOST_IPV4, 5);
	gso_expect(test, 1000, SKB_GSO_TCPV4, 0, 7, wire);
}

static void a_truncated_gso_packet_counts_as_one(struct kunit *test)
{
	struct packet *packet = test->priv;
	struct ghost_visit visit;
	unsigned int f;

	for (f = 0; f < GHOST_FAMILIES; f++) {
		packet_begin(packet, f, NUMBER_TCP);
		packet_add_ports(packet, 1, 688, 3);
		gso_show(packet, PACKET_ALL, 0, SKB_GSO_TCPV4 | SKB_GSO_DODGY, 1, 9);
		KUNIT_EXPECT_EQ(test, packet_classify(test, &visit), GHOST_TRUNCATED);
		KUNIT_EXPECT_EQ(test, visit.packets, 1);
		KUNIT_EXPECT_EQ(test, visit.bytes, packet->length);
	}
}

static struct kunit_case classify_gso_cases[] = {
	KUNIT_CASE(tcp_segments_repeat_their_options),
	KUNIT_CASE(segments_repeat_network_options_and_extension_headers),
	KUNIT_CASE(bytes_before_the_network_header_are_not_counted),
	KUNIT_CASE(udp_segments_repeat_eight_bytes),
	KUNIT_CASE(sctp_by_frags_uses_the_stacks_number),
	KUNIT_CASE(udp_fragments_repeat_no_transport_header),
	KUNIT_CASE(an_untrusted_number_of_segments_is_recomputed),
	KUNIT_CASE(a_missing_number_of_segments_is_computed),
	KUNIT_CASE(a_trusted_number_of_segments_is_taken),
	KUNIT_CASE(untrusted_packets_without_payload_count_once),
	KUNIT_CASE(a_tcp_header_cut_after_its_ports_is_not_read_past_the_end),
	KUNIT_CASE(a_packet_without_a_segment_size_is_one),
	KUNIT_CASE(a_truncated_gso_packet_counts_as_one),
	{}
};

static struct kunit_suite classify_gso_suite = {
	.name = "ghost688_classify_gso",
	.init = packet_init,
	.exit = packet_exit,
	.test_cases = classify_gso_cases,
};

kunit_test_suites(&classify_gso_suite);
