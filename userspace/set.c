// SPDX-License-Identifier: GPL-2.0-only
#include <string.h>

#include "cli.h"
#include "keys.h"
#include "policy.h"
#include "text.h"

/* What the words of the command line ask for: value[i] is for ghost_keys[i], or NULL. */
struct change {
	const char *value[GHOST_KEYS];
};

static int change_apply(struct ghost_policy *policy, void *arg)
{
	const struct change *change = arg;
	char err[GHOST_ERR_LEN];
	int i;

	for (i = 0; i < GHOST_KEYS; i++) {
		if (change->value[i] &&
		    ghost_keys[i].parse(&ghost_keys[i], policy, change->value[i], err))
			return ghost_misuse("%s", err);
	}
	return GHOST_OK;
}

static int action_read(const char *word, struct change *change)
{
	char err[GHOST_ERR_LEN];
	unsigned int action;
	int i;

	if (ghost_action_parse(word, &action, NULL, err))
		return ghost_misuse("%s", err);
	for (i = 0; i < GHOST_KEYS; i++) {
		if (ghost_keys[i].required)
			change->value[i] = word;
	}
	return GHOST_OK;
}

static int pair_read(char *word, struct change *change)
{
	char quoted[GHOST_QUOTE_LEN];
	char *equals = strchr(word, '=');
	int i;

	if (!equals)
		return ghost_misuse("'%s' is not KEY=VALUE; write one ACTION, or KEY=VALUE only",
				    ghost_quote(quoted, word));
	*equals = 0;
	i = ghost_key_find(word);
	if (i < 0 && !strcmp(word, "allow"))
		return ghost_misuse("allow has a command of its own; see: ghost688 help allow");
	if (i < 0)
		return ghost_misuse("unknown key '%s'; keys: %s", ghost_quote(quoted, word),
				    GHOST_KEY_NAMES);
	if (change->value[i])
		return ghost_misuse("'%s' is given twice", word);
	change->value[i] = equals + 1;
	return GHOST_OK;
}

int ghost_set(int argc, char **argv)
{
	struct change change = { 0 };
	struct ghost_policy trial;
	char *words[argc + 1];
	int err = 0, i;

	if (!argc)
		return ghost_misuse("set needs an ACTION, or KEY=VALUE...; see: ghost688 help set");
	/* Copies, for the words are cut, and a hint may have to repeat the command line. */
	for (i = 0; i < argc; i++)
		words[i] = strdupa(argv[i]);
	if (argc == 1 && !strchr(words[0], '='))
		err = action_read(words[0], &change);
	else
		for (i = 0; i < argc && !err; i++)
			err = pair_read(words[i], &change);
	if (err)
		return err;

	/* A wrong word is told before anybody is asked for anything. */
	ghost_policy_default(&trial);
	err = change_apply(&trial, &change);
	return err ? err : ghost_policy_edit(change_apply, &change);
}
