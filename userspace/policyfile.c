// SPDX-License-Identifier: GPL-2.0-only
#include <stdarg.h>
#include <string.h>

#include "keys.h"
#include "policy.h"
#include "policyfile.h"

/* Where the parser is, and on which line it found each key and each prefix. */
struct parser {
	struct ghost_policy *policy;
	struct ghost_fault *fault;
	unsigned int line;
	unsigned int key_line[GHOST_KEYS_MAX];
	unsigned int allow_line[GHOST688_ALLOW_MAX];
};

/* A word of a line, without the blanks around it. */
struct word {
	unsigned int column;
	char text[GHOST_LINE_MAX + 1];
};

__attribute__((format(printf, 3, 4)))
static int fault_set(struct parser *p, unsigned int column, const char *fmt, ...)
{
	va_list args;

	p->fault->line = p->line;
	p->fault->column = column;
	va_start(args, fmt);
	vsnprintf(p->fault->text, sizeof(p->fault->text), fmt, args);
	va_end(args);
	return -1;
}

static bool is_blank(char c)
{
	return c == ' ' || c == '\t';
}

/* Takes the next word from *pos on; at the end of the line it is empty. */
static void word_next(const char *line, size_t length, size_t *pos, struct word *word)
{
	size_t end;

	while (*pos < length && is_blank(line[*pos]))
		(*pos)++;
	for (end = *pos; end < length && !is_blank(line[end]); end++)
		;
	memcpy(word->text, line + *pos, end - *pos);
	word->text[end - *pos] = 0;
	word->column = *pos + 1;
	*pos = end;
}

static int allow_parse(struct parser *p, const struct word *value)
{
	struct ghost_policy *policy = p->policy;
	char err[GHOST_ERR_LEN], text[GHOST_PREFIX_LEN];
	struct ghost_prefix prefix;
	unsigned int i;

	if (ghost_prefix_parse(value->text, &prefix, err))
		return fault_set(p, value->column, "%s", err);
	for (i = 0; i < policy->n_allow; i++) {
		if (ghost_prefix_equal(&policy->allow[i], &prefix))
			return fault_set(p, value->column, "%s again; it is on line %u already",
					 ghost_prefix_format(&prefix, text), p->allow_line[i]);
	}
	if (policy->n_allow == GHOST688_ALLOW_MAX)
		return fault_set(p, value->column, "one prefix too many; there may be %d",
				 GHOST688_ALLOW_MAX);
	p->allow_line[policy->n_allow] = p->line;
	policy->allow[policy->n_allow++] = prefix;
	return 0;
}

static int key_parse(struct parser *p, const struct ghost_key *key, const struct word *name,
		     const struct word *value)
{
	unsigned int *line = &p->key_line[key - ghost_keys];
	char err[GHOST_ERR_LEN];

	if (*line)
		return fault_set(p, name->column, "'%s' again; it is on line %u already",
				 key->name, *line);
	*line = p->line;
	if (ghost_key_parse(key, p->policy, value->text, err))
		return fault_set(p, value->column, "%s", err);
	return 0;
}

/* Parses one line; @length does not count the newline. */
static int line_parse(struct parser *p, const char *line, size_t length)
{
	char quoted[GHOST_QUOTE_LEN], keys[GHOST_KEYS_LEN];
	struct word name, value, rest;
	const struct ghost_key *key;
	const char *found;
	size_t pos = 0;

	found = memchr(line, 0, length);
	if (found)
		return fault_set(p, found - line + 1, "NUL byte; a policy file is text");
	if (length > GHOST_LINE_MAX)
		return fault_set(p, GHOST_LINE_MAX + 1, "line longer than %d bytes",
				 GHOST_LINE_MAX);
	if (length && line[length - 1] == '\r')
		length--;
	found = memchr(line, '#', length);
	if (found)
		length = found - line;

	word_next(line, length, &pos, &name);
	if (!*name.text)
		return 0;
	word_next(line, length, &pos, &value);
	word_next(line, length, &pos, &rest);

	key = ghost_key_find(name.text);
	if (!key && strcmp(name.text, "allow"))
		return fault_set(p, name.column, "unknown key '%s'; keys: %s allow",
				 ghost_quote(quoted, name.text), ghost_keys_list(keys));
	if (!*value.text)
		return fault_set(p, value.column, "'%s' has no value", name.text);
	if (key ? key_parse(p, key, &name, &value) : allow_parse(p, &value))
		return -1;
	if (*rest.text)
		return fault_set(p, rest.column, "'%s' is one word too many; write: %s VALUE",
				 ghost_quote(quoted, rest.text), name.text);
	return 0;
}

/**
 * ghost_policyfile_parse() - read a whole policy
 * @text: the file; NUL bytes are a fault
 * @length: how many bytes it has
 * @policy: what the file says, with the default for what it leaves out; undefined on failure
 * @fault: set on failure
 *
 * Return: 0, or -1.
 */
int ghost_policyfile_parse(const char *text, size_t length, struct ghost_policy *policy,
			   struct ghost_fault *fault)
{
	struct parser p = { .policy = policy, .fault = fault };
	const struct ghost_key *key;
	size_t pos = 0;

	ghost_keys_default(policy);
	while (pos < length) {
		const char *end = memchr(text + pos, '\n', length - pos);
		size_t n = end ? (size_t)(end - text) - pos : length - pos;

		p.line++;
		if (line_parse(&p, text + pos, n))
			return -1;
		pos += n + 1;
	}

	p.line++;
	for (key = ghost_keys; key->name; key++) {
		if (key->required && !p.key_line[key - ghost_keys])
			return fault_set(&p, 1, "the file ends without '%s'; in, forward and out are needed",
					 key->name);
		if (!p.key_line[key - ghost_keys])
			ghost_key_set_absent(key, policy);
	}
	return 0;
}

/**
 * ghost_policyfile_print() - write a policy as ghost_policyfile_parse() reads it
 *
 * Keys and values are the same, byte for byte, as in /proc/net/ghost688/policy. So are prefixes,
 * but for the few IPv6 addresses that either the kernel or inet_ntop() ends with an IPv4 one.
 */
void ghost_policyfile_print(const struct ghost_policy *policy, FILE *file)
{
	char value[GHOST_VALUE_LEN], prefix[GHOST_PREFIX_LEN];
	const struct ghost_key *key;
	unsigned int i;

	for (key = ghost_keys; key->name; key++) {
		if (ghost_key_is_absent(key, policy))
			continue;
		fprintf(file, "%-10s %s\n", key->name, ghost_key_format(key, policy, value));
	}
	for (i = 0; i < policy->n_allow; i++)
		fprintf(file, "%-10s %s\n", "allow",
			ghost_prefix_format(&policy->allow[i], prefix));
}
