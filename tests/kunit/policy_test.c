// SPDX-License-Identifier: GPL-2.0-only
/*
 * policy: the object, and its decisions.
 */
#include <linux/slab.h>

#include "packet.h"
#include "state/policy.h"

/* A policy with one prefix of each family; the caller frees it. */
static struct ghost_policy *policy_build(struct kunit *test)
{
	static const struct in6_addr ipv6 = { .s6_addr = { 0x20, 0x01, 0x0d, 0xb8 } };
	struct ghost_policy *policy = ghost_policy_alloc(2);
	struct ghost_prefix prefix;

	if (!policy) {
		KUNIT_FAIL(test, "no memory");
		return NULL;
	}
	ghost_prefix_set_ipv4(&prefix, htonl(0x0a000000));
	prefix.length = 8;
	KUNIT_EXPECT_EQ(test, ghost_allow_add(&policy->allow, &prefix), 0);
	ghost_prefix_set_ipv6(&prefix, &ipv6);
	prefix.length = 32;
	KUNIT_EXPECT_EQ(test, ghost_allow_add(&policy->allow, &prefix), 0);
	ghost_policy_seal(policy);
	return policy;
}

/* A visit whose source (@from) and destination (@to) are on the allow-list, or not. */
static void visit_build(struct packet *packet, enum ghost_family family, bool from, bool to)
{
	static const u8 ipv4[2][4] = { { 192, 0, 2, 1 }, { 10, 255, 0, 1 } };
	static const u8 ipv6[2][16] = {
		{ 0x20, 0x01, 0x0d, 0xb9, [15] = 1 }, { 0x20, 0x01, 0x0d, 0xb8, [15] = 1 },
	};

	packet_begin(packet, family, NUMBER_TCP);
	packet_add_ports(packet, 1, 688, 20);
	if (family == GHOST_IPV4) {
		memcpy(packet->bytes + 12, ipv4[from], 4);
		memcpy(packet->bytes + 16, ipv4[to], 4);
	} else {
		memcpy(packet->bytes + 8, ipv6[from], 16);
		memcpy(packet->bytes + 24, ipv6[to], 16);
	}
	packet_show(packet, PACKET_ALL);
}

static bool action_drops(enum ghost688_action action)
{
	return action == GHOST688_ACTION_DROP || action == GHOST688_ACTION_DROP_LOG;
}

static enum ghost688_verdict decide(const struct ghost_policy *policy,
				    enum ghost688_direction direction, enum ghost_family family,
				    const struct packet *packet)
{
	return ghost_policy_decide(policy, policy->flags[direction], direction, family,
				   &packet->skb);
}

/* All directions and families, with sender and receiver on the list or not. */
static void decide_all(struct kunit *test, struct ghost_policy *policy,
		       enum ghost688_action action)
{
	const enum ghost688_action contrary = action_drops(action) ? GHOST688_ACTION_COUNT :
								     GHOST688_ACTION_DROP;
	struct packet *packet = test->priv;
	unsigned int direction, i;

	for (direction = 0; direction < GHOST_DIRECTIONS; direction++)
		for (i = 0; i < 8; i++) {
			enum ghost_family family = i & 1;
			bool from = i & 2, to = i & 4, far = from;
			enum ghost688_verdict verdict = GHOST688_VERDICT_PASSED;
			unsigned int other;

			if (direction == GHOST688_DIRECTION_OUT)
				far = to;
			if (action_drops(action))
				verdict = GHOST688_VERDICT_DROPPED;
			if (far)
				verdict = GHOST688_VERDICT_ALLOWED;

			/* Actions of other directions must not matter. */
			for (other = 0; other < GHOST_DIRECTIONS; other++)
				policy->action[other] = contrary;
			policy->action[direction] = action;
			ghost_policy_seal(policy);
			visit_build(packet, family, from, to);
			KUNIT_EXPECT_EQ_MSG(test, decide(policy, direction, family, packet),
					    verdict, "action %d, direction %u, case %u", action,
					    direction, i);
		}
}

static void each_action_uses_the_far_end_of_its_direction(struct kunit *test)
{
	struct ghost_policy *policy = policy_build(test);
	enum ghost688_action action;

	for (action = GHOST688_ACTION_COUNT; policy && action <= GHOST688_ACTION_DROP_LOG; action++)
		decide_all(test, policy, action);
	kfree(policy);
}

static void a_sealed_policy_has_its_flags(struct kunit *test)
{
	static const u8 flags[] = {
		[GHOST688_ACTION_OFF] = 0,
		[GHOST688_ACTION_COUNT] = GHOST_FLAG_WATCH,
		[GHOST688_ACTION_LOG] = GHOST_FLAG_WATCH | GHOST_FLAG_LOG,
		[GHOST688_ACTION_DROP] = GHOST_FLAG_WATCH | GHOST_FLAG_DROP,
		[GHOST688_ACTION_DROP_LOG] = GHOST_FLAG_WATCH | GHOST_FLAG_DROP | GHOST_FLAG_LOG,
	};
	struct ghost_policy *policy = ghost_policy_alloc(0);
	enum ghost688_action action;

	KUNIT_ASSERT_NOT_NULL(test, policy);
	policy->sources = 0;
	KUNIT_EXPECT_EQ(test, policy->replies, GHOST688_REPLIES_EXEMPT);
	for (action = 0; action < ARRAY_SIZE(flags); action++) {
		policy->action[GHOST688_DIRECTION_FORWARD] = action;
		policy->replies = GHOST688_REPLIES_EXEMPT;
		ghost_policy_seal(policy);
		KUNIT_EXPECT_EQ(test, policy->flags[GHOST688_DIRECTION_FORWARD],
				flags[action] | GHOST_FLAG_EXEMPT);
		KUNIT_EXPECT_EQ(test, policy->flags[GHOST688_DIRECTION_IN], GHOST_FLAG_EXEMPT);
		policy->replies = GHOST688_REPLIES_TRUST;
		ghost_policy_seal(policy);
		KUNIT_EXPECT_EQ(test, policy->flags[GHOST688_DIRECTION_FORWARD],
				flags[action] | GHOST_FLAG_EXEMPT | GHOST_FLAG_TRUST);
		policy->replies = GHOST688_REPLIES_MATCH;
		ghost_policy_seal(policy);
		KUNIT_EXPECT_EQ(test, policy->flags[GHOST688_DIRECTION_FORWARD], flags[action]);
	}
	kfree(policy);
}

static void sources_are_kept_where_visits_are_watched(struct kunit *test)
{
	struct ghost_policy *policy = ghost_policy_alloc(0);
	enum ghost688_action action;
	unsigned int sources;

	KUNIT_ASSERT_NOT_NULL(test, policy);
	for (sources = 0; sources < 3; sources++)
		for (action = 0; action <= GHOST688_ACTION_DROP_LOG; action++) {
			policy->sources = sources;
			policy->action[GHOST688_DIRECTION_OUT] = action;
			ghost_policy_seal(policy);
			KUNIT_EXPECT_EQ(test, !!(policy->flags[GHOST688_DIRECTION_OUT] &
						 GHOST_FLAG_SOURCES), sources && action);
			KUNIT_EXPECT_FALSE(test, policy->flags[GHOST688_DIRECTION_IN] &
						 GHOST_FLAG_SOURCES);
		}
	kfree(policy);
}

static void a_list_of_one_family_allows_none_of_the_other(struct kunit *test)
{
	struct packet *packet = test->priv;
	struct ghost_policy *policy = ghost_policy_alloc(1);
	struct ghost_prefix prefix;

	KUNIT_ASSERT_NOT_NULL(test, policy);
	ghost_prefix_set_ipv4(&prefix, 0);
	prefix.length = 0;
	KUNIT_EXPECT_EQ(test, ghost_allow_add(&policy->allow, &prefix), 0);
	policy->action[GHOST688_DIRECTION_IN] = GHOST688_ACTION_DROP;
	ghost_policy_seal(policy);

	visit_build(packet, GHOST_IPV4, false, false);
	KUNIT_EXPECT_EQ(test, decide(policy, GHOST688_DIRECTION_IN, GHOST_IPV4, packet),
			GHOST688_VERDICT_ALLOWED);
	visit_build(packet, GHOST_IPV6, false, false);
	KUNIT_EXPECT_EQ(test, decide(policy, GHOST688_DIRECTION_IN, GHOST_IPV6, packet),
			GHOST688_VERDICT_DROPPED);
	kfree(policy);
}

static void every_direction_that_is_not_off_is_armed(struct kunit *test)
{
	struct ghost_policy *policy = policy_build(test);
	unsigned int code, direction, rest;

	/* All combinations of actions: each digit of the code is one direction's. */
	for (code = 0; policy && code < 7 * 7 * 7; code++) {
		unsigned int armed = 0;

		for (direction = 0, rest = code; direction < GHOST_DIRECTIONS; direction++) {
			policy->action[direction] = rest % 7;
			armed |= (rest % 7 ? 1 : 0) << direction;
			rest /= 7;
		}
		KUNIT_EXPECT_EQ(test, ghost_policy_armed(policy), armed);
	}
	kfree(policy);
}

static void a_policy_logs_if_one_direction_does(struct kunit *test)
{
	static const bool logs[] = { false, false, true, false, true, false, true };
	struct ghost_policy *policy = policy_build(test);
	unsigned int action, direction;

	for (action = 0; policy && action < ARRAY_SIZE(logs); action++)
		for (direction = 0; direction < GHOST_DIRECTIONS; direction++) {
			memset(policy->action, 0, sizeof(policy->action));
			policy->action[direction] = action;
			KUNIT_EXPECT_EQ(test, ghost_action_logs(action), logs[action]);
			KUNIT_EXPECT_EQ(test, ghost_policy_logs(policy), logs[action]);
		}
	kfree(policy);
}

static void a_new_policy_has_the_defaults_of_the_manual(struct kunit *test)
{
	struct ghost_policy *policy = ghost_policy_alloc(0);

	KUNIT_ASSERT_NOT_NULL(test, policy);
	ghost_policy_seal(policy);
	KUNIT_EXPECT_EQ(test, ghost_policy_armed(policy), 0);
	KUNIT_EXPECT_EQ(test, policy->generation, 0);
	KUNIT_EXPECT_EQ(test, policy->log.rate, 10);
	KUNIT_EXPECT_EQ(test, policy->log.per, GHOST688_LOG_PER_SECOND);
	KUNIT_EXPECT_EQ(test, policy->log.burst, 20);
	KUNIT_EXPECT_EQ(test, policy->log.target, GHOST688_LOG_TARGET_SYSLOG);
	KUNIT_EXPECT_EQ(test, policy->log.group, 0);
	KUNIT_EXPECT_EQ(test, policy->hits.rate, 50000);
	KUNIT_EXPECT_EQ(test, policy->hits.per, GHOST688_LOG_PER_SECOND);
	KUNIT_EXPECT_EQ(test, policy->hits.burst, 50000);
	KUNIT_EXPECT_EQ(test, policy->sources, 256);
	KUNIT_EXPECT_EQ(test, policy->allow.count, 0);
	KUNIT_EXPECT_EQ(test, policy->hits.limit_rate.interval, NSEC_PER_SEC / 50000);
	KUNIT_EXPECT_EQ(test, policy->hits.limit_rate.tolerance, 49999 * (NSEC_PER_SEC / 50000));
	KUNIT_EXPECT_EQ(test, policy->log.limit_rate.interval, NSEC_PER_SEC / 10);
	KUNIT_EXPECT_EQ(test, policy->log.limit_rate.tolerance, 19 * (NSEC_PER_SEC / 10));
	kfree(policy);
}

static struct kunit_case policy_cases[] = {
	KUNIT_CASE(each_action_uses_the_far_end_of_its_direction),
	KUNIT_CASE(a_sealed_policy_has_its_flags),
	KUNIT_CASE(sources_are_kept_where_visits_are_watched),
	KUNIT_CASE(a_list_of_one_family_allows_none_of_the_other),
	KUNIT_CASE(every_direction_that_is_not_off_is_armed),
	KUNIT_CASE(a_policy_logs_if_one_direction_does),
	KUNIT_CASE(a_new_policy_has_the_defaults_of_the_manual),
	{}
};

static struct kunit_suite policy_suite = {
	.name = "ghost688_policy",
	.init = packet_init,
	.exit = packet_exit,
	.test_cases = policy_cases,
};

kunit_test_suites(&policy_suite);
