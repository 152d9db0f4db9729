// SPDX-License-Identifier: GPL-2.0-only
/*
 * classify: chains of IPv6 extension headers.
 */
#include "packet.h"

static const u8 kinds[] = {
	NUMBER_HOP, NUMBER_ROUTING, NUMBER_DEST, NUMBER_AUTH, NUMBER_FRAGMENT,
};

#define KINDS		ARRAY_SIZE(kinds)
#define FRAGMENT_FIRST	0x0001
#define FRAGMENT_ATOMIC	0x0000

/* A chain of @count headers before @number. The digits of @chain in base KINDS are the kinds. */
static void chain_build(struct packet *packet, unsigned int chain, unsigned int count, u8 units,
			u16 frag_off, u8 number)
{
	unsigned int i;

	packet_begin_ipv6(packet, count ? kinds[chain % KINDS] : number);
	for (i = 0; i < count; i++) {
		u8 kind = kinds[chain % KINDS];
		u8 next;

		chain /= KINDS;
		next = i + 1 < count ? kinds[chain % KINDS] : number;
		if (kind == NUMBER_FRAGMENT)
			packet_add_fragment(packet, next, frag_off);
		else
			packet_add_extension(packet, kind, next, units);
	}
}

static void each_extension_header_is_stepped_over(struct kunit *test)
{
	unsigned int kind, p;

	for (kind = 0; kind < KINDS; kind++)
		for (p = 0; p < GHOST_PROTOCOLS; p++) {
			chain_build(test->priv, kind, 1, 0, FRAGMENT_FIRST,
				    protocol_numbers[p].number);
			packet_add_ports(test->priv, 1, 688, 12);
			packet_expect_visit(test, protocol_numbers[p].protocol);

			chain_build(test->priv, kind, 1, 0, FRAGMENT_FIRST,
				    protocol_numbers[p].number);
			packet_add_ports(test->priv, 688, 80, 12);
			packet_expect_miss(test);
		}
}

static void each_length_of_extension_headers_is_believed(struct kunit *test)
{
	unsigned int kind, units;

	for (kind = 0; kind < KINDS; kind++)
		for (units = 0; units < 50; units++) {
			chain_build(test->priv, kind, 1, units, FRAGMENT_ATOMIC, NUMBER_UDP);
			packet_add_ports(test->priv, 1, 688, 8);
			packet_expect_visit(test, GHOST_UDP);
		}
}

static void chains_are_walked_in_every_order(struct kunit *test)
{
	unsigned int count, chain, chains = 1;

	for (count = 0; count <= 3; count++, chains *= KINDS)
		for (chain = 0; chain < chains; chain++) {
			chain_build(test->priv, chain, count, 1, FRAGMENT_FIRST, NUMBER_TCP);
			packet_add_ports(test->priv, 1, 688, 8);
			packet_expect_visit(test, GHOST_TCP);
		}
}

static void an_atomic_fragment_is_a_visit(struct kunit *test)
{
	static const u16 atomic[] = { 0, 1, 2, 4, 6, 7 }; /* reserved bits belong to no offset */
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(atomic); i++) {
		chain_build(test->priv, 4, 1, 0, atomic[i], NUMBER_DCCP);
		packet_add_ports(test->priv, 1, 688, 16);
		packet_expect_visit(test, GHOST_DCCP);
	}
}

static void a_later_fragment_is_a_miss_wherever_its_header_stands(struct kunit *test)
{
	static const u16 later[] = { 8, 9, 0x0100, 0x0101, 0x8000, 0xfff8, 0xfff9 };
	unsigned int i, count, chain, chains = 1;

	for (count = 0; count <= 2; count++, chains *= KINDS)
		for (chain = 0; chain < chains; chain++)
			for (i = 0; i < ARRAY_SIZE(later); i++) {
				chain_build(test->priv, chain, count, 0, FRAGMENT_FIRST,
					    NUMBER_FRAGMENT);
				packet_add_fragment(test->priv, NUMBER_UDP, later[i]);
				packet_add_ports(test->priv, 1, 688, 8);
				packet_expect_miss(test);
			}
}

/* Its next header field describes the first fragment's data, not its own. */
static void a_later_fragment_of_a_chain_is_a_miss(struct kunit *test)
{
	unsigned int kind;

	for (kind = 0; kind < KINDS; kind++) {
		packet_begin_ipv6(test->priv, NUMBER_FRAGMENT);
		packet_add_fragment(test->priv, kinds[kind], 8);
		packet_add_extension(test->priv, NUMBER_DEST, NUMBER_UDP, 0);
		packet_add_ports(test->priv, 1, 688, 8);
		packet_expect_miss(test);
	}
}

static void a_chain_cut_at_any_byte_is_truncated(struct kunit *test)
{
	struct packet *packet = test->priv;
	unsigned int count, chain, chains = 1, whole;

	for (count = 0; count <= 2; count++, chains *= KINDS)
		for (chain = 0; chain < chains; chain++) {
			chain_build(packet, chain, count, 1, FRAGMENT_FIRST, NUMBER_UDP);
			packet_add_ports(packet, 1, 688, 4);
			whole = packet->length;
			packet_expect_visit(test, GHOST_UDP);
			for (packet->length = 40; packet->length < whole; packet->length++)
				packet_expect_truncated(test);
		}
}

/* A visit may follow, until the chain shows that none does. */
static void a_cut_chain_before_another_protocol_is_truncated_until_it_ends(struct kunit *test)
{
	static const u8 numbers[] = { 58, 50, 47, NUMBER_NONE };
	struct packet *packet = test->priv;
	unsigned int i, chain, whole;

	for (i = 0; i < ARRAY_SIZE(numbers); i++)
		for (chain = 0; chain < KINDS * KINDS; chain++) {
			chain_build(packet, chain, 2, 0, FRAGMENT_FIRST, numbers[i]);
			whole = packet->length;
			for (packet->length = 40; packet->length < whole; packet->length++)
				packet_expect_truncated(test);
			packet_expect_miss(test);
			packet_add_ports(packet, 688, 688, 8);
			packet_expect_miss(test);
		}
}

static void a_header_that_claims_more_than_the_packet_is_truncated(struct kunit *test)
{
	struct packet *packet = test->priv;
	unsigned int kind, units;

	for (kind = 0; kind < KINDS; kind++) {
		if (kinds[kind] == NUMBER_FRAGMENT)
			continue;
		for (units = 30; units < 256; units++) {
			chain_build(packet, kind, 1, 0, 0, NUMBER_UDP);
			packet->bytes[41] = units;
			packet_add_ports(packet, 688, 688, 60);
			packet_expect_truncated(test);
		}
	}
}

static void the_fast_path_leaves_extension_headers_alone(struct kunit *test)
{
	struct packet *packet = test->priv;
	unsigned int kind;

	for (kind = 0; kind < KINDS; kind++) {
		chain_build(packet, kind, 1, 0, FRAGMENT_ATOMIC, NUMBER_UDP);
		packet_add_ports(packet, 1, 80, 8);
		packet_show(packet, PACKET_ALL);
		KUNIT_EXPECT_FALSE(test, packet_misses(packet));
	}
}

/* ipv6_find_hdr() takes a nonzero offset for the place of an inner header. */
static void the_network_header_need_not_stand_first(struct kunit *test)
{
	struct packet *packet = test->priv;
	unsigned int chain;

	for (packet->before = 1; packet->before < 60; packet->before += 13)
		for (chain = 0; chain < KINDS * KINDS; chain++) {
			chain_build(packet, chain, 2, 0, FRAGMENT_FIRST, NUMBER_UDPLITE);
			packet_add_ports(packet, 1, 688, 8);
			packet_expect_visit(test, GHOST_UDPLITE);
		}
}

static struct kunit_case classify_ipv6_cases[] = {
	KUNIT_CASE(each_extension_header_is_stepped_over),
	KUNIT_CASE(each_length_of_extension_headers_is_believed),
	KUNIT_CASE(chains_are_walked_in_every_order),
	KUNIT_CASE(an_atomic_fragment_is_a_visit),
	KUNIT_CASE(a_later_fragment_is_a_miss_wherever_its_header_stands),
	KUNIT_CASE(a_later_fragment_of_a_chain_is_a_miss),
	KUNIT_CASE(a_chain_cut_at_any_byte_is_truncated),
	KUNIT_CASE(a_cut_chain_before_another_protocol_is_truncated_until_it_ends),
	KUNIT_CASE(a_header_that_claims_more_than_the_packet_is_truncated),
	KUNIT_CASE(the_fast_path_leaves_extension_headers_alone),
	KUNIT_CASE(the_network_header_need_not_stand_first),
	{}
};

static struct kunit_suite classify_ipv6_suite = {
	.name = "ghost688_classify_ipv6",
	.init = packet_init,
	.exit = packet_exit,
	.test_cases = classify_ipv6_cases,
};

kunit_test_suites(&classify_ipv6_suite);
