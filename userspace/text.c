// SPDX-License-Identifier: GPL-2.0-only
/* Text from outside: shown without control characters, and read as a number. */
#include <stdio.h>
#include <string.h>

#include "text.h"

/* Bytes that are not printable ASCII become hexadecimal; so does @special, if it is not 0. */
static char *quote(char *buf, const char *word, unsigned char special)
{
	char *out = buf;
	size_t i;

	for (i = 0; word[i] && i < GHOST_QUOTE_MAX; i++) {
		unsigned char c = word[i];

		if (c < 0x20 || c >= 0x7f || c == special)
			out += sprintf(out, "\\x%02x", c);
		else
			*out++ = c;
	}
	strcpy(out, word[i] ? "..." : "");
	return buf;
}

/**
 * ghost_quote() - make a word safe to show on a terminal
 * @buf: of %GHOST_QUOTE_LEN bytes
 * @word: any bytes; long ones are cut
 *
 * Return: @buf.
 */
char *ghost_quote(char *buf, const char *word)
{
	return quote(buf, word, 0);
}

/**
 * ghost_quote_name() - make a name safe to show among fields such as uid=0
 * @buf: of %GHOST_QUOTE_LEN bytes
 * @name: any bytes, as whoever named a thread or an interface chose them; long ones are cut
 *
 * A name that could be taken for another field gets double quotes around it.
 *
 * Return: @buf.
 */
char *ghost_quote_name(char *buf, const char *name)
{
	if (!strpbrk(name, " =\""))
		return ghost_quote(buf, name);
	*buf = '"';
	quote(buf + 1, name, '"');
	return strcat(buf, "\"");
}

/**
 * ghost_clean() - make a text one line without control characters, in place
 * @text: such as a text of the kernel, or the name of a file
 *
 * Return: @text.
 */
char *ghost_clean(char *text)
{
	char *c;

	for (c = text; *c; c++) {
		if ((unsigned char)*c < 0x20 || *c == 0x7f)
			*c = ' ';
	}
	return text;
}

/**
 * ghost_number() - read a decimal number
 * @text: digits and nothing else; no sign, no space, no leading zero
 * @min: smallest value
 * @max: largest value
 * @value: set on success
 *
 * Return: 0, or -1 when @text is anything else.
 */
int ghost_number(const char *text, uint32_t min, uint32_t max, uint32_t *value)
{
	uint64_t n = 0;
	size_t i;

	if (!*text || (text[0] == '0' && text[1]))
		return -1;
	for (i = 0; text[i]; i++) {
		if (text[i] < '0' || text[i] > '9')
			return -1;
		n = n * 10 + (text[i] - '0');
		if (n > max)
			return -1;
	}
	if (n < min)
		return -1;
	*value = n;
	return 0;
}
