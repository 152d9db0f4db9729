// SPDX-License-Identifier: GPL-2.0-only
#include <stdio.h>
#include <string.h>

#include "keys.h"
#include "policy.h"
#include "words.h"

static const struct ghost_word replies[] = {
	{ "match", GHOST688_REPLIES_MATCH },
	{ "exempt", GHOST688_REPLIES_EXEMPT },
	{ "trust", GHOST688_REPLIES_TRUST },
	{ NULL, 0 }
};

static const struct ghost_word log_pers[] = {
	{ "s", GHOST688_LOG_PER_SECOND },
	{ "m", GHOST688_LOG_PER_MINUTE },
	{ "h", GHOST688_LOG_PER_HOUR },
	{ NULL, 0 }
};

static const struct ghost_word log_targets[] = {
	{ "syslog", GHOST688_LOG_TARGET_SYSLOG },
	{ "nflog", GHOST688_LOG_TARGET_NFLOG },
	{ NULL, 0 }
};

#define ACTION(attribute) { \
	.attr = (attribute), .words = ghost_actions, .standard = GHOST688_ACTION_COUNT, \
}

const struct ghost_key ghost_keys[] = {
	{
		.name = "in",
		.kind = GHOST_KEY_ACTION,
		.required = true,
		.word = ACTION(GHOST688_A_POLICY_IN),
	}, {
		.name = "forward",
		.kind = GHOST_KEY_ACTION,
		.required = true,
		.word = ACTION(GHOST688_A_POLICY_FORWARD),
	}, {
		.name = "out",
		.kind = GHOST_KEY_ACTION,
		.required = true,
		.word = ACTION(GHOST688_A_POLICY_OUT),
	}, {
		.name = "replies",
		.kind = GHOST_KEY_WORD,
		.word = {
			.attr = GHOST688_A_POLICY_REPLIES,
			.words = replies,
			.standard = GHOST688_REPLIES_EXEMPT,
		},
	}, {
		.name = "log-rate",
		.kind = GHOST_KEY_RATE,
		.number = {
			.attr = GHOST688_A_POLICY_LOG_RATE,
			.name = "N",
			.min = 1,
			.max = GHOST688_LOG_RATE_MAX,
			.standard = 10,
		},
		.word = {
			.attr = GHOST688_A_POLICY_LOG_PER,
			.words = log_pers,
			.standard = GHOST688_LOG_PER_SECOND,
		},
	}, {
		.name = "log-burst",
		.kind = GHOST_KEY_NUMBER,
		.number = {
			.attr = GHOST688_A_POLICY_LOG_BURST,
			.min = 1,
			.max = GHOST688_LOG_BURST_MAX,
			.standard = 20,
		},
	}, {
		.name = "log-target",
		.kind = GHOST_KEY_TARGET,
		.word = {
			.attr = GHOST688_A_POLICY_LOG_TARGET,
			.words = log_targets,
			.standard = GHOST688_LOG_TARGET_SYSLOG,
		},
		.number = {
			.attr = GHOST688_A_POLICY_LOG_GROUP,
			.is_u16 = true,
			.name = "GROUP",
			.max = UINT16_MAX,
			.follows = GHOST688_LOG_TARGET_NFLOG,
		},
	}, {
		.name = "hit-rate",
		.kind = GHOST_KEY_RATE,
		.number = {
			.attr = GHOST688_A_POLICY_HIT_RATE,
			.name = "N",
			.min = 1,
			.max = GHOST688_HIT_RATE_MAX,
			.standard = 50000,
		},
		.word = {
			.attr = GHOST688_A_POLICY_HIT_PER,
			.words = log_pers,
			.standard = GHOST688_LOG_PER_SECOND,
		},
	}, {
		.name = "hit-burst",
		.kind = GHOST_KEY_NUMBER,
		.number = {
			.attr = GHOST688_A_POLICY_HIT_BURST,
			.min = 1,
			.max = GHOST688_HIT_BURST_MAX,
			.standard = 50000,
		},
	}, {
		.name = "sources",
		.kind = GHOST_KEY_NUMBER,
		.number = {
			.attr = GHOST688_A_POLICY_SOURCES,
			.max = GHOST688_SOURCES_MAX,
			.standard = 256,
		},
	},
	{ .name = NULL }
};

/**
 * ghost_key_find() - the key of this name
 *
 * Return: the key, or NULL.
 */
const struct ghost_key *ghost_key_find(const char *name)
{
	const struct ghost_key *key;

	for (key = ghost_keys; key->name; key++) {
		if (!strcmp(key->name, name))
			return key;
	}
	return NULL;
}

/**
 * ghost_key_of_attr() - the key that a netlink attribute of a policy belongs to
 *
 * Return: the key, or NULL.
 */
const struct ghost_key *ghost_key_of_attr(uint16_t attr)
{
	const struct ghost_key *key;

	for (key = ghost_keys; key->name; key++) {
		if (attr && (key->word.attr == attr || key->number.attr == attr))
			return key;
	}
	return NULL;
}

/**
 * ghost_keys_list() - the names of all keys, with blanks between
 * @buf: of %GHOST_KEYS_LEN bytes
 *
 * Return: @buf.
 */
const char *ghost_keys_list(char *buf)
{
	const struct ghost_key *key;
	size_t used = 0;

	for (key = ghost_keys; key->name && used < GHOST_KEYS_LEN; key++)
		used += snprintf(buf + used, GHOST_KEYS_LEN - used, "%s%s", used ? " " : "",
				 key->name);
	return buf;
}

/**
 * ghost_keys_default() - set each key to its default, and empty the allow-list
 */
void ghost_keys_default(struct ghost_policy *policy)
{
	const struct ghost_key *key;

	*policy = (struct ghost_policy){ 0 };
	for (key = ghost_keys; key->name; key++) {
		if (key->word.attr)
			policy->value[key->word.attr] = key->word.standard;
		if (key->number.attr)
			policy->value[key->number.attr] = key->number.standard;
	}
}
