// SPDX-License-Identifier: GPL-2.0-only
/*
 * policy keys: the table agrees with the netlink attributes, the words and the policy.
 */
#include <linux/slab.h>

#include "control/nlpolicy.h"
#include "request.h"

/* The rows for an attribute. */
static int rows(int attr)
{
	const struct ghost_policy_key *key;
	int n = 0;

	for (key = ghost_policy_keys; key->attr; key++)
		n += key->attr == attr;
	return n;
}

static void every_number_of_a_policy_has_one_row(struct kunit *test)
{
	int attr;

	for (attr = 1; attr <= GHOST688_A_POLICY_MAX; attr++) {
		bool key = ghost_nlpolicy[attr].type == NLA_U32 &&
			   attr != GHOST688_A_POLICY_EXPECTED_GENERATION;

		KUNIT_EXPECT_EQ_MSG(test, rows(attr), key, "attribute %d", attr);
	}
}

static void no_two_keys_share_a_place_or_a_name(struct kunit *test)
{
	const struct ghost_policy_key *key, *other;

	for (key = ghost_policy_keys; key->attr; key++) {
		for (other = ghost_policy_keys; other != key; other++) {
			KUNIT_EXPECT_NE(test, key->offset, other->offset);
			if (key->name && other->name)
				KUNIT_EXPECT_STRNEQ(test, key->name, other->name);
		}
	}
}

static void the_directions_come_first_in_their_order(struct kunit *test)
{
	struct ghost_policy *policy = ghost_policy_alloc(0);
	int direction;

	KUNIT_ASSERT_NOT_NULL(test, policy);
	for (direction = 0; direction < GHOST_DIRECTIONS; direction++) {
		ghost_policy_key_set(&ghost_policy_keys[direction], policy, direction + 1);
		KUNIT_EXPECT_EQ(test, policy->action[direction], direction + 1);
	}
	kfree(policy);
}

static void every_value_that_has_words_has_all_of_them(struct kunit *test)
{
	const struct ghost_policy_key *key;

	for (key = ghost_policy_keys; key->attr; key++) {
		const struct nla_policy *attr = &ghost_nlpolicy[key->attr];
		int value;

		/* Words are for enumerations, which begin at 0; numbers have a range. */
		KUNIT_ASSERT_EQ(test, !!key->words, attr->validation_type == NLA_VALIDATE_MAX);
		for (value = 0; key->words && value <= attr->max; value++)
			KUNIT_EXPECT_NOT_NULL_MSG(test, key->words[value], "%d of attribute %d",
						  value, key->attr);
	}
}

static void each_key_has_the_words_of_its_own_enumeration(struct kunit *test)
{
	/* The word for 0. */
	static const char *const first[GHOST688_A_POLICY_MAX + 1] = {
		[GHOST688_A_POLICY_IN] = "off",
		[GHOST688_A_POLICY_FORWARD] = "off",
		[GHOST688_A_POLICY_OUT] = "off",
		[GHOST688_A_POLICY_REPLIES] = "match",
		[GHOST688_A_POLICY_LOG_PER] = "s",
		[GHOST688_A_POLICY_LOG_TARGET] = "syslog",
		[GHOST688_A_POLICY_HIT_PER] = "s",
	};
	const struct ghost_policy_key *key;

	for (key = ghost_policy_keys; key->attr; key++) {
		KUNIT_ASSERT_EQ_MSG(test, !!key->words, !!first[key->attr], "attribute %d",
				    key->attr);
		if (key->words)
			KUNIT_EXPECT_STREQ(test, key->words[0], first[key->attr]);
	}
}

static void what_a_key_is_set_to_is_answered(struct kunit *test)
{
	struct request *request = test->priv;
	const struct ghost_policy_key *key;
	u32 value = 0;

	request_begin(request);
	for (key = ghost_policy_keys; key->attr; key++)
		request_put(request, key->attr, key->words ? 0 : ++value);
	KUNIT_ASSERT_EQ(test, request_parse(request), 0);

	value = 0;
	for (key = ghost_policy_keys; key->attr; key++)
		KUNIT_EXPECT_EQ(test, ghost_policy_key_get(key, request->policy),
				key->words ? 0 : ++value);
}

static void every_default_may_be_asked_for(struct kunit *test)
{
	struct request *request = test->priv;
	const struct ghost_policy_key *key;

	request_begin(request);
	for (key = ghost_policy_keys; key->attr; key++)
		request_put(request, key->attr, key->initial);
	KUNIT_EXPECT_EQ(test, request_parse(request), 0);
}

static struct kunit_case policy_keys_cases[] = {
	KUNIT_CASE(every_number_of_a_policy_has_one_row),
	KUNIT_CASE(no_two_keys_share_a_place_or_a_name),
	KUNIT_CASE(the_directions_come_first_in_their_order),
	KUNIT_CASE(every_value_that_has_words_has_all_of_them),
	KUNIT_CASE(each_key_has_the_words_of_its_own_enumeration),
	KUNIT_CASE(what_a_key_is_set_to_is_answered),
	KUNIT_CASE(every_default_may_be_asked_for),
	{}
};

static struct kunit_suite policy_keys_suite = {
	.name = "ghost688_policy_keys",
	.init = request_init,
	.exit = request_exit,
	.test_cases = policy_keys_cases,
};

kunit_test_suites(&policy_keys_suite);
