// SPDX-License-Identifier: GPL-2.0-only
/*
 * nlpolicy: what a request may contain, and how a refusal names the mistake.
 */
#include "control/nlpolicy.h"
#include "request.h"

static void a_policy_needs_only_its_actions(struct kunit *test)
{
	struct request *request = test->priv;

	request_begin(request);
	request_put_actions(request);
	KUNIT_ASSERT_EQ(test, request_parse(request), 0);
	KUNIT_EXPECT_EQ(test, request->policy->action[GHOST688_DIRECTION_IN],
			GHOST688_ACTION_DROP_LOG);
	KUNIT_EXPECT_EQ(test, request->policy->action[GHOST688_DIRECTION_FORWARD],
			GHOST688_ACTION_COUNT);
	KUNIT_EXPECT_EQ(test, request->policy->action[GHOST688_DIRECTION_OUT],
			GHOST688_ACTION_OFF);
	KUNIT_EXPECT_EQ(test, request->policy->log.rate, 10);
	KUNIT_EXPECT_EQ(test, request->policy->log.burst, 20);
	KUNIT_EXPECT_EQ(test, request->policy->allow.count, 0);
	/* The policy is sealed: the data path's fields are set. */
	KUNIT_EXPECT_GT(test, request->policy->log.limit_rate.interval, 0);
	KUNIT_EXPECT_GT(test, request->policy->hits.limit_rate.interval, 0);
}

static void a_policy_without_one_of_its_actions_is_refused(struct kunit *test)
{
	struct request *request = test->priv;
	int attr, absent;

	for (absent = GHOST688_A_POLICY_IN; absent <= GHOST688_A_POLICY_OUT; absent++) {
		request_begin(request);
		for (attr = GHOST688_A_POLICY_IN; attr <= GHOST688_A_POLICY_OUT; attr++)
			if (attr != absent)
				request_put(request, attr, GHOST688_ACTION_COUNT);
		KUNIT_EXPECT_EQ(test, request_parse(request), -EINVAL);
		KUNIT_EXPECT_NOT_NULL(test, request->extack._msg);
	}
}

static void values_out_of_range_are_refused_by_attribute(struct kunit *test)
{
	static const struct {
		int attr;
		u32 value;
		int err;
	} wrong[] = {
		{ GHOST688_A_POLICY_IN, GHOST688_ACTION_MAX + 1, -ERANGE },
		{ GHOST688_A_POLICY_FORWARD, U32_MAX, -ERANGE },
		{ GHOST688_A_POLICY_OUT, 256, -ERANGE },
		{ GHOST688_A_POLICY_REPLIES, GHOST688_REPLIES_MAX + 1, -ERANGE },
		{ GHOST688_A_POLICY_LOG_RATE, 0, -ERANGE },
		{ GHOST688_A_POLICY_LOG_RATE, GHOST688_LOG_RATE_MAX + 1, -ERANGE },
		{ GHOST688_A_POLICY_LOG_PER, GHOST688_LOG_PER_MAX + 1, -ERANGE },
		{ GHOST688_A_POLICY_LOG_BURST, 0, -ERANGE },
		{ GHOST688_A_POLICY_LOG_BURST, GHOST688_LOG_BURST_MAX + 1, -ERANGE },
		{ GHOST688_A_POLICY_LOG_TARGET, GHOST688_LOG_TARGET_MAX + 1, -ERANGE },
		{ GHOST688_A_POLICY_LOG_TARGET, GHOST688_LOG_TARGET_NFLOG, -EINVAL },
		{ GHOST688_A_POLICY_HIT_RATE, 0, -ERANGE },
		{ GHOST688_A_POLICY_HIT_RATE, GHOST688_HIT_RATE_MAX + 1, -ERANGE },
		{ GHOST688_A_POLICY_HIT_PER, GHOST688_LOG_PER_MAX + 1, -ERANGE },
		{ GHOST688_A_POLICY_HIT_BURST, 0, -ERANGE },
		{ GHOST688_A_POLICY_HIT_BURST, GHOST688_HIT_BURST_MAX + 1, -ERANGE },
		{ GHOST688_A_POLICY_SOURCES, GHOST688_SOURCES_MAX + 1, -ERANGE },
		{ GHOST688_A_POLICY_SOURCES, U32_MAX, -ERANGE },
		{ GHOST688_A_POLICY_GENERATION, 1, -EINVAL },
	};
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(wrong); i++) {
		request_begin(test->priv);
		request_put_actions(test->priv);
		request_put(test->priv, wrong[i].attr, wrong[i].value);
		request_expect_refused(test, wrong[i].err, wrong[i].attr, "a value");
	}
}

static void values_at_the_ends_of_their_ranges_are_accepted(struct kunit *test)
{
	struct request *request = test->priv;
	unsigned int i;

	for (i = 0; i < 2; i++) {
		request_begin(request);
		request_put_actions(request);
		request_put(request, GHOST688_A_POLICY_LOG_RATE, i ? GHOST688_LOG_RATE_MAX : 1);
		request_put(request, GHOST688_A_POLICY_LOG_BURST, i ? GHOST688_LOG_BURST_MAX : 1);
		request_put(request, GHOST688_A_POLICY_LOG_PER, i ? GHOST688_LOG_PER_MAX : 0);
		request_put(request, GHOST688_A_POLICY_LOG_TARGET, i);
		request_put(request, GHOST688_A_POLICY_HIT_RATE, i ? GHOST688_HIT_RATE_MAX : 1);
		request_put(request, GHOST688_A_POLICY_HIT_PER, i ? GHOST688_LOG_PER_MAX : 0);
		request_put(request, GHOST688_A_POLICY_HIT_BURST, i ? GHOST688_HIT_BURST_MAX : 1);
		request_put(request, GHOST688_A_POLICY_SOURCES, i ? GHOST688_SOURCES_MAX : 0);
		if (i)
			WARN_ON(nla_put_u16(request->msg, GHOST688_A_POLICY_LOG_GROUP, 65535));
		KUNIT_ASSERT_EQ(test, request_parse(request), 0);
		KUNIT_EXPECT_EQ(test, request->policy->log.rate, i ? GHOST688_LOG_RATE_MAX : 1);
		KUNIT_EXPECT_EQ(test, request->policy->log.burst, i ? GHOST688_LOG_BURST_MAX : 1);
		KUNIT_EXPECT_EQ(test, request->policy->log.group, i ? 65535 : 0);
		KUNIT_EXPECT_EQ(test, request->policy->hits.rate, i ? GHOST688_HIT_RATE_MAX : 1);
		KUNIT_EXPECT_EQ(test, request->policy->hits.per, i ? GHOST688_LOG_PER_MAX : 0);
		KUNIT_EXPECT_EQ(test, request->policy->hits.burst, i ? GHOST688_HIT_BURST_MAX : 1);
		KUNIT_EXPECT_EQ(test, request->policy->sources, i ? GHOST688_SOURCES_MAX : 0);
	}
}

static void unimplemented_actions_are_refused(struct kunit *test)
{
	static const struct {
		int attr;
		u32 value;
	} future[] = {
		{ GHOST688_A_POLICY_IN, GHOST688_ACTION_REJECT },
		{ GHOST688_A_POLICY_FORWARD, GHOST688_ACTION_REJECT_LOG },
		{ GHOST688_A_POLICY_OUT, GHOST688_ACTION_REJECT },
	};
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(future); i++) {
		request_begin(test->priv);
		request_put_actions(test->priv);
		request_put(test->priv, future[i].attr, future[i].value);
		request_expect_refused(test, -EOPNOTSUPP, future[i].attr, "not built yet");
	}
}

static void a_log_group_goes_with_nflog_only(struct kunit *test)
{
	struct request *request = test->priv;

	request_begin(request);
	request_put_actions(request);
	WARN_ON(nla_put_u16(request->msg, GHOST688_A_POLICY_LOG_GROUP, 0));
	request_expect_refused(test, -EINVAL, GHOST688_A_POLICY_LOG_GROUP, "a group for syslog");

	request_put(request, GHOST688_A_POLICY_LOG_TARGET, GHOST688_LOG_TARGET_NFLOG);
	KUNIT_EXPECT_EQ(test, request_parse(request), 0);
}

static void unknown_attributes_are_refused(struct kunit *test)
{
	struct request *request = test->priv;

	request_begin(request);
	request_put_actions(request);
	request_put(request, GHOST688_A_POLICY_MAX + 1, 0);
	KUNIT_EXPECT_EQ(test, request_parse(request), -EINVAL);
	KUNIT_EXPECT_NOT_NULL(test, request->extack._msg);
}

static void attributes_of_the_wrong_size_are_refused(struct kunit *test)
{
	static const u8 bytes[8];
	int attr, length;

	for (attr = GHOST688_A_POLICY_EXPECTED_GENERATION; attr <= GHOST688_A_POLICY_MAX; attr++)
		for (length = 0; length <= sizeof(bytes); length++) {
			if (attr == GHOST688_A_POLICY_ALLOW ||
			    length == (attr == GHOST688_A_POLICY_LOG_GROUP ? 2 : 4))
				continue;
			request_begin(test->priv);
			WARN_ON(nla_put(((struct request *)test->priv)->msg, attr, length, bytes));
			request_put_actions(test->priv);
			KUNIT_EXPECT_NE_MSG(test, request_parse(test->priv), 0,
					    "attribute %d of %d bytes", attr, length);
		}
}

static void a_filled_message_parses_to_the_same_policy(struct kunit *test)
{
	static const u8 address[16] = { 0x20, 0x01, 0x0d, 0xb8 };
	struct request *request = test->priv;
	struct nlattr *attrs[GHOST688_A_POLICY_MAX + 1];
	struct sk_buff *msg;

	request_begin(request);
	request_put_actions(request);
	request_put(request, GHOST688_A_POLICY_LOG_RATE, 7);
	request_put(request, GHOST688_A_POLICY_LOG_PER, GHOST688_LOG_PER_HOUR);
	request_put(request, GHOST688_A_POLICY_LOG_BURST, 9);
	request_put(request, GHOST688_A_POLICY_LOG_TARGET, GHOST688_LOG_TARGET_NFLOG);
	WARN_ON(nla_put_u16(request->msg, GHOST688_A_POLICY_LOG_GROUP, 688));
	request_put(request, GHOST688_A_POLICY_HIT_RATE, 11);
	request_put(request, GHOST688_A_POLICY_HIT_PER, GHOST688_LOG_PER_MINUTE);
	request_put(request, GHOST688_A_POLICY_HIT_BURST, 13);
	request_put(request, GHOST688_A_POLICY_SOURCES, 0);
	request_put_prefix(request, address, 16, 32);
	KUNIT_ASSERT_EQ(test, request_parse(request), 0);
	request->policy->generation = 42;

	msg = nlmsg_new(GHOST_NLPOLICY_SIZE, GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, msg);
	KUNIT_EXPECT_EQ(test, ghost_nlpolicy_fill(msg, request->policy), 0);
	KUNIT_EXPECT_EQ(test, __nla_parse(attrs, GHOST688_A_POLICY_MAX, (void *)msg->data, msg->len,
					  NULL, NL_VALIDATE_LIBERAL, NULL), 0);
	KUNIT_EXPECT_EQ(test, nla_get_u32(attrs[GHOST688_A_POLICY_GENERATION]), 42);
	KUNIT_EXPECT_EQ(test, nla_get_u32(attrs[GHOST688_A_POLICY_IN]), GHOST688_ACTION_DROP_LOG);
	KUNIT_EXPECT_EQ(test, nla_get_u32(attrs[GHOST688_A_POLICY_FORWARD]), GHOST688_ACTION_COUNT);
	KUNIT_EXPECT_EQ(test, nla_get_u32(attrs[GHOST688_A_POLICY_OUT]), GHOST688_ACTION_OFF);
	KUNIT_EXPECT_EQ(test, nla_get_u32(attrs[GHOST688_A_POLICY_LOG_RATE]), 7);
	KUNIT_EXPECT_EQ(test, nla_get_u32(attrs[GHOST688_A_POLICY_LOG_PER]), GHOST688_LOG_PER_HOUR);
	KUNIT_EXPECT_EQ(test, nla_get_u32(attrs[GHOST688_A_POLICY_LOG_BURST]), 9);
	KUNIT_EXPECT_EQ(test, nla_get_u16(attrs[GHOST688_A_POLICY_LOG_GROUP]), 688);
	KUNIT_EXPECT_EQ(test, nla_get_u32(attrs[GHOST688_A_POLICY_HIT_RATE]), 11);
	KUNIT_EXPECT_EQ(test, nla_get_u32(attrs[GHOST688_A_POLICY_HIT_PER]),
			GHOST688_LOG_PER_MINUTE);
	KUNIT_EXPECT_EQ(test, nla_get_u32(attrs[GHOST688_A_POLICY_HIT_BURST]), 13);
	KUNIT_EXPECT_EQ(test, nla_get_u32(attrs[GHOST688_A_POLICY_SOURCES]), 0);
	KUNIT_EXPECT_NOT_NULL(test, attrs[GHOST688_A_POLICY_ALLOW]);
	nlmsg_free(msg);
}

static struct kunit_case nlpolicy_cases[] = {
	KUNIT_CASE(a_policy_needs_only_its_actions),
	KUNIT_CASE(a_policy_without_one_of_its_actions_is_refused),
	KUNIT_CASE(values_out_of_range_are_refused_by_attribute),
	KUNIT_CASE(values_at_the_ends_of_their_ranges_are_accepted),
	KUNIT_CASE(unimplemented_actions_are_refused),
	KUNIT_CASE(a_log_group_goes_with_nflog_only),
	KUNIT_CASE(unknown_attributes_are_refused),
	KUNIT_CASE(attributes_of_the_wrong_size_are_refused),
	KUNIT_CASE(a_filled_message_parses_to_the_same_policy),
	{}
};

static struct kunit_suite nlpolicy_suite = {
	.name = "ghost688_nlpolicy",
	.init = request_init,
	.exit = request_exit,
	.test_cases = nlpolicy_cases,
};

kunit_test_suites(&nlpolicy_suite);
