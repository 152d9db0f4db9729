// SPDX-License-Identifier: GPL-2.0-only
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <ghost688.h>

#include "message.h"
#include "options.h"
#include "output.h"

static bool colour_on;
static bool json_broken;

/* Only for eyes: a terminal, no JSON, nobody said no (https://no-color.org). */
void ghost_colour_init(void)
{
	const char *no = getenv("NO_COLOR"), *term = getenv("TERM");

	colour_on = !ghost_options.json && !(no && *no) && term && strcmp(term, "dumb") &&
		    isatty(STDOUT_FILENO);
}

/**
 * ghost_colour() - what to print before a text to give it a colour, and GHOST_PLAIN behind it
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

/* The functions for JSON take a NULL for what there was no memory for, as jansson's do. */

/* JSON's integers end at 2^63 - 1 here; a packet count does not get there. */
json_t *ghost_json_u64(uint64_t value)
{
	return json_integer(value > INT64_MAX ? INT64_MAX : (json_int_t)value);
}

/* The word with _ for each -, as jq takes it unquoted: .last_visit. */
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
 * ghost_json_add() - add a value that the object takes over; ghost_json_print() tells of no memory
 * @word: the key as text has it
 */
void ghost_json_add(json_t *object, const char *word, json_t *value)
{
	char key[64];

	if (json_object_set_new(object, json_key(key, sizeof(key), word), value))
		json_broken = true;
}

/**
 * ghost_json_append() - add a value that the array takes over: it may be gone then
 */
void ghost_json_append(json_t *array, json_t *value)
{
	if (json_array_append_new(array, value))
		json_broken = true;
}

/**
 * ghost_json_print() - print an array on one line if all of it is there, and free it
 *
 * Return: the exit status. Trouble with stdout itself is told when it is closed.
 */
int ghost_json_print(json_t *array)
{
	/* Half an array is worse than none; a text that jansson lets grow may lack a part. */
	size_t length = json_broken ? 0 : json_dumpb(array, NULL, 0, JSON_COMPACT);
	char *text = length ? malloc(length) : NULL;
	bool whole = text && json_dumpb(array, text, length, JSON_COMPACT) == length;

	if (whole) {
		fwrite(text, 1, length, stdout);
		putchar('\n');
	}
	free(text);
	json_decref(array);
	return whole ? GHOST_OK : ghost_refuse("out of memory");
}
