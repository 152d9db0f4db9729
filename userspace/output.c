// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdio_ext.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <ghost688.h>

#include "message.h"
#include "options.h"
#include "output.h"
#include "text.h"

static bool colour_on;
static bool json_broken;

/* Colours are for terminals, but not for JSON, and not with NO_COLOR: https://no-color.org. */
void ghost_colour_init(void)
{
	const char *no = getenv("NO_COLOR"), *term = getenv("TERM");

	colour_on = !ghost_options.json && !(no && *no) && term && strcmp(term, "dumb") &&
		    isatty(STDOUT_FILENO);
}

/**
 * ghost_colour() - what to print before a coloured text; print that of GHOST_PLAIN after it
 */
const char *ghost_colour(enum ghost_colour colour)
{
	static const char *const codes[] = {
		[GHOST_PLAIN] = "\033[0m",
		[GHOST_BOLD] = "\033[1m",
		[GHOST_DIM] = "\033[2m",
		[GHOST_GREEN] = "\033[32m",
		[GHOST_YELLOW] = "\033[33m",
		[GHOST_RED] = "\033[31m",
	};

	return colour_on ? codes[colour] : "";
}

enum ghost_colour ghost_action_colour(uint32_t action)
{
	switch (action) {
	case GHOST688_ACTION_OFF:
		return GHOST_DIM;
	case GHOST688_ACTION_COUNT:
		return GHOST_GREEN;
	case GHOST688_ACTION_LOG:
		return GHOST_YELLOW;
	default:
		return GHOST_RED;
	}
}

/* As with jansson, a NULL stands for a value that there was no memory for. */

/* jansson's integers end at 2^63 - 1; no packet count gets that far. */
json_t *ghost_json_u64(uint64_t value)
{
	return json_integer(value > INT64_MAX ? INT64_MAX : (json_int_t)value);
}

/* A name from outside: any bytes, but JSON takes only UTF-8. */
json_t *ghost_json_name(const char *name)
{
	char quoted[GHOST_QUOTE_LEN];
	json_t *value = json_string(name);

	return value ? value : json_string(ghost_quote(quoted, name));
}

/* Replaces each - by _, so that jq takes the key without quotes: .last_visit. */
static const char *json_key(char *buf, size_t size, const char *word)
{
	char *c;

	snprintf(buf, size, "%s", word);
	for (c = buf; *c; c++) {
		if (*c == '-')
			*c = '_';
	}
	return buf;
}

/**
 * ghost_json_add() - add a value to an object, which owns it then
 * @word: the key, as the text output has it
 *
 * If there is no memory, ghost_json_print() says so.
 */
void ghost_json_add(json_t *object, const char *word, json_t *value)
{
	char key[64];

	if (json_object_set_new(object, json_key(key, sizeof(key), word), value))
		json_broken = true;
}

/**
 * ghost_json_append() - add a value to an array, which owns it then
 */
void ghost_json_append(json_t *array, json_t *value)
{
	if (json_array_append_new(array, value))
		json_broken = true;
}

/* Other than ASCII may be a command for the terminal. */
#define DUMP_FLAGS (JSON_COMPACT | JSON_ENSURE_ASCII)

/* A longer text is first measured, then printed from memory of its own. */
static char line[16384];

/**
 * ghost_json_print() - print an array or object on one line if it is complete, and free it
 *
 * Return: the exit status. Errors of stdout itself are found when it is closed.
 */
int ghost_json_print(json_t *value)
{
	/* All or nothing: a text of json_dumps() may lack a part that there was no memory for. */
	size_t length = json_broken ? 0 : json_dumpb(value, line, sizeof(line), DUMP_FLAGS);
	char *text = length > sizeof(line) ? malloc(length) : line;
	bool whole = length && text && (text == line ||
		     json_dumpb(value, text, length, DUMP_FLAGS) == length);

	if (whole) {
		fwrite(text, 1, length, stdout);
		putchar('\n');
	}
	if (text != line)
		free(text);
	json_decref(value);
	return whole ? GHOST_OK : ghost_refuse("out of memory");
}

/**
 * ghost_output_settle() - make sure that standard output has got what was printed
 * @err: the exit status of printing it
 *
 * For what must not be lost: if this fails, the caller can print it to standard error instead.
 *
 * Return: the exit status. After an error, what has not been written is dropped, and main() prints
 * no other message.
 */
int ghost_output_settle(int err)
{
	if (fflush(stdout) || ferror(stdout))
		err = ghost_refuse("cannot write to standard output: %s", strerror(errno));
	if (err) {
		__fpurge(stdout);
		clearerr(stdout);
	}
	return err;
}
