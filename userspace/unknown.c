// SPDX-License-Identifier: GPL-2.0-only
/* A word that is no command: what may be meant by it. */
#include <stdio.h>
#include <string.h>

#include "cli.h"
#include "keys.h"
#include "text.h"

/* Near enough to be meant: alike at both ends, and at most two letters differ between. */
static bool is_near(const char *a, const char *b)
{
	size_t head = 0, tail = 0, a_left, b_left;

	while (a[head] && a[head] == b[head])
		head++;
	a_left = strlen(a) - head;
	b_left = strlen(b) - head;
	while (tail < a_left && tail < b_left &&
	       a[head + a_left - tail - 1] == b[head + b_left - tail - 1])
		tail++;
	return head + tail && a_left - tail <= 2 && b_left - tail <= 2;
}

static bool is_begun(const char *name, const char *verb)
{
	return *name && !strncmp(name, verb, strlen(name));
}

/* The command that takes this word behind it, or NULL. */
static const char *owner(const char *name)
{
	static const char *const words[][2] = {
		{ "reset", "stats" }, { "add", "allow" }, { "del", "allow" }, { "flush", "allow" },
	};
	char err[GHOST_ERR_LEN], key[16] = "";
	const char *equals = strchr(name, '=');
	unsigned int action;
	size_t i;

	for (i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		if (!strcmp(words[i][0], name))
			return words[i][1];
	}
	if (equals && (size_t)(equals - name) < sizeof(key))
		memcpy(key, name, equals - name);
	if (ghost_key_find(key) >= 0 || !ghost_action_parse(name, &action, NULL, err))
		return "set";
	return NULL;
}

/* The verbs that are meant as one of the functions sees it: "'status' or 'stats'". */
static void verbs_join(char *buf, size_t size, const char *name,
		       bool (*is_meant)(const char *name, const char *verb))
{
	const struct ghost_verb *verb;
	size_t used = 0;

	for (verb = ghost_verbs; verb->name && used < size; verb++) {
		if (is_meant(name, verb->name))
			used += snprintf(buf + used, size - used, "%s'%s'", used ? " or " : "",
					 verb->name);
	}
}

/**
 * ghost_verb_unknown() - say which verbs there are, and which may be meant
 *
 * Return: the exit status.
 */
int ghost_verb_unknown(const char *name)
{
	char quoted[GHOST_QUOTE_LEN], list[256], meant[GHOST_QUOTE_LEN + 16] = "";
	const struct ghost_verb *verb;
	const char *first = owner(name);
	size_t used = 0;

	for (verb = ghost_verbs; verb->name && used < sizeof(list); verb++)
		used += snprintf(list + used, sizeof(list) - used, "%s%s",
				 verb == ghost_verbs ? "" : ", ", verb->name);
	ghost_quote(quoted, name);
	if (first)
		snprintf(meant, sizeof(meant), "'%s %s'", first, quoted);
	if (!*meant)
		verbs_join(meant, sizeof(meant), name, is_begun);
	if (!*meant)
		verbs_join(meant, sizeof(meant), name, is_near);
	return ghost_misuse("unknown command '%s'; commands: %s%s%s%s", quoted, list,
			    *meant ? "; did you mean " : "", meant, *meant ? "?" : "");
}
