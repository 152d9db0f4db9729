// SPDX-License-Identifier: GPL-2.0-only
#include <stdio.h>

#include "message.h"
#include "text.h"
#include "verbs/verb.h"

/**
 * ghost_verb_explain() - print the help of one verb
 */
void ghost_verb_explain(const struct ghost_verb *verb)
{
	printf("usage: ghost688 %s%s%s\n\n", verb->name, *verb->args ? " " : "", verb->args);
	if (verb->about)
		printf("%s\n\n", verb->about);
	if (verb->table) {
		verb->table();
		putchar('\n');
	}
	printf("%s\n\n%s\n", verb->examples, verb->exit);
}

/**
 * ghost_verb_word_unknown() - say which words may come first after a verb
 * @word: the word that came instead
 *
 * Return: the exit status.
 */
int ghost_verb_word_unknown(const struct ghost_verb *verb, const char *word)
{
	char quoted[GHOST_QUOTE_LEN];

	return ghost_misuse("unknown word '%s' for %s; words: %s", ghost_quote(quoted, word),
			    verb->name, verb->words);
}
