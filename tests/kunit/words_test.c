// SPDX-License-Identifier: GPL-2.0-only
/*
 * words: the words that people read and write.
 */
#include <kunit/test.h>

#include "state/words.h"

static void every_value_has_its_word(struct kunit *test)
{
	KUNIT_EXPECT_STREQ(test, ghost_word_action(GHOST688_ACTION_OFF), "off");
	KUNIT_EXPECT_STREQ(test, ghost_word_action(GHOST688_ACTION_COUNT), "count");
	KUNIT_EXPECT_STREQ(test, ghost_word_action(GHOST688_ACTION_LOG), "log");
	KUNIT_EXPECT_STREQ(test, ghost_word_action(GHOST688_ACTION_DROP), "drop");
	KUNIT_EXPECT_STREQ(test, ghost_word_action(GHOST688_ACTION_DROP_LOG), "drop,log");
	KUNIT_EXPECT_STREQ(test, ghost_word_action(GHOST688_ACTION_REJECT), "reject");
	KUNIT_EXPECT_STREQ(test, ghost_word_action(GHOST688_ACTION_REJECT_LOG), "reject,log");
	KUNIT_EXPECT_STREQ(test, ghost_word_direction(GHOST688_DIRECTION_IN), "in");
	KUNIT_EXPECT_STREQ(test, ghost_word_direction(GHOST688_DIRECTION_FORWARD), "forward");
	KUNIT_EXPECT_STREQ(test, ghost_word_direction(GHOST688_DIRECTION_OUT), "out");
	KUNIT_EXPECT_STREQ(test, ghost_word_verdict(GHOST688_VERDICT_PASSED), "passed");
	KUNIT_EXPECT_STREQ(test, ghost_word_verdict(GHOST688_VERDICT_DROPPED), "dropped");
	KUNIT_EXPECT_STREQ(test, ghost_word_verdict(GHOST688_VERDICT_REJECTED), "rejected");
	KUNIT_EXPECT_STREQ(test, ghost_word_verdict(GHOST688_VERDICT_ALLOWED), "allowed");
	KUNIT_EXPECT_STREQ(test, ghost_word_verdict(GHOST688_VERDICT_REPLY), "reply");
	KUNIT_EXPECT_STREQ(test, ghost_replies_words[GHOST688_REPLIES_MATCH], "match");
	KUNIT_EXPECT_STREQ(test, ghost_replies_words[GHOST688_REPLIES_EXEMPT], "exempt");
	KUNIT_EXPECT_STREQ(test, ghost_replies_words[GHOST688_REPLIES_TRUST], "trust");
	KUNIT_EXPECT_STREQ(test, ghost_word_family(GHOST_IPV4), "ipv4");
	KUNIT_EXPECT_STREQ(test, ghost_word_family(GHOST_IPV6), "ipv6");
	KUNIT_EXPECT_STREQ(test, ghost_word_protocol(GHOST_TCP), "tcp");
	KUNIT_EXPECT_STREQ(test, ghost_word_protocol(GHOST_UDP), "udp");
	KUNIT_EXPECT_STREQ(test, ghost_word_protocol(GHOST_UDPLITE), "udplite");
	KUNIT_EXPECT_STREQ(test, ghost_word_protocol(GHOST_SCTP), "sctp");
	KUNIT_EXPECT_STREQ(test, ghost_word_protocol(GHOST_DCCP), "dccp");
	KUNIT_EXPECT_STREQ(test, ghost_log_per_words[GHOST688_LOG_PER_SECOND], "s");
	KUNIT_EXPECT_STREQ(test, ghost_log_per_words[GHOST688_LOG_PER_MINUTE], "m");
	KUNIT_EXPECT_STREQ(test, ghost_log_per_words[GHOST688_LOG_PER_HOUR], "h");
	KUNIT_EXPECT_STREQ(test, ghost_log_target_words[GHOST688_LOG_TARGET_SYSLOG], "syslog");
	KUNIT_EXPECT_STREQ(test, ghost_log_target_words[GHOST688_LOG_TARGET_NFLOG], "nflog");
}

static void every_action_is_found_by_its_word(struct kunit *test)
{
	enum ghost688_action action, found;
	const char *word;

	for (action = 0; action <= GHOST688_ACTION_MAX; action++) {
		word = ghost_word_action(action);
		found = GHOST688_ACTION_MAX + 1;
		KUNIT_EXPECT_EQ(test, ghost_word_parse_action(word, &found), 0);
		KUNIT_EXPECT_EQ(test, found, action);
	}
}

static void other_words_are_refused(struct kunit *test)
{
	static const char *const words[] = {
		"", " ", "of", "offf", "OFF", "Drop", "drop,", "drop ,log", "log,drop", "drop,logs",
		" drop", "drop ", "drop\n", "accept", "0", "3",
	};
	enum ghost688_action found = GHOST688_ACTION_MAX + 1;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(words); i++)
		KUNIT_EXPECT_EQ_MSG(test, ghost_word_parse_action(words[i], &found), -EINVAL,
				    "\"%s\"", words[i]);
	KUNIT_EXPECT_EQ(test, found, GHOST688_ACTION_MAX + 1);
}

static struct kunit_case words_cases[] = {
	KUNIT_CASE(every_value_has_its_word),
	KUNIT_CASE(every_action_is_found_by_its_word),
	KUNIT_CASE(other_words_are_refused),
	{}
};

static struct kunit_suite words_suite = {
	.name = "ghost688_words",
	.test_cases = words_cases,
};

kunit_test_suites(&words_suite);
