/* SPDX-License-Identifier: GPL-2.0-only */
/* The options of the command line. */
#ifndef GHOST_OPTIONS_H
#define GHOST_OPTIONS_H

#include <stdbool.h>
#include <stdint.h>

/* Those that every verb takes, for messages and for the shell's completion. */
#define GHOST_OPTIONS "-j|--json -N|--netns NAME -h|--help --version"

/* Those that only some verbs take; each of these names its own in struct ghost_verb. */
enum ghost_own_option {
	GHOST_OWN_TOP,
	GHOST_OWN_COUNT,
	GHOST_OWN_TIMEOUT,
	GHOST_OWN_DIRECTION,
	GHOST_OWN_RESOLVE,
	GHOST_OWN_OPTIONS
};

/**
 * struct ghost_options - what the command line asks for, besides its verb
 * @json: print JSON
 * @netns: name, path or PID of the network namespace to ask; NULL for this one
 * @own: the values of options that only some verbs take; NULL for one that is not given,
 *	and "" for one that takes no value
 * @argv: all words as they were given, so that a hint can repeat them
 */
struct ghost_options {
	bool json;
	const char *netns;
	const char *own[GHOST_OWN_OPTIONS];
	char **argv;
};

extern struct ghost_options ghost_options;

int ghost_options_read(int argc, char **argv, bool *help, const char **verb);
int ghost_options_check(const char *verb, const char *taken);
int ghost_options_number(enum ghost_own_option own, uint32_t max, uint32_t *number);

#endif
