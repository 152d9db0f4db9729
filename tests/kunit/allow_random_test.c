// SPDX-License-Identifier: GPL-2.0-only
/*
 * allow: conversions of prefixes and addresses there and back, and random lists
 * checked against a bit-by-bit comparison with every prefix.
 */
#include <kunit/test.h>
#include <linux/sched.h>

#include "random.h"
#include "state/allow.h"

#define LISTS		400
#define LOOKUPS		100
#define SEED		688

struct naive_prefix {
	u8 address[16];
	unsigned int bits; /* the length of an address */
	unsigned int length;
};

static bool naive_bit(const u8 *address, unsigned int bit)
{
	return address[bit / 8] >> (7 - bit % 8) & 1;
}

static bool naive_covers(const struct naive_prefix *prefix, const struct naive_prefix *address)
{
	unsigned int bit;

	if (prefix->bits != address->bits)
		return false;
	for (bit = 0; bit < prefix->length; bit++)
		if (naive_bit(prefix->address, bit) != naive_bit(address->address, bit))
			return false;
	return true;
}

static bool naive_equal(const struct naive_prefix *a, const struct naive_prefix *b)
{
	return a->bits == b->bits && a->length == b->length &&
	       !memcmp(a->address, b->address, sizeof(a->address));
}

/* Each byte has few values, so that many prefixes are neighbours or nested. */
static void naive_random(struct naive_prefix *prefix, struct rnd_state *random)
{
	static const u8 telling[] = { 0x00, 0x01, 0x7f, 0x80, 0xff };
	unsigned int bit, i;

	memset(prefix, 0, sizeof(*prefix));
	prefix->bits = below(random, 2) ? 32 : 128;
	prefix->length = prefix->bits;
	for (i = 0; i < prefix->bits / 8; i++)
		prefix->address[i] = below(random, 8) ? telling[below(random, 3) * (i % 3)] :
						       telling[below(random, ARRAY_SIZE(telling))];
	if (!below(random, 4))
		return;
	prefix->length = below(random, prefix->bits + 1);
	for (bit = prefix->length; bit < prefix->bits; bit++)
		prefix->address[bit / 8] &= ~(1 << (7 - bit % 8));
}

static void naive_to_ghost(const struct naive_prefix *naive, struct ghost_prefix *prefix)
{
	struct in6_addr ipv6;
	__be32 ipv4;

	if (naive->bits == 32) {
		memcpy(&ipv4, naive->address, sizeof(ipv4));
		ghost_prefix_set_ipv4(prefix, ipv4);
	} else {
		memcpy(&ipv6, naive->address, sizeof(ipv6));
		ghost_prefix_set_ipv6(prefix, &ipv6);
	}
	prefix->length = naive->length;
}

static unsigned int list_fill(struct kunit *test, struct ghost_allow *allow,
			      struct naive_prefix *naive, unsigned int count,
			      struct rnd_state *random)
{
	struct ghost_prefix prefix;
	unsigned int n = 0, i;
	bool twice;

	while (count--) {
		naive_random(&naive[n], random);
		naive_to_ghost(&naive[n], &prefix);
		KUNIT_ASSERT_FALSE(test, ghost_prefix_has_host_bits(&prefix));
		for (i = 0, twice = false; i < n; i++)
			twice |= naive_equal(&naive[i], &naive[n]);
		KUNIT_ASSERT_EQ(test, ghost_allow_add(allow, &prefix), twice ? -EEXIST : 0);
		n += !twice;
	}
	KUNIT_ASSERT_EQ(test, allow->count, n);
	ghost_allow_seal(allow);
	return n;
}

/* A random address, or the last of a prefix, or the first after it. */
static void address_random(struct naive_prefix *address, const struct naive_prefix *naive,
			   unsigned int count, struct rnd_state *random)
{
	unsigned int bit;
	int i;

	if (below(random, 3)) {
		naive_random(address, random);
		address->length = address->bits;
		return;
	}
	*address = naive[below(random, count)];
	for (bit = address->length; bit < address->bits; bit++)
		address->address[bit / 8] |= 1 << (7 - bit % 8);
	if (below(random, 2))
		for (i = address->bits / 8 - 1; i >= 0 && !++address->address[i]; i--)
			;
	address->length = address->bits;
}

static void random_lists_match_a_bit_by_bit_search(struct kunit *test)
{
	struct naive_prefix *naive, address;
	unsigned int held = 0, i, j, count;
	struct ghost_prefix prefix;
	struct ghost_allow *allow;
	struct rnd_state random;
	bool truth;

	prandom_seed_state(&random, SEED);
	naive = kunit_kzalloc(test, GHOST688_ALLOW_MAX * sizeof(*naive), GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, naive);
	for (i = 0; i < LISTS; i++) {
		count = below(&random, 8) ? 1 + below(&random, 24) : GHOST688_ALLOW_MAX;
		allow = kunit_kzalloc(test, struct_size(allow, prefix, count), GFP_KERNEL);
		KUNIT_ASSERT_NOT_NULL(test, allow);
		count = list_fill(test, allow, naive, count, &random);
		for (j = 0; j < LOOKUPS; j++) {
			unsigned int k;

			address_random(&address, naive, count, &random);
			naive_to_ghost(&address, &prefix);
			for (k = 0, truth = false; k < count && !truth; k++)
				truth = naive_covers(&naive[k], &address);
			KUNIT_ASSERT_EQ_MSG(test, ghost_allow_match(allow, &prefix), truth,
					    "list %u of %u, %*ph", i, count, address.bits / 8,
					    address.address);
			held += truth;
		}
		kunit_kfree(test, allow);
		cond_resched();
	}
	/* Make sure that the test covered enough. */
	KUNIT_EXPECT_GT(test, held, LISTS * LOOKUPS / 10);
	KUNIT_EXPECT_LT(test, held, LISTS * LOOKUPS * 9 / 10);
}

static void addresses_survive_conversion(struct kunit *test)
{
	static const u8 bytes[16] = {
		0x20, 0x01, 0x0d, 0xb8, 0x81, 0x02, 0x83, 0x04, 0x85, 0x06, 0x87, 0x08, 0x89, 0x0a,
		0x8b, 0x0c,
	};
	struct in6_addr there, back;
	struct ghost_prefix prefix;

	memcpy(&there, bytes, sizeof(there));
	ghost_prefix_set_ipv6(&prefix, &there);
	KUNIT_EXPECT_EQ(test, prefix.family, GHOST_IPV6);
	KUNIT_EXPECT_EQ(test, prefix.length, 128);
	KUNIT_EXPECT_EQ(test, prefix.hi, 0x20010db881028304ULL);
	KUNIT_EXPECT_EQ(test, prefix.lo, 0x85068708890a8b0cULL);
	ghost_prefix_get_ipv6(&prefix, &back);
	KUNIT_EXPECT_EQ(test, memcmp(&back, bytes, sizeof(bytes)), 0);

	ghost_prefix_set_ipv4(&prefix, htonl(0xc0000201));
	KUNIT_EXPECT_EQ(test, prefix.family, GHOST_IPV4);
	KUNIT_EXPECT_EQ(test, prefix.length, 32);
	KUNIT_EXPECT_EQ(test, prefix.hi, 0xc000020100000000ULL);
	KUNIT_EXPECT_EQ(test, prefix.lo, 0);
	KUNIT_EXPECT_EQ(test, ntohl(ghost_prefix_get_ipv4(&prefix)), 0xc0000201);
}

static void bits_after_the_length_are_host_bits(struct kunit *test)
{
	unsigned int bit, length;

	for (bit = 0; bit < 128; bit++)
		for (length = 0; length <= 128; length++) {
			struct ghost_prefix prefix = { .family = GHOST_IPV6, .length = length };

			if (bit < 64)
				prefix.hi = 1ULL << (63 - bit);
			else
				prefix.lo = 1ULL << (127 - bit);
			KUNIT_EXPECT_EQ(test, ghost_prefix_has_host_bits(&prefix), bit >= length);
			if (bit >= 32 || length > 32)
				continue;
			prefix.family = GHOST_IPV4;
			KUNIT_EXPECT_EQ(test, ghost_prefix_has_host_bits(&prefix), bit >= length);
		}
}

static struct kunit_case allow_random_cases[] = {
	KUNIT_CASE(random_lists_match_a_bit_by_bit_search),
	KUNIT_CASE(addresses_survive_conversion),
	KUNIT_CASE(bits_after_the_length_are_host_bits),
	{}
};

static struct kunit_suite allow_random_suite = {
	.name = "ghost688_allow_random",
	.test_cases = allow_random_cases,
};

kunit_test_suites(&allow_random_suite);
