/* SPDX-License-Identifier: GPL-2.0-only */
/* The keys of a policy: what each one's value looks like. */
#ifndef GHOST_KEYS_H
#define GHOST_KEYS_H

#include <stdbool.h>
#include <stddef.h>

struct ghost_key;
struct ghost_policy;

/* Fits any value of any key. */
#define GHOST_VALUE_LEN 64

/**
 * struct ghost_key - a key that stands once in a policy
 * @name: the word
 * @attr: &enum ghost688_a_policy
 * @required: a file must name it
 * @number: the value is a plain number, and one in JSON
 * @direction: for the three actions
 * @parse: sets the value, or returns -1 and writes %GHOST_ERR_LEN bytes
 * @format: writes the value in %GHOST_VALUE_LEN bytes
 */
struct ghost_key {
	const char *name;
	int attr;
	bool required;
	bool number;
	unsigned int direction;
	int (*parse)(const struct ghost_key *key, struct ghost_policy *policy, const char *text,
		     char *err);
	void (*format)(const struct ghost_key *key, const struct ghost_policy *policy, char *buf);
};

#define GHOST_KEYS 7
extern const struct ghost_key ghost_keys[GHOST_KEYS];

#define GHOST_KEY_NAMES "in forward out replies log-rate log-burst log-target"

void ghost_policy_default(struct ghost_policy *policy);
int ghost_key_find(const char *name);
int ghost_action_parse(const char *text, unsigned int *action, const char *key, char *err);

#endif
