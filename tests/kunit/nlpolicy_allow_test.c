// SPDX-License-Identifier: GPL-2.0-only
/*
 * nlpolicy: the allow-list in a request.
 */
#include <linux/prandom.h>
#include <linux/sched.h>

#include "control/nlpolicy.h"
#include "request.h"

static const u8 address[16] = { 10 };

static void begin(struct kunit *test)
{
	request_begin(test->priv);
	request_put_actions(test->priv);
}

static void expect_refused(struct kunit *test, int bytes, int length, int err, int attr)
{
	begin(test);
	request_put_prefix(test->priv, address, bytes, length);
	request_expect_refused(test, err, attr, "a prefix");
}

static void an_invalid_prefix_is_refused_by_attribute(struct kunit *test)
{
	int bytes, length;

	for (bytes = 1; bytes <= 16; bytes++)
		if (bytes < 4)
			expect_refused(test, bytes, 8, -ERANGE, GHOST688_A_PREFIX_ADDRESS);
		else if (bytes != 4 && bytes != 16)
			expect_refused(test, bytes, 8, -EINVAL, GHOST688_A_PREFIX_ADDRESS);
	for (length = 33; length <= 128; length++)
		expect_refused(test, 4, length, -ERANGE, GHOST688_A_PREFIX_LENGTH);
	for (length = 129; length < 256; length++)
		expect_refused(test, 16, length, -ERANGE, GHOST688_A_PREFIX_LENGTH);
	/* Nests that lack one or both of their attributes. */
	expect_refused(test, 0, 8, -EINVAL, GHOST688_A_POLICY_ALLOW);
	expect_refused(test, 4, -1, -EINVAL, GHOST688_A_POLICY_ALLOW);
	expect_refused(test, 0, -1, -EINVAL, GHOST688_A_POLICY_ALLOW);
}

static void bits_after_the_length_are_refused(struct kunit *test)
{
	int length;

	/* In binary, 10 is 00001010. */
	for (length = 0; length <= 32; length++) {
		begin(test);
		request_put_prefix(test->priv, address, 4, length);
		if (length < 7)
			request_expect_refused(test, -EINVAL, GHOST688_A_PREFIX_ADDRESS, "a bit");
		else
			KUNIT_EXPECT_EQ(test, request_parse(test->priv), 0);
	}
}

static void prefixes_of_both_families_with_the_same_bytes_differ(struct kunit *test)
{
	struct request *request = test->priv;

	begin(test);
	request_put_prefix(request, address, 4, 32);
	request_put_prefix(request, address, 16, 32);
	KUNIT_ASSERT_EQ(test, request_parse(request), 0);
	KUNIT_EXPECT_EQ(test, request->policy->allow.count, 2);
	KUNIT_EXPECT_EQ(test, request->policy->allow.roots[GHOST_IPV4], 1);
	KUNIT_EXPECT_EQ(test, request->policy->allow.roots[GHOST_IPV6], 1);
}

static void a_duplicate_prefix_is_refused(struct kunit *test)
{
	begin(test);
	request_put_prefix(test->priv, address, 4, 8);
	request_put_prefix(test->priv, address, 4, 9);
	request_put_prefix(test->priv, address, 4, 8);
	request_expect_refused(test, -EEXIST, GHOST688_A_POLICY_ALLOW, "twice");
}

static void put_many(struct request *request, unsigned int count)
{
	u8 many[16] = { 0x20, 0x01 };
	unsigned int i;

	for (i = 0; i < count; i++) {
		many[14] = i >> 8;
		many[15] = i;
		request_put_prefix(request, many, 16, 128);
	}
}

static void the_maximum_of_prefixes_fits_and_one_more_is_refused(struct kunit *test)
{
	struct request *request = test->priv;
	struct sk_buff *msg;

	begin(test);
	put_many(request, GHOST688_ALLOW_MAX);
	request_put(request, GHOST688_A_POLICY_LOG_TARGET, GHOST688_LOG_TARGET_NFLOG);
	WARN_ON(nla_put_u16(request->msg, GHOST688_A_POLICY_LOG_GROUP, 688));
	KUNIT_ASSERT_EQ(test, request_parse(request), 0);
	KUNIT_EXPECT_EQ(test, request->policy->allow.count, GHOST688_ALLOW_MAX);

	/* Fill a message of exactly the announced size. */
	msg = nlmsg_new(GHOST_NLPOLICY_SIZE, GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, msg);
	KUNIT_EXPECT_EQ(test, ghost_nlpolicy_fill(msg, request->policy), 0);
	KUNIT_EXPECT_LE(test, msg->len, GHOST_NLPOLICY_SIZE);
	nlmsg_free(msg);

	begin(test);
	put_many(request, GHOST688_ALLOW_MAX + 1);
	request_expect_refused(test, -E2BIG, GHOST688_A_POLICY_ALLOW, "257");
}

static void a_message_too_small_gives_emsgsize(struct kunit *test)
{
	struct request *request = test->priv;
	unsigned int room, whole;
	struct sk_buff *msg;

	begin(test);
	put_many(request, 2);
	request_put_prefix(request, address, 4, 8);
	KUNIT_ASSERT_EQ(test, request_parse(request), 0);
	msg = alloc_skb(2048, GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, msg);
	KUNIT_EXPECT_EQ(test, ghost_nlpolicy_fill(msg, request->policy), 0);
	whole = msg->len;
	for (room = 0; room < whole; room += 4) {
		skb_trim(msg, 0);
		skb_reserve(msg, skb_tailroom(msg) - room);
		KUNIT_EXPECT_EQ(test, ghost_nlpolicy_fill(msg, request->policy), -EMSGSIZE);
		skb_trim(msg, 0);
		skb_push(msg, skb_headroom(msg));
		skb_trim(msg, 0);
	}
	nlmsg_free(msg);
}

static bool has_host_bits(const struct ghost_allow *allow)
{
	unsigned int i;

	for (i = 0; i < allow->count; i++)
		if (ghost_prefix_has_host_bits(&allow->prefix[i]))
			return true;
	return false;
}

/* A mangled request is either refused with a message, or makes a valid policy. */
static void no_mangled_request_makes_a_broken_policy(struct kunit *test)
{
	struct request *request = test->priv;
	unsigned int i, n, taken = 0, refused = 0;
	struct rnd_state random;

	prandom_seed_state(&random, 688);
	for (i = 0; i < 10000; i++) {
		begin(test);
		request_put(request, GHOST688_A_POLICY_LOG_RATE, 5);
		request_put(request, GHOST688_A_POLICY_LOG_BURST, 6);
		request_put_prefix(request, address, 4, 8);
		request_put_prefix(request, address, 16, 64);
		put_many(request, 2);
		for (n = 1 + prandom_u32_state(&random) % 3; n; n--) {
			u32 at = NLMSG_HDRLEN + GENL_HDRLEN;

			at += prandom_u32_state(&random) % (request->msg->len - at);
			request->msg->data[at] = prandom_u32_state(&random) % 4 ?
						 prandom_u32_state(&random) % 36 :
						 prandom_u32_state(&random);
		}
		if (request_parse(request)) {
			refused++;
			continue;
		}
		taken++;
		KUNIT_ASSERT_LE(test, request->policy->allow.count, 4);
		KUNIT_ASSERT_GT(test, request->policy->log.limit_rate.interval, 0);
		KUNIT_ASSERT_GE(test, request->policy->log.limit_rate.tolerance, 0);
		KUNIT_ASSERT_FALSE(test, has_host_bits(&request->policy->allow));
		cond_resched();
	}
	/* Make sure that the test covered enough. */
	KUNIT_EXPECT_GT(test, taken, 500);
	KUNIT_EXPECT_GT(test, refused, 500);
}

static struct kunit_case nlpolicy_allow_cases[] = {
	KUNIT_CASE(an_invalid_prefix_is_refused_by_attribute),
	KUNIT_CASE(bits_after_the_length_are_refused),
	KUNIT_CASE(prefixes_of_both_families_with_the_same_bytes_differ),
	KUNIT_CASE(a_duplicate_prefix_is_refused),
	KUNIT_CASE(the_maximum_of_prefixes_fits_and_one_more_is_refused),
	KUNIT_CASE(a_message_too_small_gives_emsgsize),
	KUNIT_CASE(no_mangled_request_makes_a_broken_policy),
	{}
};

static struct kunit_suite nlpolicy_allow_suite = {
	.name = "ghost688_nlpolicy_allow",
	.init = request_init,
	.exit = request_exit,
	.test_cases = nlpolicy_allow_cases,
};

kunit_test_suites(&nlpolicy_allow_suite);
