// SPDX-License-Identifier: GPL-2.0-only
/*
 * The words for directions, verdicts and the rest in /proc, the log and the module parameter.
 */
#include <linux/errno.h>
#include <linux/in.h>
#include <linux/kernel.h>
#include <linux/string.h>

#include "state/words.h"

const char *const ghost_action_words[GHOST688_ACTION_MAX + 1] = {
	[GHOST688_ACTION_OFF]		= "off",
	[GHOST688_ACTION_COUNT]		= "count",
	[GHOST688_ACTION_LOG]		= "log",
	[GHOST688_ACTION_DROP]		= "drop",
	[GHOST688_ACTION_DROP_LOG]	= "drop,log",
	[GHOST688_ACTION_REJECT]	= "reject",
	[GHOST688_ACTION_REJECT_LOG]	= "reject,log",
};

static const char *const directions[] = {
	[GHOST688_DIRECTION_IN]		= "in",
	[GHOST688_DIRECTION_FORWARD]	= "forward",
	[GHOST688_DIRECTION_OUT]	= "out",
};

static const char *const verdicts[] = {
	[GHOST688_VERDICT_PASSED]	= "passed",
	[GHOST688_VERDICT_DROPPED]	= "dropped",
	[GHOST688_VERDICT_REJECTED]	= "rejected",
	[GHOST688_VERDICT_ALLOWED]	= "allowed",
	[GHOST688_VERDICT_REPLY]	= "reply",
};

const char *const ghost_replies_words[GHOST688_REPLIES_MAX + 1] = {
	[GHOST688_REPLIES_MATCH]	= "match",
	[GHOST688_REPLIES_EXEMPT]	= "exempt",
	[GHOST688_REPLIES_TRUST]	= "trust",
};

static const char *const families[] = {
	[GHOST_IPV4]			= "ipv4",
	[GHOST_IPV6]			= "ipv6",
};

static const char *const protocols[] = {
	[GHOST_TCP]			= "tcp",
	[GHOST_UDP]			= "udp",
	[GHOST_UDPLITE]			= "udplite",
	[GHOST_SCTP]			= "sctp",
	[GHOST_DCCP]			= "dccp",
};

/* IANA protocol numbers. */
static const u8 numbers[] = {
	[GHOST_TCP]	= IPPROTO_TCP,
	[GHOST_UDP]	= IPPROTO_UDP,
	[GHOST_UDPLITE]	= IPPROTO_UDPLITE,
	[GHOST_SCTP]	= IPPROTO_SCTP,
	[GHOST_DCCP]	= IPPROTO_DCCP,
};

const char *const ghost_log_per_words[GHOST688_LOG_PER_MAX + 1] = {
	[GHOST688_LOG_PER_SECOND]	= "s",
	[GHOST688_LOG_PER_MINUTE]	= "m",
	[GHOST688_LOG_PER_HOUR]		= "h",
};

const char *const ghost_log_target_words[GHOST688_LOG_TARGET_MAX + 1] = {
	[GHOST688_LOG_TARGET_SYSLOG]	= "syslog",
	[GHOST688_LOG_TARGET_NFLOG]	= "nflog",
};

const char *ghost_word_action(enum ghost688_action action)
{
	return ghost_action_words[action];
}

const char *ghost_word_direction(enum ghost688_direction direction)
{
	return directions[direction];
}

const char *ghost_word_verdict(enum ghost688_verdict verdict)
{
	return verdicts[verdict];
}

const char *ghost_word_family(enum ghost_family family)
{
	return families[family];
}

const char *ghost_word_protocol(enum ghost_protocol protocol)
{
	return protocols[protocol];
}

u8 ghost_protocol_number(enum ghost_protocol protocol)
{
	return numbers[protocol];
}

/**
 * ghost_word_parse_action() - the action that a word stands for
 * @word: the word, whole
 * @action: where to put the action
 *
 * Return: 0, or -EINVAL if the word names no action.
 */
int ghost_word_parse_action(const char *word, enum ghost688_action *action)
{
	int found = match_string(ghost_action_words, ARRAY_SIZE(ghost_action_words), word);

	if (found < 0)
		return -EINVAL;
	*action = found;
	return 0;
}
