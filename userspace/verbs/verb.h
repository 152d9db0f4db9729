/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef GHOST_VERB_H
#define GHOST_VERB_H

/**
 * struct ghost_verb - one command
 * @name: the word
 * @run: gets the words after the verb; returns the exit status
 * @args: what may follow the verb, as usage shows it: options, then words. It also says how many
 *	words may: any number if it has "...", none if it is empty or ends in an option, else one
 * @options: the options that not every verb takes, as in "--top N"; NULL for none
 * @words: which words may come first after the verb, with blanks between; NULL for none
 * @summary: one line
 * @about: the help: what it does; NULL if the summary says it all
 * @table: prints a table after @about; NULL for none
 * @examples: examples for the help
 * @exit: the exit statuses, and the privilege that the command needs
 */
struct ghost_verb {
	const char *name;
	int (*run)(int argc, char **argv);
	const char *args;
	const char *options;
	const char *words;
	const char *summary;
	const char *about;
	void (*table)(void);
	const char *examples;
	const char *exit;
};

/* Each is in the file of its name; table.c has their order. */
extern const struct ghost_verb ghost_verb_status;
extern const struct ghost_verb ghost_verb_set;
extern const struct ghost_verb ghost_verb_show;
extern const struct ghost_verb ghost_verb_apply;
extern const struct ghost_verb ghost_verb_save;
extern const struct ghost_verb ghost_verb_allow;
extern const struct ghost_verb ghost_verb_stats;
extern const struct ghost_verb ghost_verb_sources;
extern const struct ghost_verb ghost_verb_monitor;
extern const struct ghost_verb ghost_verb_version;
extern const struct ghost_verb ghost_verb_help;
extern const struct ghost_verb ghost_verb_complete;

#define GHOST_EXIT_READS \
	"Exit status: 0 done; 1 refused or impossible, as without the module; 2 wrong usage."
#define GHOST_EXIT_CHANGES \
	"Exit status: 0 done; 1 refused, and nothing changed; 2 wrong usage.\n" \
	"Needs CAP_NET_ADMIN."

void ghost_verb_explain(const struct ghost_verb *verb);
int ghost_verb_word_unknown(const struct ghost_verb *verb, const char *word);

#endif
