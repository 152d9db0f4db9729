// SPDX-License-Identifier: GPL-2.0-only
/*
 * allow: which addresses match a list of prefixes.
 */
#include <kunit/test.h>

#include "state/allow.h"

static struct ghost_prefix ipv4(u32 address, u8 length)
{
	struct ghost_prefix prefix;

	ghost_prefix_set_ipv4(&prefix, htonl(address));
	prefix.length = length;
	return prefix;
}

static struct ghost_prefix ipv6(u64 hi, u64 lo, u8 length)
{
	struct ghost_prefix prefix;
	struct in6_addr address = { .s6_addr32 = {
		htonl(hi >> 32), htonl((u32)hi), htonl(lo >> 32), htonl((u32)lo),
	} };

	ghost_prefix_set_ipv6(&prefix, &address);
	prefix.length = length;
	return prefix;
}

/* Allocates no byte more than @prefixes need, so that KASAN catches an overrun. */
static struct ghost_allow *list_alloc(struct kunit *test, unsigned int prefixes)
{
	struct ghost_allow *allow;

	allow = kunit_kzalloc(test, struct_size(allow, prefix, prefixes), GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, allow);
	return allow;
}

static struct ghost_allow *list_of(struct kunit *test, const struct ghost_prefix *prefixes,
				   unsigned int count)
{
	struct ghost_allow *allow = list_alloc(test, count);
	unsigned int i;

	for (i = 0; i < count; i++)
		KUNIT_ASSERT_EQ(test, ghost_allow_add(allow, &prefixes[i]), 0);
	ghost_allow_seal(allow);
	return allow;
}

static bool holds_ipv4(const struct ghost_allow *allow, u32 address)
{
	struct ghost_prefix prefix = ipv4(address, 32);

	return ghost_allow_match(allow, &prefix);
}

static bool holds_ipv6(const struct ghost_allow *allow, u64 hi, u64 lo)
{
	struct ghost_prefix prefix = ipv6(hi, lo, 128);

	return ghost_allow_match(allow, &prefix);
}

static void an_empty_list_matches_nothing(struct kunit *test)
{
	struct ghost_allow *allow = list_of(test, NULL, 0);

	KUNIT_EXPECT_FALSE(test, holds_ipv4(allow, 0));
	KUNIT_EXPECT_FALSE(test, holds_ipv4(allow, ~0U));
	KUNIT_EXPECT_FALSE(test, holds_ipv6(allow, 0, 0));
	KUNIT_EXPECT_FALSE(test, holds_ipv6(allow, ~0ULL, ~0ULL));
}

static void every_ipv4_length_is_exact_at_its_edges(struct kunit *test)
{
	static const u32 bases[] = { 0xc0a85a5b, 0x0a000000, 0x7fffffff, 0x80000000, 0, ~0U };
	unsigned int i, length;

	for (i = 0; i < ARRAY_SIZE(bases); i++)
		for (length = 0; length <= 32; length++) {
			u32 host = length == 32 ? 0 : ~0U >> length;
			u32 first = bases[i] & ~host, last = first | host;
			struct ghost_prefix prefix = ipv4(first, length);
			struct ghost_allow *allow = list_of(test, &prefix, 1);

			KUNIT_EXPECT_TRUE(test, holds_ipv4(allow, first));
			KUNIT_EXPECT_TRUE(test, holds_ipv4(allow, bases[i]));
			KUNIT_EXPECT_TRUE(test, holds_ipv4(allow, last));
			if (first)
				KUNIT_EXPECT_FALSE(test, holds_ipv4(allow, first - 1));
			if (~last)
				KUNIT_EXPECT_FALSE(test, holds_ipv4(allow, last + 1));
			kunit_kfree(test, allow);
		}
}

static void every_ipv6_length_is_exact_at_its_edges(struct kunit *test)
{
	static const u64 bases[][2] = {
		{ 0x20010db800005a5bULL, 0xa5b5c0ffee000688ULL }, { 0, 0 }, { ~0ULL, ~0ULL },
		{ 0xfe80000000000000ULL, 0x8000000000000000ULL }, { ~0ULL, 0 }, { 0, ~0ULL },
	};
	unsigned int i, length;

	for (i = 0; i < ARRAY_SIZE(bases); i++)
		for (length = 0; length <= 128; length++) {
			u64 host_hi = length >= 64 ? 0 : ~0ULL >> length;
			u64 host_lo = length == 128 ? 0 : length <= 64 ? ~0ULL :
				      ~0ULL >> (length - 64);
			u64 hi = bases[i][0] & ~host_hi, lo = bases[i][1] & ~host_lo;
			struct ghost_prefix prefix = ipv6(hi, lo, length);
			struct ghost_allow *allow = list_of(test, &prefix, 1);

			KUNIT_EXPECT_TRUE(test, holds_ipv6(allow, hi, lo));
			KUNIT_EXPECT_TRUE(test, holds_ipv6(allow, bases[i][0], bases[i][1]));
			if (hi | lo)
				KUNIT_EXPECT_FALSE(test, holds_ipv6(allow, hi - !lo, lo - 1));
			hi |= host_hi;
			lo |= host_lo;
			KUNIT_EXPECT_TRUE(test, holds_ipv6(allow, hi, lo));
			if (~hi || ~lo)
				KUNIT_EXPECT_FALSE(test, holds_ipv6(allow, hi + !~lo, lo + 1));
			kunit_kfree(test, allow);
		}
}

static void a_wide_prefix_matches_after_one_nested_in_it(struct kunit *test)
{
	const struct ghost_prefix prefixes[] = {
		ipv4(0x0a000000, 8), ipv4(0x0a000000, 16), ipv4(0x0a010203, 32),
		ipv4(0x0aff0000, 16), ipv4(0x0c000000, 8),
	};
	struct ghost_allow *allow = list_of(test, prefixes, ARRAY_SIZE(prefixes));

	KUNIT_EXPECT_FALSE(test, holds_ipv4(allow, 0x09ffffff));
	KUNIT_EXPECT_TRUE(test, holds_ipv4(allow, 0x0a000000));
	KUNIT_EXPECT_TRUE(test, holds_ipv4(allow, 0x0a010202));
	KUNIT_EXPECT_TRUE(test, holds_ipv4(allow, 0x0a010203));
	KUNIT_EXPECT_TRUE(test, holds_ipv4(allow, 0x0a010204));
	KUNIT_EXPECT_TRUE(test, holds_ipv4(allow, 0x0afeffff));
	KUNIT_EXPECT_TRUE(test, holds_ipv4(allow, 0x0affffff));
	KUNIT_EXPECT_FALSE(test, holds_ipv4(allow, 0x0b000000));
	KUNIT_EXPECT_FALSE(test, holds_ipv4(allow, 0x0bffffff));
	KUNIT_EXPECT_TRUE(test, holds_ipv4(allow, 0x0c000000));
	KUNIT_EXPECT_EQ(test, allow->count, ARRAY_SIZE(prefixes));
}

static bool lists_equal(const struct ghost_allow *a, const struct ghost_allow *b)
{
	unsigned int i;

	if (a->count != b->count || memcmp(a->roots, b->roots, sizeof(a->roots)) ||
	    memcmp(a->root, b->root, sizeof(a->root)))
		return false;
	for (i = 0; i < a->count; i++)
		if (a->prefix[i].hi != b->prefix[i].hi || a->prefix[i].lo != b->prefix[i].lo ||
		    a->prefix[i].family != b->prefix[i].family ||
		    a->prefix[i].length != b->prefix[i].length)
			return false;
	return true;
}

static void the_order_of_adding_does_not_matter(struct kunit *test)
{
	struct ghost_prefix prefixes[] = {
		ipv6(0x20010db800000000ULL, 0, 32), ipv4(0x0a000000, 8),
		ipv6(0x20010db800010000ULL, 0, 48), ipv4(0x0a000000, 24),
		ipv4(0xc0a80000, 16),
	};
	struct ghost_allow *first = list_of(test, prefixes, ARRAY_SIZE(prefixes));
	unsigned int order, count = ARRAY_SIZE(prefixes);

	/* All permutations: the digits of a factorial number say which elements to swap. */
	for (order = 0; order < 120; order++) {
		struct ghost_prefix mixed[ARRAY_SIZE(prefixes)];
		unsigned int digits = order, i;
		struct ghost_allow *allow;

		memcpy(mixed, prefixes, sizeof(mixed));
		for (i = 0; i < count; i++) {
			swap(mixed[i], mixed[i + digits % (count - i)]);
			digits /= count - i;
		}
		allow = list_of(test, mixed, count);
		KUNIT_ASSERT_TRUE(test, lists_equal(allow, first));
		kunit_kfree(test, allow);
	}
}

static void a_duplicate_prefix_is_refused(struct kunit *test)
{
	const struct ghost_prefix prefixes[] = {
		ipv4(0x0a000000, 8), ipv4(0x0a000000, 9), ipv6(0, 0, 8),
		ipv6(0x0a00000000000000ULL, 0, 8),
	};
	struct ghost_allow *allow = list_alloc(test, ARRAY_SIZE(prefixes));
	unsigned int i, j;

	for (i = 0; i < ARRAY_SIZE(prefixes); i++) {
		KUNIT_ASSERT_EQ(test, ghost_allow_add(allow, &prefixes[i]), 0);
		for (j = 0; j <= i; j++)
			KUNIT_EXPECT_EQ(test, ghost_allow_add(allow, &prefixes[j]), -EEXIST);
		KUNIT_EXPECT_EQ(test, allow->count, i + 1);
	}
}

static void all_prefixes_of_a_full_list_are_found(struct kunit *test)
{
	struct ghost_allow *allow = list_alloc(test, GHOST688_ALLOW_MAX);
	unsigned int i;

	for (i = 0; i < GHOST688_ALLOW_MAX; i++) {
		struct ghost_prefix prefix = i % 2 ? ipv6((u64)i << 32, 0, 32) : ipv4(i << 16, 24);

		KUNIT_ASSERT_EQ(test, ghost_allow_add(allow, &prefix), 0);
	}
	ghost_allow_seal(allow);
	for (i = 0; i < GHOST688_ALLOW_MAX; i++) {
		KUNIT_EXPECT_EQ(test, holds_ipv4(allow, i << 16), !(i % 2));
		KUNIT_EXPECT_EQ(test, holds_ipv4(allow, i << 16 | 0xff), !(i % 2));
		KUNIT_EXPECT_FALSE(test, holds_ipv4(allow, i << 16 | 0x100));
		KUNIT_EXPECT_EQ(test, holds_ipv6(allow, (u64)i << 32, 0), i % 2);
		KUNIT_EXPECT_EQ(test, holds_ipv6(allow, (u64)i << 32 | ~0U, ~0ULL), i % 2);
	}
}

static void length_0_of_one_family_matches_none_of_the_other(struct kunit *test)
{
	const struct ghost_prefix all_ipv4 = ipv4(0, 0), all_ipv6 = ipv6(0, 0, 0);
	struct ghost_allow *of_ipv4 = list_of(test, &all_ipv4, 1);
	struct ghost_allow *of_ipv6 = list_of(test, &all_ipv6, 1);
	unsigned int i;

	for (i = 0; i < 32; i++) {
		KUNIT_EXPECT_TRUE(test, holds_ipv4(of_ipv4, 1U << i));
		KUNIT_EXPECT_FALSE(test, holds_ipv6(of_ipv4, 1ULL << (i + 32), 0));
		KUNIT_EXPECT_TRUE(test, holds_ipv6(of_ipv6, 1ULL << (i + 32), 0));
		KUNIT_EXPECT_FALSE(test, holds_ipv4(of_ipv6, 1U << i));
	}
}

/* An IPv4 address is stored like the first 32 bits of an IPv6 address. */
static void families_with_the_same_bits_are_told_apart(struct kunit *test)
{
	const struct ghost_prefix prefixes[] = {
		ipv4(0x20010db8, 32), ipv6(0x0a00000000000000ULL, 0, 8),
	};
	struct ghost_allow *allow = list_of(test, prefixes, ARRAY_SIZE(prefixes));

	KUNIT_EXPECT_TRUE(test, holds_ipv4(allow, 0x20010db8));
	KUNIT_EXPECT_FALSE(test, holds_ipv6(allow, 0x20010db800000000ULL, 0));
	KUNIT_EXPECT_TRUE(test, holds_ipv6(allow, 0x0a00000100000000ULL, 1));
	KUNIT_EXPECT_FALSE(test, holds_ipv4(allow, 0x0a000001));
}

static struct kunit_case allow_cases[] = {
	KUNIT_CASE(an_empty_list_matches_nothing),
	KUNIT_CASE(every_ipv4_length_is_exact_at_its_edges),
	KUNIT_CASE(every_ipv6_length_is_exact_at_its_edges),
	KUNIT_CASE(a_wide_prefix_matches_after_one_nested_in_it),
	KUNIT_CASE(the_order_of_adding_does_not_matter),
	KUNIT_CASE(a_duplicate_prefix_is_refused),
	KUNIT_CASE(all_prefixes_of_a_full_list_are_found),
	KUNIT_CASE(length_0_of_one_family_matches_none_of_the_other),
	KUNIT_CASE(families_with_the_same_bits_are_told_apart),
	{}
};

static struct kunit_suite allow_suite = {
	.name = "ghost688_allow",
	.test_cases = allow_cases,
};

kunit_test_suites(&allow_suite);
