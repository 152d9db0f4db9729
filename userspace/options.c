// SPDX-License-Identifier: GPL-2.0-only
#include <getopt.h>
#include <stdlib.h>
#include <string.h>

#include "message.h"
#include "options.h"
#include "text.h"

struct ghost_options ghost_options;

/* What getopt returns for options without a letter. */
enum { OPTION_VERSION = 256, OPTION_OWN };

static const struct option options[] = {
	{ "json", no_argument, NULL, 'j' },
	{ "netns", required_argument, NULL, 'N' },
	{ "help", no_argument, NULL, 'h' },
	{ "version", no_argument, NULL, OPTION_VERSION },
	{ "top", required_argument, NULL, OPTION_OWN + GHOST_OWN_TOP },
	{ "count", required_argument, NULL, OPTION_OWN + GHOST_OWN_COUNT },
	{ "timeout", required_argument, NULL, OPTION_OWN + GHOST_OWN_TIMEOUT },
	{ "direction", required_argument, NULL, OPTION_OWN + GHOST_OWN_DIRECTION },
	{ "resolve", no_argument, NULL, OPTION_OWN + GHOST_OWN_RESOLVE },
	{ NULL, 0, NULL, 0 }
};

/*
 * The option that getopt complains about, quoted for a message. optopt holds the letter of a wrong
 * short option. It also holds the letter of a known long option that lacks its value or has one too
 * many; that one is shown as the user wrote it.
 */
static const char *option_name(char *quoted, const char *word)
{
	const char letter[] = { '-', optopt, 0 };
	bool known = optopt >= OPTION_VERSION || (optopt > 0 && strchr("jNh", optopt));

	return ghost_quote(quoted, !optopt || (known && !strncmp(word, "--", 2)) ? word : letter);
}

/* getopt moves the options to the front of argv. */
static int argv_keep(int argc, char **argv)
{
	ghost_options.argv = calloc(argc + 1, sizeof(*argv));
	if (!ghost_options.argv)
		return ghost_refuse("out of memory");
	memcpy(ghost_options.argv, argv, argc * sizeof(*argv));
	return GHOST_OK;
}

/**
 * ghost_options_read() - fill in ghost_options; optind is then the first word that is no option
 * @help: set to true if help is asked for
 * @verb: set to the verb that an option stands for, if there is such an option
 *
 * Return: 0, or the exit status after a message.
 */
int ghost_options_read(int argc, char **argv, bool *help, const char **verb)
{
	int option, err = argv_keep(argc, argv);

	if (err)
		return err;
	opterr = 0;
	while ((option = getopt_long(argc, argv, ":jN:h", options, NULL)) >= 0) {
		char quoted[GHOST_QUOTE_LEN];

		switch (option) {
		case 'j':
			ghost_options.json = true;
			break;
		case 'N':
			if (!*optarg)
				return ghost_misuse("--netns needs a NAME");
			ghost_options.netns = optarg;
			break;
		case 'h':
			*help = true;
			break;
		case OPTION_VERSION:
			*verb = "version";
			break;
		case ':':
			return ghost_misuse("option '%s' needs a %s",
					    option_name(quoted, argv[optind - 1]),
					    optopt < OPTION_OWN ? "NAME" : "value");
		default:
			if (option >= OPTION_OWN) {
				ghost_options.own[option - OPTION_OWN] = optarg ? optarg : "";
				break;
			}
			return ghost_misuse("option '%s' is unknown or takes no value; options: "
					    GHOST_OPTIONS, option_name(quoted, argv[optind - 1]));
		}
	}
	return GHOST_OK;
}

/* Whether a list such as "--top N" names this option. */
static bool is_taken(const char *taken, const char *name)
{
	size_t length = strlen(name);

	while (taken && (taken = strstr(taken, "--"))) {
		taken += 2;
		if (strcspn(taken, " ") == length && !strncmp(taken, name, length))
			return true;
	}
	return false;
}

/**
 * ghost_options_check() - refuse an option that this verb does not take
 * @verb: its name
 * @taken: its own options; NULL for none
 *
 * Return: 0, or the exit status after a message.
 */
int ghost_options_check(const char *verb, const char *taken)
{
	const struct option *option;

	for (option = options; option->name; option++) {
		if (option->val >= OPTION_OWN && ghost_options.own[option->val - OPTION_OWN] &&
		    !is_taken(taken, option->name))
			return ghost_misuse("%s has no option '--%s'; see: ghost688 help %s", verb,
					    option->name, verb);
	}
	return GHOST_OK;
}

/**
 * ghost_options_number() - read an option of a verb that is a number, at least 1
 * @number: left as it is if the option was not given
 *
 * Return: 0, or the exit status after a message.
 */
int ghost_options_number(enum ghost_own_option own, uint32_t max, uint32_t *number)
{
	const char *text = ghost_options.own[own];
	const struct option *option = options;
	char quoted[GHOST_QUOTE_LEN];

	if (!text || !ghost_number(text, 1, max, number))
		return GHOST_OK;
	while (option->val != OPTION_OWN + (int)own)
		option++;
	return ghost_misuse("'%s' is no number for --%s; write one from 1 to %u",
			    ghost_quote(quoted, text), option->name, max);
}
