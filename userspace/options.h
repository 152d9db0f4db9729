/* SPDX-License-Identifier: GPL-2.0-only */
/* The options of the command line. */
#ifndef GHOST_OPTIONS_H
#define GHOST_OPTIONS_H

#include <stdbool.h>

/* All of them, for messages and for the shell's completion. */
#define GHOST_OPTIONS "-j|--json -N|--netns NAME -h|--help --version"

/**
 * struct ghost_options - what the command line asks for, besides its verb
 * @json: print JSON
 * @netns: name, path or PID of the network namespace to ask; NULL for this one
 * @argv: all words as they were given, so that a hint can repeat them
 */
struct ghost_options {
	bool json;
	const char *netns;
	char **argv;
};

extern struct ghost_options ghost_options;

int ghost_options_read(int argc, char **argv, bool *help, const char **verb);

#endif
