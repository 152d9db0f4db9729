// SPDX-License-Identifier: GPL-2.0-only
/*
 * What policies, /proc and netlink call directions, verdicts and the rest.
 */
#include <linux/errno.h>
#include <linux/in.h>
#include <linux/kernel.h>
#include <linux/string.h>

#include "state/words.h"

static const char *const actions[] = {
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

static const char *const replies_words[] = {
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

/* By IANA. */
static const u8 numbers[] = {
	[GHOST_TCP]	= IPPROTO_TCP,
	[GHOST_UDP]	= IPPROTO_UDP,
	[GHOST_UDPLITE]	= IPPROTO_UDPLITE,
	[GHOST_SCTP]	= IPPROTO_SCTP,
	[GHOST_DCCP]	= IPPROTO_DCCP,
};

static const char units[] = {
	[GHOST688_LOG_PER_SECOND]	= 's',
	[GHOST688_LOG_PER_MINUTE]	= 'm',
	[GHOST688_LOG_PER_HOUR]		= 'h',
};

const char *ghost_word_action(enum ghost688_action action)
{
	return actions[action];
}

const char *ghost_word_direction(enum ghost688_direction direction)
{
	return directions[direction];
}

const char *ghost_word_verdict(enum ghost688_verdict verdict)
{
	return verdicts[verdict];
}

const char *ghost_word_replies(enum ghost688_replies replies)
{
	return replies_words[replies];
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

char ghost_word_per(enum ghost688_log_per per)
{
	return units[per];
}

/**
 * ghost_word_parse_action() - the action that a word stands for
 * @word: the word, whole
 * @action: where to put the action
 *
 * Return: 0, or -EINVAL for a word that is none.
 */
int ghost_word_parse_action(const char *word, enum ghost688_action *action)
{
	int found = match_string(actions, ARRAY_SIZE(actions), word);

	if (found < 0)
		return -EINVAL;
	*action = found;
	return 0;
}
