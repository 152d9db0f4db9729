// SPDX-License-Identifier: GPL-2.0-only
#include <stdio.h>
#include <string.h>

#include "cli.h"
#include "output.h"
#include "policy.h"
#include "text.h"

/* The prefixes of the command line. */
struct prefixes {
	unsigned int n;
	struct ghost_prefix prefix[GHOST688_ALLOW_MAX];
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
	const struct prefixes *add = arg;
	char text[GHOST_PREFIX_LEN];
	unsigned int i;

	for (i = 0; i < add->n; i++) {
		if (find(policy->allow, policy->n_allow, &add->prefix[i]) >= 0)
			return ghost_refuse("%s is on the allow-list already; nothing changed",
					    ghost_prefix_format(&add->prefix[i], text));
	}
	if (policy->n_allow + add->n > GHOST688_ALLOW_MAX)
		return ghost_refuse("the allow-list takes %d prefixes and has %u; nothing changed",
				    GHOST688_ALLOW_MAX, policy->n_allow);
	for (i = 0; i < add->n; i++)
		policy->allow[policy->n_allow++] = add->prefix[i];
	return GHOST_OK;
}

static int change_del(struct ghost_policy *policy, void *arg)
{
	const struct prefixes *del = arg;
	char text[GHOST_PREFIX_LEN];
	unsigned int i;
	int at;

	for (i = 0; i < del->n; i++) {
		at = find(policy->allow, policy->n_allow, &del->prefix[i]);
		if (at < 0)
			return ghost_refuse("%s is not on the allow-list; nothing changed",
					    ghost_prefix_format(&del->prefix[i], text));
		memmove(&policy->allow[at], &policy->allow[at + 1],
			(--policy->n_allow - at) * sizeof(policy->allow[0]));
	}
	return GHOST_OK;
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
	if (!ghost_cli.json) {
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

static int prefixes_read(int argc, char **argv, struct prefixes *prefixes)
{
	char err[GHOST_ERR_LEN], text[GHOST_PREFIX_LEN];
	struct ghost_prefix prefix;
	int i;

	for (i = 0; i < argc; i++) {
		if (ghost_prefix_parse(argv[i], &prefix, err))
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

int ghost_allow(int argc, char **argv)
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
		return ghost_misuse("unknown word '%s' for allow; words: add del flush",
				    ghost_quote(quoted, argv[0]));
	if (argc == 1)
		return ghost_misuse("allow %s needs a PREFIX, such as 10.0.0.0/8 or 2001:db8::/32",
				    argv[0]);
	err = prefixes_read(argc - 1, argv + 1, &prefixes);
	return err ? err : ghost_policy_edit(add ? change_add : change_del, &prefixes);
}
