// SPDX-License-Identifier: GPL-2.0-only
#include <stdio.h>
#include <string.h>

#include "keys.h"
#include "policy.h"
#include "text.h"
#include "words.h"

/**
 * ghost_policy_default() - what a file that names only the three directions means
 */
void ghost_policy_default(struct ghost_policy *policy)
{
	*policy = (struct ghost_policy){
		.action = {
			[GHOST688_DIRECTION_IN] = GHOST688_ACTION_COUNT,
			[GHOST688_DIRECTION_FORWARD] = GHOST688_ACTION_COUNT,
			[GHOST688_DIRECTION_OUT] = GHOST688_ACTION_COUNT,
		},
		.replies = GHOST688_REPLIES_EXEMPT,
		.log_rate = 10,
		.log_per = GHOST688_LOG_PER_SECOND,
		.log_burst = 20,
		.log_target = GHOST688_LOG_TARGET_SYSLOG,
	};
}

/**
 * ghost_action_parse() - read an action; log may stand before or behind the comma
 * @key: what the action is for, NULL for all directions
 */
int ghost_action_parse(const char *text, unsigned int *action, const char *key, char *err)
{
	char quoted[GHOST_QUOTE_LEN], list[GHOST_WORDS_LEN];
	const char *word = text;

	if (!strcmp(text, "log,drop"))
		word = "drop,log";
	else if (!strcmp(text, "log,reject"))
		word = "reject,log";
	if (!ghost_word_value(ghost_actions, word, action))
		return 0;

	snprintf(err, GHOST_ERR_LEN, "unknown action '%s'%s%s; actions: %s",
		 ghost_quote(quoted, text), key ? " for " : "", key ? key : "",
		 ghost_word_list(ghost_actions, list));
	return -1;
}

static int action_parse(const struct ghost_key *key, struct ghost_policy *policy,
			const char *text, char *err)
{
	return ghost_action_parse(text, &policy->action[key->direction], key->name, err);
}

static void action_format(const struct ghost_key *key, const struct ghost_policy *policy, char *buf)
{
	char word[GHOST_WORD_LEN];

	snprintf(buf, GHOST_VALUE_LEN, "%s",
		 ghost_word_name(ghost_actions, policy->action[key->direction], word));
}

static int replies_parse(const struct ghost_key *key, struct ghost_policy *policy,
			 const char *text, char *err)
{
	char quoted[GHOST_QUOTE_LEN], list[GHOST_WORDS_LEN];

	if (!ghost_word_value(ghost_replies, text, &policy->replies))
		return 0;
	snprintf(err, GHOST_ERR_LEN, "unknown word '%s' for %s; words: %s",
		 ghost_quote(quoted, text), key->name, ghost_word_list(ghost_replies, list));
	return -1;
}

static void replies_format(const struct ghost_key *key, const struct ghost_policy *policy,
			   char *buf)
{
	char word[GHOST_WORD_LEN];

	(void)key;
	snprintf(buf, GHOST_VALUE_LEN, "%s",
		 ghost_word_name(ghost_replies, policy->replies, word));
}

static int log_rate_parse(const struct ghost_key *key, struct ghost_policy *policy,
			  const char *text, char *err)
{
	char number[16] = "", quoted[GHOST_QUOTE_LEN];
	const char *slash = strchr(text, '/');
	uint32_t rate, per;

	if (slash && (size_t)(slash - text) < sizeof(number)) {
		memcpy(number, text, slash - text);
		if (!ghost_number(number, 1, GHOST688_LOG_RATE_MAX, &rate) &&
		    !ghost_word_value(ghost_log_pers, slash + 1, &per)) {
			policy->log_rate = rate;
			policy->log_per = per;
			return 0;
		}
	}
	snprintf(err, GHOST_ERR_LEN,
		 "'%s' is no %s; write N/s, N/m or N/h with N from 1 to %d",
		 ghost_quote(quoted, text), key->name, GHOST688_LOG_RATE_MAX);
	return -1;
}

static void log_rate_format(const struct ghost_key *key, const struct ghost_policy *policy,
			    char *buf)
{
	char word[GHOST_WORD_LEN];

	(void)key;
	snprintf(buf, GHOST_VALUE_LEN, "%u/%s", policy->log_rate,
		 ghost_word_name(ghost_log_pers, policy->log_per, word));
}

static int log_burst_parse(const struct ghost_key *key, struct ghost_policy *policy,
			   const char *text, char *err)
{
	char quoted[GHOST_QUOTE_LEN];

	if (!ghost_number(text, 1, GHOST688_LOG_BURST_MAX, &policy->log_burst))
		return 0;
	snprintf(err, GHOST_ERR_LEN, "'%s' is no %s; write a number from 1 to %d",
		 ghost_quote(quoted, text), key->name, GHOST688_LOG_BURST_MAX);
	return -1;
}

static void log_burst_format(const struct ghost_key *key, const struct ghost_policy *policy,
			     char *buf)
{
	(void)key;
	snprintf(buf, GHOST_VALUE_LEN, "%u", policy->log_burst);
}

static int log_target_parse(const struct ghost_key *key, struct ghost_policy *policy,
			    const char *text, char *err)
{
	char quoted[GHOST_QUOTE_LEN];
	uint32_t group;

	if (!strcmp(text, "syslog")) {
		policy->log_target = GHOST688_LOG_TARGET_SYSLOG;
		policy->log_group = 0;
		return 0;
	}
	if (!strncmp(text, "nflog:", 6) && !ghost_number(text + 6, 0, UINT16_MAX, &group)) {
		policy->log_target = GHOST688_LOG_TARGET_NFLOG;
		policy->log_group = group;
		return 0;
	}
	snprintf(err, GHOST_ERR_LEN,
		 "'%s' is no %s; write syslog, or nflog:GROUP with GROUP from 0 to %d",
		 ghost_quote(quoted, text), key->name, UINT16_MAX);
	return -1;
}

static void log_target_format(const struct ghost_key *key, const struct ghost_policy *policy,
			      char *buf)
{
	char word[GHOST_WORD_LEN];

	(void)key;
	if (policy->log_target == GHOST688_LOG_TARGET_NFLOG)
		snprintf(buf, GHOST_VALUE_LEN, "nflog:%u", policy->log_group);
	else
		snprintf(buf, GHOST_VALUE_LEN, "%s",
			 ghost_word_name(ghost_log_targets, policy->log_target, word));
}

/* In the order of the policy file, which is the one of /proc too. */
const struct ghost_key ghost_keys[GHOST_KEYS] = {
	{
		.name = "in", .attr = GHOST688_A_POLICY_IN, .required = true,
		.direction = GHOST688_DIRECTION_IN,
		.parse = action_parse, .format = action_format,
	}, {
		.name = "forward", .attr = GHOST688_A_POLICY_FORWARD, .required = true,
		.direction = GHOST688_DIRECTION_FORWARD,
		.parse = action_parse, .format = action_format,
	}, {
		.name = "out", .attr = GHOST688_A_POLICY_OUT, .required = true,
		.direction = GHOST688_DIRECTION_OUT,
		.parse = action_parse, .format = action_format,
	}, {
		.name = "replies", .attr = GHOST688_A_POLICY_REPLIES,
		.parse = replies_parse, .format = replies_format,
	}, {
		.name = "log-rate", .attr = GHOST688_A_POLICY_LOG_RATE,
		.parse = log_rate_parse, .format = log_rate_format,
	}, {
		.name = "log-burst", .attr = GHOST688_A_POLICY_LOG_BURST, .number = true,
		.parse = log_burst_parse, .format = log_burst_format,
	}, {
		.name = "log-target", .attr = GHOST688_A_POLICY_LOG_TARGET,
		.parse = log_target_parse, .format = log_target_format,
	},
};

/**
 * ghost_key_find() - the place of a key in ghost_keys
 *
 * Return: the index, or -1.
 */
int ghost_key_find(const char *name)
{
	int i;

	for (i = 0; i < GHOST_KEYS; i++) {
		if (!strcmp(ghost_keys[i].name, name))
			return i;
	}
	return -1;
}
