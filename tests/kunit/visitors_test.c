// SPDX-License-Identifier: GPL-2.0-only
/*
 * visitors: every visitor is remembered, and hardly anyone else.
 */
#include <kunit/test.h>
#include <net/ipv6.h>

#include "state/visitors.h"

static struct ghost_far_end far_end(u32 address, u16 port)
{
	struct ghost_far_end far = { .port = htons(port) };

	ipv6_addr_set_v4mapped(htonl(address), &far.address);
	return far;
}

static unsigned int had(const struct ghost_visitors *visitors, unsigned int from, unsigned int to)
{
	unsigned int i, count = 0;

	for (i = from; i < to; i++) {
		struct ghost_far_end far = far_end(i, 2049);

		count += ghost_visitors_contain(visitors, &far);
	}
	return count;
}

static void an_empty_memory_knows_nobody(struct kunit *test)
{
	struct ghost_visitors visitors = {};

	KUNIT_EXPECT_EQ(test, had(&visitors, 0, 1000), 0U);
	KUNIT_EXPECT_NULL(test, visitors.marks);
}

static void visitors_are_known_and_few_others(struct kunit *test)
{
	struct ghost_visitors visitors = {};
	unsigned int i;

	for (i = 0; i < 100; i++) {
		struct ghost_far_end far = far_end(i, 2049);

		ghost_visitors_add(&visitors, &far);
		KUNIT_EXPECT_EQ(test, had(&visitors, 0, i + 1), i + 1);
	}
	/* About 1.4 are expected; the limit leaves room for chance. */
	KUNIT_EXPECT_LT(test, had(&visitors, 1000, 20000), 40U);
	ghost_visitors_exit(&visitors);
}

static void a_far_end_is_an_address_and_a_port(struct kunit *test)
{
	struct ghost_far_end come = far_end(0x0a580101, 5000), six = { .port = htons(5000) };
	struct ghost_far_end elsewhere = far_end(0x0a580101, 5001);
	struct ghost_far_end other = far_end(0x0a580102, 5000);
	struct ghost_visitors visitors = {};

	six.address.s6_addr32[3] = htonl(0x0a580101);
	ghost_visitors_add(&visitors, &come);
	KUNIT_EXPECT_TRUE(test, ghost_visitors_contain(&visitors, &come));
	KUNIT_EXPECT_FALSE(test, ghost_visitors_contain(&visitors, &elsewhere));
	KUNIT_EXPECT_FALSE(test, ghost_visitors_contain(&visitors, &other));
	KUNIT_EXPECT_FALSE(test, ghost_visitors_contain(&visitors, &six));
	ghost_visitors_exit(&visitors);
}

static void all_far_ends_are_visitors_until_the_next_start(struct kunit *test)
{
	struct ghost_far_end far = far_end(1, 2049);
	struct ghost_visitors visitors = {};

	ghost_visitors_add(&visitors, &far);
	ghost_visitors_add_all(&visitors);
	KUNIT_EXPECT_EQ(test, had(&visitors, 0, 1000), 1000U);
	ghost_visitors_start(&visitors);
	ghost_visitors_started(&visitors);
	KUNIT_EXPECT_EQ(test, had(&visitors, 0, 1000), 0U);
	ghost_visitors_exit(&visitors);
}

static void all_far_ends_are_visitors_while_it_starts(struct kunit *test)
{
	struct ghost_far_end far = far_end(1, 2049);
	struct ghost_visitors visitors = {};

	ghost_visitors_start(&visitors);
	KUNIT_EXPECT_EQ(test, had(&visitors, 0, 1000), 1000U);
	ghost_visitors_add(&visitors, &far);
	KUNIT_EXPECT_EQ(test, had(&visitors, 0, 1000), 1000U);
	ghost_visitors_started(&visitors);
	KUNIT_EXPECT_EQ(test, had(&visitors, 0, 2), 1U);

	/* What was missed for want of memory meanwhile makes all of them visitors. */
	ghost_visitors_start(&visitors);
	ghost_visitors_add_all(&visitors);
	ghost_visitors_started(&visitors);
	KUNIT_EXPECT_EQ(test, had(&visitors, 0, 1000), 1000U);
	ghost_visitors_exit(&visitors);
}

static struct kunit_case cases[] = {
	KUNIT_CASE(an_empty_memory_knows_nobody),
	KUNIT_CASE(visitors_are_known_and_few_others),
	KUNIT_CASE(a_far_end_is_an_address_and_a_port),
	KUNIT_CASE(all_far_ends_are_visitors_until_the_next_start),
	KUNIT_CASE(all_far_ends_are_visitors_while_it_starts),
	{}
};

static int init(struct kunit_suite *suite)
{
	ghost_visitors_init();
	return 0;
}

static struct kunit_suite suite = {
	.name = "ghost688-visitors",
	.suite_init = init,
	.test_cases = cases,
};

kunit_test_suites(&suite);
