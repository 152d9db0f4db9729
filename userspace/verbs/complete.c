// SPDX-License-Identifier: GPL-2.0-only
/* Only completion/ghost688 uses this verb, so no list of verbs shows it. */
#include <stdio.h>
#include <string.h>

#include "keys.h"
#include "message.h"
#include "options.h"
#include "verbs/table.h"
#include "words.h"

static void options_print(void)
{
	const char *c;

	fputs("option ", stdout);
	for (c = GHOST_OPTIONS; *c; c++)
		putchar(*c == '|' ? ' ' : *c);
	putchar('\n');
}

static int complete_run(int argc, char **argv)
{
	char list[GHOST_WORDS_LEN], offers[GHOST_VALUES_LEN];
	const struct ghost_verb *const *verb;
	const struct ghost_key *key;

	(void)argc;
	(void)argv;
	options_print();
	for (verb = ghost_verbs; *verb; verb++)
		printf("verb %s %s\n", (*verb)->name, (*verb)->words ? (*verb)->words :
		       strstr((*verb)->args, "FILE") ? "FILE" : "");
	for (verb = ghost_verbs; *verb; verb++) {
		if ((*verb)->options)
			printf("own %s %s\n", (*verb)->name, (*verb)->options);
	}
	printf("action %s\n", ghost_word_list(ghost_actions, list));
	for (key = ghost_keys; key->name; key++)
		printf("key %s %s\n", key->name, ghost_key_offers(key, offers));
	return GHOST_OK;
}

const struct ghost_verb ghost_verb_complete = {
	.name = "complete",
	.run = complete_run,
	.args = "",
	.about =
		"Prints the words that the shell may complete. A line is one of these:\n\n"
		"  option WORD...       all options, and NAME for what one of them takes\n"
		"  verb VERB [WORD...]  a command, and what may come first after it\n"
		"  own VERB WORD...     options that only this command takes, with a name for their values\n"
		"  action WORD...       what may come first after set\n"
		"  key KEY WORD...      a key for set, and values to begin with",
	.examples = "  ghost688 complete",
	.exit = "Exit status: 0 done; 2 wrong usage.",
};
