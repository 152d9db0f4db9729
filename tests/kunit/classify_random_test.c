// SPDX-License-Identifier: GPL-2.0-only
/*
 * classify against a second parser, on packets that nobody thought of. The
 * seed is fixed: what fails once fails again.
 */
#include <linux/prandom.h>
#include <linux/sched.h>

#include "oracle.h"
#include "packet.h"

#define ROUNDS		100000
#define SEED		688

static u32 below(struct rnd_state *random, u32 limit)
{
	return prandom_u32_state(random) % limit;
}

static u8 random_number(struct rnd_state *random)
{
	static const u8 others[] = { 1, 41, 47, 50, 58, NUMBER_NONE, 135, 255 };

	if (below(random, 8))
		return protocol_numbers[below(random, GHOST_PROTOCOLS)].number;
	return others[below(random, ARRAY_SIZE(others))];
}

static u16 random_fragment(struct rnd_state *random)
{
	return below(random, 4) ? below(random, 2) : prandom_u32_state(random);
}

static void random_ipv4(struct packet *packet, struct rnd_state *random)
{
	packet_begin_ipv4(packet, random_number(random),
			  below(random, 2) ? 20 : 20 + 4 * below(random, 11));
	packet_set_fragment_ipv4(packet, below(random, 4) ? 0x4000 : random_fragment(random));
}

static void random_ipv6(struct packet *packet, struct rnd_state *random)
{
	static const u8 kinds[] = {
		NUMBER_HOP, NUMBER_ROUTING, NUMBER_DEST, NUMBER_AUTH, NUMBER_FRAGMENT,
	};
	unsigned int count = below(random, 2) ? 0 : below(random, 5);
	u8 kind = kinds[below(random, ARRAY_SIZE(kinds))];
	u8 next;

	packet_begin_ipv6(packet, count ? kind : random_number(random));
	while (count--) {
		next = count ? kinds[below(random, ARRAY_SIZE(kinds))] : random_number(random);
		if (kind == NUMBER_FRAGMENT)
			packet_add_fragment(packet, next, random_fragment(random));
		else
			packet_add_extension(packet, kind, next, below(random, 4));
		kind = next;
	}
}

/* Where a byte decides something, and the values that do. */
static void mutate(struct packet *packet, struct rnd_state *random)
{
	static const u8 telling[] = {
		0, 1, 2, 6, 17, 33, 43, 44, 51, 59, 60, 132, 136, 176, 255,
	};
	unsigned int least = packet_header(packet->bytes[0] >> 4 == 6 ? GHOST_IPV6 : GHOST_IPV4);
	unsigned int count = 1 + below(random, 3);
	u8 version = packet->bytes[0] & 0xf0;

	while (count--) {
		u8 *byte = &packet->bytes[below(random, packet->length)];

		*byte = below(random, 2) ? telling[below(random, ARRAY_SIZE(telling))] :
					   *byte ^ 1 << below(random, 8);
	}
	packet->bytes[0] = version | (packet->bytes[0] & 0x0f);
	if (!below(random, 3))
		packet->length = least + below(random, packet->length - least + 1);
}

static void random_packet(struct packet *packet, enum ghost_family family,
			  struct rnd_state *random)
{
	if (family == GHOST_IPV4)
		random_ipv4(packet, random);
	else
		random_ipv6(packet, random);
	packet_add_ports(packet, below(random, 2) ? 688 : 40000, below(random, 3) ? 688 : 689,
			 below(random, 24));
	packet->before = below(random, 4) ? 0 : 14;
	if (below(random, 3))
		mutate(packet, random);
}

/* One packet, wholly linear and split somewhere. */
static enum ghost_class compare(struct kunit *test, struct rnd_state *random)
{
	struct packet *packet = test->priv;
	unsigned int least = packet_header(packet->bytes[0] >> 4 == 6 ? GHOST_IPV6 : GHOST_IPV4);
	unsigned int linear[2] = { packet->length };
	enum ghost_class class, truth;
	struct ghost_visit visit;
	u8 number = 0;
	unsigned int i;

	truth = oracle_classify(packet->bytes, packet->length, &number);
	linear[1] = least + below(random, packet->length - least + 1);
	for (i = 0; i < ARRAY_SIZE(linear); i++) {
		packet_show(packet, linear[i]);
		class = packet_classify(test, &visit);
		KUNIT_ASSERT_EQ_MSG(test, class, truth, "%u of %u bytes linear: %*ph", linear[i],
				    packet->length, min_t(int, packet->length, 64),
				    packet->bytes);
		if (class == GHOST_MISS)
			continue;
		KUNIT_ASSERT_EQ(test, visit.packets, 1);
		KUNIT_ASSERT_EQ(test, visit.bytes, packet->length);
		if (class == GHOST_VISIT)
			KUNIT_ASSERT_EQ(test, ghost_protocol_number(visit.protocol), number);
	}
	return truth;
}

static void compare_many(struct kunit *test, enum ghost_family family)
{
	unsigned int seen[GHOST_TRUNCATED + 1] = {}, misses = 0, i;
	struct rnd_state random;

	prandom_seed_state(&random, SEED + family);
	for (i = 0; i < ROUNDS; i++) {
		random_packet(test->priv, family, &random);
		seen[compare(test, &random)]++;
		misses += packet_misses(test->priv);
		cond_resched();
	}
	/* Else the test would hold of nothing. */
	KUNIT_EXPECT_GT(test, seen[GHOST_VISIT], ROUNDS / 20);
	KUNIT_EXPECT_GT(test, seen[GHOST_TRUNCATED], ROUNDS / 20);
	KUNIT_EXPECT_GT(test, seen[GHOST_MISS], ROUNDS / 20);
	KUNIT_EXPECT_GT(test, misses, ROUNDS / 50);
	kunit_info(test, "%u visits, %u truncated, %u misses", seen[GHOST_VISIT],
		   seen[GHOST_TRUNCATED], seen[GHOST_MISS]);
}

static void random_ipv4_packets_are_what_a_second_parser_says(struct kunit *test)
{
	compare_many(test, GHOST_IPV4);
}

static void random_ipv6_packets_are_what_a_second_parser_says(struct kunit *test)
{
	compare_many(test, GHOST_IPV6);
}

static struct kunit_case classify_random_cases[] = {
	KUNIT_CASE(random_ipv4_packets_are_what_a_second_parser_says),
	KUNIT_CASE(random_ipv6_packets_are_what_a_second_parser_says),
	{}
};

static struct kunit_suite classify_random_suite = {
	.name = "ghost688_classify_random",
	.init = packet_init,
	.exit = packet_exit,
	.test_cases = classify_random_cases,
};

kunit_test_suites(&classify_random_suite);
