// SPDX-License-Identifier: GPL-2.0-only
/* All verbs, and a guess at the one that an unknown word means. */
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "keys.h"
#include "message.h"
#include "text.h"
#include "verbs/table.h"

const struct ghost_verb *const ghost_verbs[] = {
	&ghost_verb_status,
	&ghost_verb_set,
	&ghost_verb_show,
	&ghost_verb_apply,
	&ghost_verb_save,
	&ghost_verb_allow,
	&ghost_verb_stats,
	&ghost_verb_sources,
	&ghost_verb_monitor,
	&ghost_verb_version,
	&ghost_verb_help,
	NULL
};

/* Do they begin or end alike, with at most two letters in each that differ? */
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

/* Whether a list of words with blanks between holds this one. */
static bool has_word(const char *list, const char *word)
{
	size_t length = strlen(word);

	while (list && *list) {
		size_t next = strcspn(list, " ");

		if (next == length && !strncmp(list, word, length))
			return true;
		list += next;
		list += strspn(list, " ");
	}
	return false;
}

/* Lists the verbs that take this word: "'stats reset' or 'sources reset'". */
static void owners_join(char *buf, size_t size, const char *name, const char *quoted)
{
	char err[GHOST_ERR_LEN], key[16] = "";
	const char *equals = strchr(name, '=');
	const struct ghost_verb *const *verb;
	uint32_t action;
	size_t used = 0;

	for (verb = ghost_verbs; *verb && used < size; verb++) {
		if (has_word((*verb)->words, name))
			used += snprintf(buf + used, size - used, "%s'%s %s'", used ? " or " : "",
					 (*verb)->name, quoted);
	}
	if (equals && (size_t)(equals - name) < sizeof(key))
		memcpy(key, name, equals - name);
	if (!used && (ghost_key_find(key) || !ghost_action_parse(name, &action, NULL, err)))
		snprintf(buf, size, "'set %s'", quoted);
}

/* Lists the verbs that one of the functions above finds: "'status' or 'stats'". */
static void verbs_join(char *buf, size_t size, const char *name,
		       bool (*is_meant)(const char *name, const char *verb))
{
	const struct ghost_verb *const *verb;
	size_t used = 0;

	for (verb = ghost_verbs; *verb && used < size; verb++) {
		if (is_meant(name, (*verb)->name))
			used += snprintf(buf + used, size - used, "%s'%s'", used ? " or " : "",
					 (*verb)->name);
	}
}

static void unknown_tell(const char *name)
{
	char quoted[GHOST_QUOTE_LEN], list[256], meant[GHOST_QUOTE_LEN + 16] = "";
	const struct ghost_verb *const *verb;
	size_t used = 0;

	for (verb = ghost_verbs; *verb && used < sizeof(list); verb++)
		used += snprintf(list + used, sizeof(list) - used, "%s%s",
				 verb == ghost_verbs ? "" : ", ", (*verb)->name);
	ghost_quote(quoted, name);
	owners_join(meant, sizeof(meant), name, quoted);
	if (!*meant)
		verbs_join(meant, sizeof(meant), name, is_begun);
	if (!*meant)
		verbs_join(meant, sizeof(meant), name, is_near);
	ghost_misuse("unknown command '%s'; commands: %s%s%s%s", quoted, list,
		     *meant ? "; did you mean " : "", meant, *meant ? "?" : "");
}

/**
 * ghost_verb_find() - the verb of this name
 *
 * Return: the verb, or NULL after a message that lists the verbs and guesses which one is meant.
 */
const struct ghost_verb *ghost_verb_find(const char *name)
{
	const struct ghost_verb *const *verb;

	for (verb = ghost_verbs; *verb; verb++) {
		if (!strcmp((*verb)->name, name))
			return *verb;
	}
	if (!strcmp(ghost_verb_complete.name, name))
		return &ghost_verb_complete;
	unknown_tell(name);
	return NULL;
}
