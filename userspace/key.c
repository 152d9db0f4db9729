// SPDX-License-Identifier: GPL-2.0-only
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "key.h"
#include "policy.h"
#include "text.h"
#include "words.h"

/* Adds to the text in a buffer of GHOST_VALUES_LEN bytes, and cuts what does not fit. */
__attribute__((format(printf, 2, 3)))
static void add(char *buf, const char *fmt, ...)
{
	size_t used = strlen(buf);
	va_list args;

	va_start(args, fmt);
	vsnprintf(buf + used, GHOST_VALUES_LEN - used, fmt, args);
	va_end(args);
}

static int word_parse(const char *what, const struct ghost_word *words, const char *text,
		      uint32_t *value, const char *key, char *err)
{
	char quoted[GHOST_QUOTE_LEN], list[GHOST_WORDS_LEN];

	if (!ghost_word_value(words, text, value))
		return 0;
	snprintf(err, GHOST_ERR_LEN, "unknown %s '%s'%s%s; %ss: %s", what,
		 ghost_quote(quoted, text), key ? " for " : "", key ? key : "", what,
		 ghost_word_list(words, list));
	return -1;
}

/**
 * ghost_action_parse() - read an action; log may be before or after the comma
 * @action: set on success
 * @key: what the action is for, NULL for all directions
 * @err: of %GHOST_ERR_LEN bytes, set on failure
 *
 * Return: 0, or -1.
 */
int ghost_action_parse(const char *text, uint32_t *action, const char *key, char *err)
{
	if (!strcmp(text, "log,drop"))
		text = "drop,log";
	else if (!strcmp(text, "log,reject"))
		text = "reject,log";
	return word_parse("action", ghost_actions, text, action, key, err);
}

/* Return: 0, or -1 for a text that is no NUMBER/UNIT. */
static int rate_parse(const struct ghost_key *key, struct ghost_policy *policy, const char *text)
{
	const char *slash = strchr(text, '/');
	uint32_t number, unit;
	char digits[16] = "";

	if (!slash || (size_t)(slash - text) >= sizeof(digits))
		return -1;
	memcpy(digits, text, slash - text);
	if (ghost_number(digits, key->number.min, key->number.max, &number) ||
	    ghost_word_value(key->word.words, slash + 1, &unit))
		return -1;
	policy->value[key->number.attr] = number;
	policy->value[key->word.attr] = unit;
	return 0;
}

/* Return: 0, or -1 for a text that is neither a WORD nor a WORD:NUMBER. */
static int target_parse(const struct ghost_key *key, struct ghost_policy *policy, const char *text)
{
	const char *colon = strchrnul(text, ':');
	char name[GHOST_WORD_LEN] = "";
	uint32_t word, number = 0;

	if ((size_t)(colon - text) >= sizeof(name))
		return -1;
	memcpy(name, text, colon - text);
	if (ghost_word_value(key->word.words, name, &word))
		return -1;
	if (word == key->number.follows) {
		if (!*colon ||
		    ghost_number(colon + 1, key->number.min, key->number.max, &number))
			return -1;
	} else if (*colon) {
		return -1;
	}
	policy->value[key->word.attr] = word;
	policy->value[key->number.attr] = number;
	return 0;
}

/* Attribute 0 stands for the half that a key does not have, and tells nothing. */
static void absent_set(const struct ghost_key *key, struct ghost_policy *policy, bool absent)
{
	policy->absent[key->word.attr] = absent;
	policy->absent[key->number.attr] = absent;
}

/**
 * ghost_key_parse() - set a key
 * @policy: where it is set; unchanged on failure
 * @text: the value
 * @err: of %GHOST_ERR_LEN bytes, set on failure
 *
 * Return: 0, or -1.
 */
int ghost_key_parse(const struct ghost_key *key, struct ghost_policy *policy, const char *text,
		    char *err)
{
	char quoted[GHOST_QUOTE_LEN], values[GHOST_VALUES_LEN];
	int bad = -1;

	switch (key->kind) {
	case GHOST_KEY_ACTION:
		return ghost_action_parse(text, &policy->value[key->word.attr], key->name, err);
	case GHOST_KEY_WORD:
		if (word_parse("word", key->word.words, text, &policy->value[key->word.attr],
			       key->name, err))
			return -1;
		bad = 0;
		break;
	case GHOST_KEY_NUMBER:
		bad = ghost_number(text, key->number.min, key->number.max,
				   &policy->value[key->number.attr]);
		break;
	case GHOST_KEY_RATE:
		bad = rate_parse(key, policy, text);
		break;
	case GHOST_KEY_TARGET:
		bad = target_parse(key, policy, text);
		break;
	}
	if (bad)
		snprintf(err, GHOST_ERR_LEN, "'%s' is no %s; write %s", ghost_quote(quoted, text),
			 key->name, ghost_key_values(key, values));
	else
		absent_set(key, policy, false);
	return bad;
}

/**
 * ghost_key_format() - the value of a key as text
 * @buf: of %GHOST_VALUE_LEN bytes
 *
 * Return: @buf.
 */
const char *ghost_key_format(const struct ghost_key *key, const struct ghost_policy *policy,
			     char *buf)
{
	uint32_t value = policy->value[key->word.attr], number = policy->value[key->number.attr];
	const char *word = "";
	char unknown[GHOST_WORD_LEN];

	if (key->word.words)
		word = ghost_word_name(key->word.words, value, unknown);
	switch (key->kind) {
	case GHOST_KEY_ACTION:
	case GHOST_KEY_WORD:
		snprintf(buf, GHOST_VALUE_LEN, "%s", word);
		break;
	case GHOST_KEY_NUMBER:
		snprintf(buf, GHOST_VALUE_LEN, "%u", number);
		break;
	case GHOST_KEY_RATE:
		snprintf(buf, GHOST_VALUE_LEN, "%u/%s", number, word);
		break;
	case GHOST_KEY_TARGET:
		if (value == key->number.follows)
			snprintf(buf, GHOST_VALUE_LEN, "%s:%u", word, number);
		else
			snprintf(buf, GHOST_VALUE_LEN, "%s", word);
		break;
	}
	return buf;
}

/**
 * ghost_key_values() - how the values of a key are written, for help and messages
 * @buf: of %GHOST_VALUES_LEN bytes
 *
 * Return: @buf.
 */
const char *ghost_key_values(const struct ghost_key *key, char *buf)
{
	const char *name = key->number.name;
	const struct ghost_word *word = key->word.words;

	*buf = 0;
	switch (key->kind) {
	case GHOST_KEY_ACTION:
	case GHOST_KEY_WORD:
		return ghost_word_list(word, buf);
	case GHOST_KEY_NUMBER:
		add(buf, "a number");
		break;
	case GHOST_KEY_RATE:
		for (; word->word; word++)
			add(buf, "%s%s/%s", !*buf ? "" : word[1].word ? ", " : " or ", name,
			    word->word);
		add(buf, " with %s", name);
		break;
	case GHOST_KEY_TARGET:
		for (; word->word; word++) {
			bool numbered = word->value == key->number.follows;

			add(buf, "%s%s%s%s", !*buf ? "" : word[1].word ? ", " : ", or ", word->word,
			    numbered ? ":" : "", numbered ? name : "");
		}
		add(buf, " with %s", name);
		break;
	}
	add(buf, " from %u to %u", key->number.min, key->number.max);
	return buf;
}

/**
 * ghost_key_offers() - what the shell may complete the value of a key to, with blanks between
 * @buf: of %GHOST_VALUES_LEN bytes
 *
 * Return: @buf.
 */
const char *ghost_key_offers(const struct ghost_key *key, char *buf)
{
	const struct ghost_word *word = key->word.words;

	*buf = 0;
	switch (key->kind) {
	case GHOST_KEY_ACTION:
	case GHOST_KEY_WORD:
		return ghost_word_list(word, buf);
	case GHOST_KEY_NUMBER:
		add(buf, "%u", key->number.standard);
		break;
	case GHOST_KEY_RATE:
		for (; word->word; word++)
			add(buf, "%s%u/%s %u/%s", *buf ? " " : "", key->number.min, word->word,
			    key->number.standard, word->word);
		break;
	case GHOST_KEY_TARGET:
		for (; word->word; word++)
			add(buf, "%s%s%s", *buf ? " " : "", word->word,
			    word->value == key->number.follows ? ":" : "");
		break;
	}
	return buf;
}

/**
 * ghost_key_set_absent() - note that a policy does not have a key; setting the key ends that
 */
void ghost_key_set_absent(const struct ghost_key *key, struct ghost_policy *policy)
{
	absent_set(key, policy, true);
}

/**
 * ghost_key_is_absent() - whether a policy does not have a key
 */
bool ghost_key_is_absent(const struct ghost_key *key, const struct ghost_policy *policy)
{
	return policy->absent[key->word.attr ? key->word.attr : key->number.attr];
}

/**
 * ghost_key_has_attr() - whether a policy has this attribute of a key
 */
bool ghost_key_has_attr(const struct ghost_key *key, const struct ghost_policy *policy,
			uint16_t attr)
{
	if (policy->absent[attr])
		return false;
	return key->kind != GHOST_KEY_TARGET || attr != key->number.attr ||
	       policy->value[key->word.attr] == key->number.follows;
}
