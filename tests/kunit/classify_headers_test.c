// SPDX-License-Identifier: GPL-2.0-only
/*
 * classify: headers at their limits, and packets that only mention port 688.
 */
#include "packet.h"

/* RFC 8200, 4.1: each once, except destination options twice. */
static const u8 order[] = {
	NUMBER_HOP, NUMBER_DEST, NUMBER_ROUTING, NUMBER_FRAGMENT, NUMBER_AUTH, NUMBER_DEST,
};

#define CHAINS	BIT(ARRAY_SIZE(order))

/* The most that fits with ports in a payload whose length has 16 bits. */
#define EXTENSIONS_LONGEST	((65535 - 8) / 8)

/* Begins a packet with those headers of @order whose bits are set in @chain, before @number. */
static void chain_begin(struct packet *packet, unsigned int chain, u8 number)
{
	u8 next[ARRAY_SIZE(order) + 1];
	int i;

	next[ARRAY_SIZE(order)] = number;
	for (i = ARRAY_SIZE(order) - 1; i >= 0; i--)
		next[i] = chain & BIT(i) ? order[i] : next[i + 1];

	packet_begin_ipv6(packet, next[0]);
	for (i = 0; i < ARRAY_SIZE(order); i++) {
		if (!(chain & BIT(i)))
			continue;
		if (order[i] == NUMBER_FRAGMENT)
			packet_add_fragment(packet, next[i + 1], 1);
		else
			packet_add_extension(packet, order[i], next[i + 1], i % 3);
	}
}

static void headers_are_walked_in_every_legal_order(struct kunit *test)
{
	unsigned int chain, p;

	for (chain = 0; chain < CHAINS; chain++)
		for (p = 0; p < GHOST_PROTOCOLS; p++) {
			chain_begin(test->priv, chain, protocol_numbers[p].number);
			packet_add_ports(test->priv, 40000, 688, 12);
			packet_expect_visit(test, protocol_numbers[p].protocol);
		}
}

static void source_port_688_alone_behind_every_legal_chain_is_a_miss(struct kunit *test)
{
	unsigned int chain;

	for (chain = 0; chain < CHAINS; chain++) {
		chain_begin(test->priv, chain, NUMBER_TCP);
		packet_add_ports(test->priv, 688, 2049, 20);
		packet_expect_miss(test);
	}
}

/* RFC 6275: nothing follows it, whatever it says, and its own bytes are no ports. */
static void a_mobility_header_ends_the_chain(struct kunit *test)
{
	struct packet *packet = test->priv;
	unsigned int chain, units, at;

	for (chain = 0; chain < CHAINS; chain++)
		for (units = 0; units < 3; units++) {
			chain_begin(packet, chain, NUMBER_MOBILITY);
			at = packet->length;
			packet_add_extension(packet, NUMBER_MOBILITY, NUMBER_UDP, units);
			packet->bytes[at + 2] = 688 >> 8;
			packet->bytes[at + 3] = 688 & 0xff;
			packet_expect_miss(test);
			packet_add_ports(packet, 40000, 688, 8);
			packet_expect_miss(test);
		}
}

/* Encrypted data, another protocol, or no next header: 688 there is not a port. */
static void a_chain_that_ends_without_ports_is_a_miss(struct kunit *test)
{
	static const u8 numbers[] = { 1, 4, 41, 47, 50, 58, NUMBER_NONE, 139, 140, 253 };
	unsigned int chain, i;

	for (chain = 0; chain < CHAINS; chain++)
		for (i = 0; i < ARRAY_SIZE(numbers); i++) {
			chain_begin(test->priv, chain, numbers[i]);
			packet_add_ports(test->priv, 688, 688, 16);
			packet_expect_miss(test);
		}
}

static void the_longest_extension_header_is_stepped_over(struct kunit *test)
{
	static const u8 kinds[] = { NUMBER_HOP, NUMBER_DEST, NUMBER_ROUTING, NUMBER_AUTH };
	struct packet *packet = test->priv;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(kinds); i++) {
		packet_begin_ipv6(packet, kinds[i]);
		packet_add_extension(packet, kinds[i], NUMBER_UDP, 255);
		packet_add_ports(packet, 40000, 688, 8);
		packet_expect_visit(test, GHOST_UDP);
		packet->length -= 8 - 3;
		packet_expect_truncated(test);
	}
}

static void destinations_begin(struct packet *packet, unsigned int count)
{
	packet_begin_ipv6(packet, NUMBER_DEST);
	while (--count)
		packet_add_extension(packet, NUMBER_DEST, NUMBER_DEST, 0);
	packet_add_extension(packet, NUMBER_DEST, NUMBER_UDP, 0);
	packet_add_ports(packet, 40000, 688, 8);
}

static void a_chain_is_walked_as_far_as_the_kernel_does(struct kunit *test)
{
	unsigned int count, i;

	for (count = 1; count <= 64; count++) {
		destinations_begin(test->priv, count);
		if (count <= EXTENSIONS_MAX)
			packet_expect_visit(test, GHOST_UDP);
		else
			packet_expect_truncated(test);
	}
	for (i = 0; i < 2; i++) {
		destinations_begin(test->priv, EXTENSIONS_LONGEST - i);
		if (EXTENSIONS_LONGEST <= EXTENSIONS_MAX)
			packet_expect_visit(test, GHOST_UDP);
		else
			packet_expect_truncated(test);
	}
}

/* RFC 2675: the length field is 0, the real length is in an option. */
static void jumbogram_begin(struct packet *packet, unsigned int payload)
{
	u8 *bytes;

	packet_begin_ipv6(packet, NUMBER_HOP);
	bytes = packet->bytes + packet->length;
	packet_add_extension(packet, NUMBER_HOP, NUMBER_UDP, 0);
	bytes[2] = 0xc2;
	bytes[3] = 4;
	bytes[5] = payload >> 16;
	bytes[6] = payload >> 8;
	bytes[7] = payload;
	packet->bytes[4] = 0;
	packet->bytes[5] = 0;
	packet_add_ports(packet, 40000, 688, payload - 8);
}

static void a_jumbogram_counts_all_its_bytes(struct kunit *test)
{
	static const unsigned int payloads[] = { 65535, 65536, 65537, 70000 };
	struct packet *packet = test->priv;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(payloads); i++) {
		jumbogram_begin(packet, payloads[i]);
		KUNIT_ASSERT_EQ(test, packet->length, 40 + payloads[i]);
		packet_expect_visit(test, GHOST_UDP);
	}
	/* A jumbogram that was cut short. */
	packet->length = 40 + 8 + 3;
	packet_expect_truncated(test);
}

/* The stack trims incoming packets to this length; outgoing ones may not have it yet. */
static void length_fields_are_not_trusted(struct kunit *test)
{
	static const u16 lengths[] = { 0, 1, 19, 20, 27, 28, 29, 40, 48, 688, 32768, 65535 };
	struct packet *packet = test->priv;
	unsigned int f, i, at;

	for (f = 0; f < GHOST_FAMILIES; f++)
		for (i = 0; i < ARRAY_SIZE(lengths); i++) {
			packet_begin(packet, f, NUMBER_UDPLITE);
			packet_add_ports(packet, 40000, 688, 8);
			at = f == GHOST_IPV4 ? 2 : 4;
			packet->bytes[at] = lengths[i] >> 8;
			packet->bytes[at + 1] = lengths[i];
			packet_expect_visit(test, GHOST_UDPLITE);
		}
}

/* A fragment carries at least eight bytes, so the ports may be in the second skb. */
static void ports_in_a_reassembled_datagrams_second_part_are_found(struct kunit *test)
{
	struct packet *packet = test->priv;
	struct ghost_visit visit;
	unsigned int f, chain, linear, page;

	for (f = 0; f < GHOST_FAMILIES; f++)
		for (chain = 0; chain < (f == GHOST_IPV4 ? 1 : CHAINS); chain++) {
			if (f == GHOST_IPV4)
				packet_begin_ipv4(packet, NUMBER_SCTP, 40);
			else
				chain_begin(packet, chain, NUMBER_SCTP);
			packet_add_ports(packet, 40000, 688, 12);
			for (linear = packet_header(f); linear < packet->length; linear++)
				for (page = 0; page < 3; page++) {
					struct packet_split split = { linear, { page, page } };

					packet_show_split(packet, &split);
					KUNIT_ASSERT_EQ(test, packet_classify(test, &visit),
							GHOST_VISIT);
					KUNIT_ASSERT_EQ(test, visit.bytes, packet->length);
				}
		}
}

/* Adds a packet of either family to port 688 as payload. */
static void inside_add(struct packet *packet, enum ghost_family family)
{
	u8 *bytes = packet_add(packet, packet_header(family));

	if (family == GHOST_IPV4) {
		bytes[0] = 0x45;
		bytes[9] = NUMBER_TCP;
	} else {
		bytes[0] = 0x60;
		bytes[6] = NUMBER_TCP;
	}
	packet_add_ports(packet, 40000, 688, 20);
}

static void an_icmp_error_that_quotes_a_visit_is_a_miss(struct kunit *test)
{
	static const u8 icmp[] = { 3, 4, 5, 11, 12 }, icmpv6[] = { 1, 2, 3, 4 };
	struct packet *packet = test->priv;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(icmp); i++) {
		packet_begin_ipv4(packet, 1, 20);
		packet_add(packet, 8)[0] = icmp[i];
		inside_add(packet, GHOST_IPV4);
		packet_expect_miss(test);
	}
	for (i = 0; i < ARRAY_SIZE(icmpv6); i++) {
		chain_begin(packet, i, 58);
		packet_add(packet, 8)[0] = icmpv6[i];
		inside_add(packet, GHOST_IPV6);
		packet_expect_miss(test);
	}
}

/* The inner packet passes the hook again after decapsulation. */
static void a_visit_in_a_tunnel_is_a_miss(struct kunit *test)
{
	static const struct {
		u8 number;
		u8 header;
	} tunnels[] = { { 4, 0 }, { 41, 0 }, { 47, 4 }, { 47, 8 }, { 50, 8 }, { 115, 4 } };
	struct packet *packet = test->priv;
	unsigned int f, inner, i;

	for (f = 0; f < GHOST_FAMILIES; f++)
		for (inner = 0; inner < GHOST_FAMILIES; inner++)
			for (i = 0; i < ARRAY_SIZE(tunnels); i++) {
				packet_begin(packet, f, tunnels[i].number);
				packet_add(packet, tunnels[i].header);
				inside_add(packet, inner);
				packet_expect_miss(test);
			}
}

static struct kunit_case classify_headers_cases[] = {
	KUNIT_CASE(headers_are_walked_in_every_legal_order),
	KUNIT_CASE(source_port_688_alone_behind_every_legal_chain_is_a_miss),
	KUNIT_CASE(a_mobility_header_ends_the_chain),
	KUNIT_CASE(a_chain_that_ends_without_ports_is_a_miss),
	KUNIT_CASE(the_longest_extension_header_is_stepped_over),
	KUNIT_CASE(a_chain_is_walked_as_far_as_the_kernel_does),
	KUNIT_CASE(a_jumbogram_counts_all_its_bytes),
	KUNIT_CASE(length_fields_are_not_trusted),
	KUNIT_CASE(ports_in_a_reassembled_datagrams_second_part_are_found),
	KUNIT_CASE(an_icmp_error_that_quotes_a_visit_is_a_miss),
	KUNIT_CASE(a_visit_in_a_tunnel_is_a_miss),
	{}
};

static struct kunit_suite classify_headers_suite = {
	.name = "ghost688_classify_headers",
	.init = packet_init,
	.exit = packet_exit,
	.test_cases = classify_headers_cases,
};

kunit_test_suites(&classify_headers_suite);
