// SPDX-License-Identifier: GPL-2.0-only
#include <string.h>

#include "edit.h"
#include "keys.h"
#include "message.h"
#include "policy.h"
#include "text.h"
#include "verbs/verb.h"

/* What the words of the command line ask for, or NULL. */
struct change {
	/* For the directions that have no value of their own. */
	const char *all;
	/* By the index of ghost_keys. */
	const char *value[GHOST_KEYS];
};

static int change_apply(struct ghost_policy *policy, void *arg)
{
	const struct change *change = arg;
	char err[GHOST_ERR_LEN];
	int i;

	for (i = 0; i < GHOST_KEYS; i++) {
		const char *value = change->value[i];

		if (!value && ghost_keys[i].required)
			value = change->all;
		if (value && ghost_keys[i].parse(&ghost_keys[i], policy, value, err))
			return ghost_misuse("%s", err);
	}
	return GHOST_OK;
}

static int action_read(const char *word, struct change *change)
{
	char err[GHOST_ERR_LEN];
	unsigned int action;

	if (ghost_action_parse(word, &action, NULL, err))
		return ghost_misuse("%s", err);
	change->all = word;
	return GHOST_OK;
}

static int pair_read(char *word, struct change *change)
{
	char quoted[GHOST_QUOTE_LEN];
	char *equals = strchr(word, '=');
	int i;

	if (!equals)
		return ghost_misuse("'%s' is not KEY=VALUE; an ACTION for all directions stands first, and alone",
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

static int set_run(int argc, char **argv)
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
	for (i = 0; i < argc && !err; i++) {
		if (!i && !strchr(words[i], '=') && ghost_key_find(words[i]) < 0)
			err = action_read(words[i], &change);
		else
			err = pair_read(words[i], &change);
	}
	if (err)
		return err;

	/* A wrong word is told before anybody is asked for anything. */
	ghost_policy_default(&trial);
	err = change_apply(&trial, &change);
	return err ? err : ghost_policy_edit(change_apply, &change);
}

const struct ghost_verb ghost_verb_set = {
	.name = "set",
	.run = set_run,
	.args = "[ACTION] [KEY=VALUE...]",
	.summary = "change settings, all at one stroke",
	.about =
		"ACTION is for the three directions, but for those that have a KEY of their own. What\n"
		"is not named stays.\n\n"
		"  in, forward, out  off count log drop drop,log reject reject,log\n"
		"  replies           match exempt trust\n"
		"  log-rate          N/s N/m N/h, N from 1 to 1000000\n"
		"  log-burst         1 to 10000\n"
		"  log-target        syslog, or nflog:GROUP with GROUP from 0 to 65535",
	.examples =
		"  ghost688 set drop\n"
		"  ghost688 set drop out=log replies=match\n"
		"  ghost688 set in=drop,log out=log log-rate=5/s",
	.exit = GHOST_EXIT_CHANGES,
};
