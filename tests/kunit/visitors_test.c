// SPDX-License-Identifier: GPL-2.0-only
/*
 * visitors: who had come, and that nobody is forgotten.
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

		count += ghost_visitors_had(visitors, &far);
	}
	return count;
}

static void nobody_has_come_to_begin_with(struct kunit *test)
{
	struct ghost_visitors visitors = {};

	KUNIT_EXPECT_EQ(test, had(&visitors, 0, 1000), 0U);
	KUNIT_EXPECT_NULL(test, visitors.marks);
}

static void who_has_come_is_known_and_few_others_are(struct kunit *test)
{
	struct ghost_visitors visitors = {};
	unsigned int i;

	for (i = 0; i < 100; i++) {
		struct ghost_far_end far = far_end(i, 2049);

		ghost_visitors_add(&visitors, &far);
		KUNIT_EXPECT_EQ(test, had(&visitors, 0, i + 1), i + 1);
	}
	/* Some 1.4 of them; 40 would be marks of one byte in half. */
	KUNIT_EXPECT_LT(test, had(&visitors, 1000, 20000), 40U);
	ghost_visitors_exit(&visitors);
}

static void address_and_port_make_a_far_end(struct kunit *test)
{
	struct ghost_far_end come = far_end(0x0a580101, 5000), six = { .port = htons(5000) };
	struct ghost_far_end elsewhere = far_end(0x0a580101, 5001);
	struct ghost_far_end other = far_end(0x0a580102, 5000);
	struct ghost_visitors visitors = {};

	six.address.s6_addr32[3] = htonl(0x0a580101);
	ghost_visitors_add(&visitors, &come);
	KUNIT_EXPECT_TRUE(test, ghost_visitors_had(&visitors, &come));
	KUNIT_EXPECT_FALSE(test, ghost_visitors_had(&visitors, &elsewhere));
	KUNIT_EXPECT_FALSE(test, ghost_visitors_had(&visitors, &other));
	KUNIT_EXPECT_FALSE(test, ghost_visitors_had(&visitors, &six));
	ghost_visitors_exit(&visitors);
}

static void all_have_come_until_it_begins_anew(struct kunit *test)
{
	struct ghost_far_end far = far_end(1, 2049);
	struct ghost_visitors visitors = {};

	ghost_visitors_add(&visitors, &far);
	ghost_visitors_add_all(&visitors);
	KUNIT_EXPECT_EQ(test, had(&visitors, 0, 1000), 1000U);
	ghost_visitors_forget(&visitors);
	KUNIT_EXPECT_EQ(test, had(&visitors, 0, 1000), 0U);
	ghost_visitors_exit(&visitors);
}

static struct kunit_case cases[] = {
	KUNIT_CASE(nobody_has_come_to_begin_with),
	KUNIT_CASE(who_has_come_is_known_and_few_others_are),
	KUNIT_CASE(address_and_port_make_a_far_end),
	KUNIT_CASE(all_have_come_until_it_begins_anew),
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
