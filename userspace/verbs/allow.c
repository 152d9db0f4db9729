// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "edit.h"
#include "message.h"
#include "options.h"
#include "output.h"
#include "policy.h"
#include "text.h"
#include "verbs/verb.h"

/* A message names no more prefixes than this. */
#define TOLD_MAX 8

/* The prefixes of the command line. An idle one needs no change of the policy. */
struct prefixes {
	unsigned int n;
	struct ghost_prefix prefix[GHOST688_ALLOW_MAX];
	bool idle[GHOST688_ALLOW_MAX];
};

static int find(const struct ghost_prefix *list, unsigned int n, const struct ghost_prefix *prefix)
{
	unsigned int i;

	for (i = 0; i < n; i++) {
		if (ghost_prefix_equal(&list[i], prefix))
			return i;
	}
	return -1;
}

static int change_add(struct ghost_policy *policy, void *arg)
{
	struct prefixes *add = arg;
	unsigned int i, n = 0;

	for (i = 0; i < add->n; i++) {
		add->idle[i] = find(policy->allow, policy->n_allow, &add->prefix[i]) >= 0;
		n += !add->idle[i];
	}
	if (!n)
		return -EALREADY;
	if (policy->n_allow + n > GHOST688_ALLOW_MAX)
		return ghost_refuse("the allow-list takes %d prefixes and has %u; nothing changed",
				    GHOST688_ALLOW_MAX, policy->n_allow);
	for (i = 0; i < add->n; i++) {
		if (!add->idle[i])
			policy->allow[policy->n_allow++] = add->prefix[i];
	}
	return GHOST_OK;
}

static int change_del(struct ghost_policy *policy, void *arg)
{
	struct prefixes *del = arg;
	unsigned int i, n = 0;
	int at;

	for (i = 0; i < del->n; i++) {
		at = find(policy->allow, policy->n_allow, &del->prefix[i]);
		del->idle[i] = at < 0;
		if (at < 0)
			continue;
		n++;
		memmove(&policy->allow[at], &policy->allow[at + 1],
			(--policy->n_allow - at) * sizeof(policy->allow[0]));
	}
	return n ? GHOST_OK : -EALREADY;
}

/* Repeating a command is no error, but the user may have mistyped a prefix. */
static void idle_tell(const struct prefixes *prefixes, bool add)
{
	char list[TOLD_MAX * (GHOST_PREFIX_LEN + 2) + 32] = "", text[GHOST_PREFIX_LEN];
	unsigned int i, n = 0;
	size_t used = 0;

	for (i = 0; i < prefixes->n; i++) {
		if (prefixes->idle[i] && n++ < TOLD_MAX)
			used += snprintf(list + used, sizeof(list) - used, "%s%s",
					 n > 1 ? ", " : "",
					 ghost_prefix_format(&prefixes->prefix[i], text));
	}
	if (n > TOLD_MAX)
		snprintf(list + used, sizeof(list) - used, " and %u more", n - TOLD_MAX);
	if (n)
		ghost_note("%s %s %s", list, n == 1 ? "is" : "are",
			   add ? "on the allow-list already" : "not on the allow-list");
}

static int change_flush(struct ghost_policy *policy, void *arg)
{
	(void)arg;
	policy->n_allow = 0;
	return GHOST_OK;
}

static int list(void)
{
	char text[GHOST_PREFIX_LEN];
	struct ghost_policy policy;
	json_t *array;
	unsigned int i;
	int err = ghost_policy_read(&policy);

	if (err)
		return err;
	if (!ghost_options.json) {
		for (i = 0; i < policy.n_allow; i++)
			puts(ghost_prefix_format(&policy.allow[i], text));
		return GHOST_OK;
	}
	array = json_array();
	for (i = 0; i < policy.n_allow; i++) {
		json_t *object = json_object();

		ghost_json_add(object, "prefix",
			       json_string(ghost_prefix_format(&policy.allow[i], text)));
		ghost_json_append(array, object);
	}
	return ghost_json_print(array);
}

static int prefixes_read(int argc, char **argv, struct prefixes *prefixes,
			 int (*parse)(const char *text, struct ghost_prefix *prefix, char *err))
{
	char err[GHOST_ERR_LEN], text[GHOST_PREFIX_LEN];
	struct ghost_prefix prefix;
	int i;

	for (i = 0; i < argc; i++) {
		if (parse(argv[i], &prefix, err))
			return ghost_misuse("%s", err);
		if (find(prefixes->prefix, prefixes->n, &prefix) >= 0)
			return ghost_misuse("%s is given twice",
					    ghost_prefix_format(&prefix, text));
		if (prefixes->n == GHOST688_ALLOW_MAX)
			return ghost_misuse("more than %d prefixes", GHOST688_ALLOW_MAX);
		prefixes->prefix[prefixes->n++] = prefix;
	}
	return GHOST_OK;
}

static int allow_run(int argc, char **argv)
{
	struct prefixes prefixes = { 0 };
	char quoted[GHOST_QUOTE_LEN];
	bool add, del;
	int err;

	if (!argc)
		return list();
	if (!strcmp(argv[0], "flush")) {
		if (argc > 1)
			return ghost_misuse("allow flush takes nothing, but got '%s'",
					    ghost_quote(quoted, argv[1]));
		return ghost_policy_edit(change_flush, NULL);
	}
	add = !strcmp(argv[0], "add");
	del = !strcmp(argv[0], "del");
	if (!add && !del)
		return ghost_verb_word_unknown(&ghost_verb_allow, argv[0]);
	if (argc == 1)
		return ghost_misuse("allow %s needs a PREFIX, such as 10.0.0.0/8 or 2001:db8::/32",
				    argv[0]);
	err = prefixes_read(argc - 1, argv + 1, &prefixes,
			    add ? ghost_prefix_parse : ghost_prefix_parse_any);
	if (!err)
		err = ghost_policy_edit(add ? change_add : change_del, &prefixes);
	if (!err)
		idle_tell(&prefixes, add);
	return err;
}

const struct ghost_verb ghost_verb_allow = {
	.name = "allow",
	.run = allow_run,
	.args = "[add PREFIX... | del PREFIX... | flush]",
	.words = "add del flush",
	.summary = "prefixes whose visits always pass",
	.about =
		"Without arguments it prints the prefixes, one on each line. All prefixes of a command\n"
		"are added or deleted in one step. To add one that is there already, or to delete one\n"
		"that is not there, is no error; a note says so. An address without a length means this\n"
		"one address. Prefixes are compared with the far end of a visit: its source in in and\n"
		"forward, its destination in out.",
	.examples =
		"  ghost688 allow add 10.0.0.0/8 2001:db8::/32\n"
		"  ghost688 allow del 10.0.0.0/8",
	.exit = GHOST_EXIT_CHANGES " Printing needs no privilege.",
};
