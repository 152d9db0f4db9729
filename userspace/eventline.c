// SPDX-License-Identifier: GPL-2.0-only
/*
 * All functions print a line with the time of now, and return 0 or a negative errno;
 * %GHOST_EVENTS_TOLD comes after a message.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>

#include <linux/genetlink.h>

#include "attr.h"
#include "eventline.h"
#include "events.h"
#include "keys.h"
#include "moment.h"
#include "nlpolicy.h"
#include "options.h"
#include "output.h"
#include "policy.h"
#include "policyjson.h"
#include "words.h"

/* Begins a line. For JSON, returns an object with its first keys; else NULL. */
static json_t *begin(const char *event)
{
	uint64_t now = ghost_moment_now();
	json_t *object;

	if (!ghost_options.json) {
		ghost_moment_print(now);
		printf("%s%-7s%s", ghost_colour(GHOST_BOLD), event, ghost_colour(GHOST_PLAIN));
		return NULL;
	}
	object = json_object();
	ghost_json_add(object, "event", json_string(event));
	ghost_moment_json(object, now);
	return object;
}

static int json_end(json_t *object)
{
	return ghost_json_print(object) ? GHOST_EVENTS_TOLD : 0;
}

/**
 * ghost_event_policy() - tell that the policy was changed
 * @message: with the new policy
 */
int ghost_event_policy(const struct nlmsghdr *message)
{
	const struct ghost_key *key;
	struct ghost_policy policy;
	char value[GHOST_VALUE_LEN];
	json_t *object;
	int err = ghost_policy_message(message, &policy);

	if (err)
		return err;
	object = begin("policy");
	if (ghost_options.json) {
		ghost_json_add(object, "generation", ghost_json_u64(policy.generation));
		ghost_policy_json(object, &policy);
		return json_end(object);
	}
	printf(" generation=%u", policy.generation);
	for (key = ghost_keys; key->name; key++) {
		if (!ghost_key_is_absent(key, &policy))
			printf(" %s=%s", key->name, ghost_key_format(key, &policy, value));
	}
	printf(" prefixes=%u\n", policy.n_allow);
	return 0;
}

/**
 * ghost_event_reset() - tell that a table was reset
 * @message: with the table
 */
int ghost_event_reset(const struct nlmsghdr *message)
{
	char buf[GHOST_WORD_LEN];
	uint32_t table = UINT32_MAX;
	const struct nlattr *attr;
	const char *word;
	json_t *object;

	mnl_attr_for_each(attr, message, GENL_HDRLEN) {
		if (mnl_attr_get_type(attr) == GHOST688_A_RESET_TABLE &&
		    ghost_attr_u32(attr, &table))
			return -EPROTO;
	}
	word = ghost_word_name(ghost_tables, table, buf);
	object = begin("reset");
	if (ghost_options.json) {
		ghost_json_add(object, "table", json_string(word));
		return json_end(object);
	}
	printf(" %s\n", word);
	return 0;
}

/**
 * ghost_event_missed() - tell that hits did not come
 * @hits: how many
 * @too_slow: those of them that the tool read too slowly; the module had no room for the others
 * @suppressed: those that the hit rate suppressed, besides
 */
int ghost_event_missed(uint64_t hits, uint64_t too_slow, uint64_t suppressed)
{
	json_t *object = begin("missed");

	if (ghost_options.json) {
		ghost_json_add(object, "hits", ghost_json_u64(hits));
		ghost_json_add(object, "too-slow", ghost_json_u64(too_slow));
		ghost_json_add(object, "no-room", ghost_json_u64(hits - too_slow));
		ghost_json_add(object, "suppressed", ghost_json_u64(suppressed));
		return json_end(object);
	}
	printf(" hits=%" PRIu64 " too-slow=%" PRIu64 " no-room=%" PRIu64 " suppressed=%" PRIu64 "\n",
	       hits, too_slow, hits - too_slow, suppressed);
	return 0;
}

static int word_print(const char *event)
{
	json_t *object = begin(event);

	if (ghost_options.json)
		return json_end(object);
	putchar('\n');
	return 0;
}

/**
 * ghost_event_gone() - tell that the module was removed
 */
int ghost_event_gone(void)
{
	return word_print("gone");
}

/**
 * ghost_event_back() - tell that the module was loaded again
 */
int ghost_event_back(void)
{
	return word_print("back");
}
