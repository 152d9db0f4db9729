// SPDX-License-Identifier: GPL-2.0-only
#include <stdio.h>
#include <string.h>

#include "edit.h"
#include "keys.h"
#include "message.h"
#include "policy.h"
#include "text.h"
#include "verbs/verb.h"

/* The values that the command line gives; NULL where it gives none. */
struct change {
	/* The ACTION of the directions that have no KEY=VALUE. */
	const char *all;
	/* By the index of the key in ghost_keys. */
	const char *value[GHOST_KEYS_MAX];
};

static int change_apply(struct ghost_policy *policy, void *arg)
{
	const struct change *change = arg;
	const struct ghost_key *key;
	char err[GHOST_ERR_LEN];

	for (key = ghost_keys; key->name; key++) {
		const char *value = change->value[key - ghost_keys];

		if (!value && key->kind == GHOST_KEY_ACTION)
			value = change->all;
		if (value && ghost_key_parse(key, policy, value, err))
			return ghost_misuse("%s", err);
	}
	return GHOST_OK;
}

static int action_read(const char *word, struct change *change)
{
	char err[GHOST_ERR_LEN];
	uint32_t action;

	if (ghost_action_parse(word, &action, NULL, err))
		return ghost_misuse("%s", err);
	change->all = word;
	return GHOST_OK;
}

static int pair_read(char *word, struct change *change)
{
	char quoted[GHOST_QUOTE_LEN], keys[GHOST_KEYS_LEN];
	char *equals = strchr(word, '=');
	const struct ghost_key *key;
	const char **value;

	if (!equals)
		return ghost_misuse("'%s' is not KEY=VALUE; only the first word may be an ACTION for all directions",
				    ghost_quote(quoted, word));
	*equals = 0;
	key = ghost_key_find(word);
	if (!key && !strcmp(word, "allow"))
		return ghost_misuse("allow has a command of its own; see: ghost688 help allow");
	if (!key)
		return ghost_misuse("unknown key '%s'; keys: %s", ghost_quote(quoted, word),
				    ghost_keys_list(keys));
	value = &change->value[key - ghost_keys];
	if (*value)
		return ghost_misuse("'%s' is given twice", word);
	*value = equals + 1;
	return GHOST_OK;
}

static int set_run(int argc, char **argv)
{
	struct change change = { 0 };
	struct ghost_policy trial;
	char *words[argc + 1];
	int err = 0, i;

	if (!argc)
		return ghost_misuse("set needs an ACTION, or KEY=VALUE...; see: ghost688 help set");
	/* Copies: pair_read() cuts the words, and a hint may repeat the command line. */
	for (i = 0; i < argc; i++)
		words[i] = strdupa(argv[i]);
	for (i = 0; i < argc && !err; i++) {
		if (!i && !strchr(words[i], '=') && !ghost_key_find(words[i]))
			err = action_read(words[i], &change);
		else
			err = pair_read(words[i], &change);
	}
	if (err)
		return err;

	/* A trial run, so that a wrong value is found before the module is asked for anything. */
	ghost_keys_default(&trial);
	err = change_apply(&trial, &change);
	return err ? err : ghost_policy_edit(change_apply, &change);
}

/* One line for each key; keys with the same values share a line. */
static void keys_print(void)
{
	char names[GHOST_KEYS_LEN], values[GHOST_VALUES_LEN], others[GHOST_VALUES_LEN];
	const struct ghost_key *key = ghost_keys;

	while (key->name) {
		size_t used = snprintf(names, sizeof(names), "%s", key->name);

		ghost_key_values(key, values);
		for (key++; key->name && !strcmp(ghost_key_values(key, others), values); key++) {
			if (used < sizeof(names))
				used += snprintf(names + used, sizeof(names) - used, ", %s",
						 key->name);
		}
		printf("  %-16s  %s\n", names, values);
	}
}

const struct ghost_verb ghost_verb_set = {
	.name = "set",
	.run = set_run,
	.args = "[ACTION] [KEY=VALUE...]",
	.summary = "change settings, all in one step",
	.about =
		"ACTION is for all three directions, except those that have a KEY=VALUE of their own.\n"
		"A key that is not named keeps its value. The module refuses reject today.",
	.table = keys_print,
	.examples =
		"  ghost688 set drop\n"
		"  ghost688 set drop out=log replies=match\n"
		"  ghost688 set in=drop,log out=log log-rate=5/s",
	.exit = GHOST_EXIT_CHANGES,
};
