/* SPDX-License-Identifier: GPL-2.0-only */
/* What every verb gets: the options, its place in the table, the ways to fail. */
#ifndef GHOST_CLI_H
#define GHOST_CLI_H

#include <stdbool.h>
#include <stddef.h>

/* Exit statuses; part of the interface. */
enum { GHOST_OK, GHOST_REFUSED, GHOST_MISUSE };

#define GHOST_CONF "/etc/ghost688.conf"
/* Of a named network namespace. */
#define GHOST_NETNS_CONF "/etc/netns/%s/ghost688.conf"

/**
 * struct ghost_cli - the command line
 * @json: print JSON
 * @netns: name, path or process of the network namespace to ask, NULL for this one
 * @argv: all words as they were given, to repeat them in a hint
 */
struct ghost_cli {
	bool json;
	const char *netns;
	char **argv;
};

extern struct ghost_cli ghost_cli;

/**
 * struct ghost_verb - one command
 * @name: the word
 * @run: gets the words behind the verb; returns the exit status
 * @args: what may stand behind the verb, for usage
 * @summary: one line
 * @help: all the rest
 */
struct ghost_verb {
	const char *name;
	int (*run)(int argc, char **argv);
	const char *args;
	const char *summary;
	const char *help;
};

extern const struct ghost_verb ghost_verbs[];
const struct ghost_verb *ghost_verb_find(const char *name);
int ghost_verb_unknown(const char *name);

int ghost_status(int argc, char **argv);
int ghost_set(int argc, char **argv);
int ghost_show(int argc, char **argv);
int ghost_apply(int argc, char **argv);
int ghost_save(int argc, char **argv);
int ghost_allow(int argc, char **argv);
int ghost_stats(int argc, char **argv);
int ghost_version(int argc, char **argv);
int ghost_help(int argc, char **argv);
void ghost_help_verb(const struct ghost_verb *verb);

/* Print one line to stderr; return GHOST_REFUSED and GHOST_MISUSE. */
int ghost_refuse(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
int ghost_misuse(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
int ghost_capability_lacks(const char *what, int number, const char *name);
/* The same for what is worth a word and no failure. */
void ghost_note(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

#endif
