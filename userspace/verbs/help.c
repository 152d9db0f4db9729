// SPDX-License-Identifier: GPL-2.0-only
#include <stdio.h>

#include "cli.h"

static void help_all(void)
{
	const struct ghost_verb *verb;

	puts("usage: ghost688 [-j|--json] [-N|--netns NAME] COMMAND\n\n"
	     "The tripwire for port 688: counts, logs and drops what visits it.\n\n"
	     "commands:");
	for (verb = ghost_verbs; verb->name; verb++)
		printf("  %-10s %s\n", verb->name, verb->summary);
	puts("\noptions:\n"
	     "  -j, --json        JSON: an array of flat objects\n"
	     "  -N, --netns NAME  work in this network namespace (a name, path or PID)\n"
	     "  -h, --help        this, or the help of a command\n"
	     "      --version     versions of this tool and of the module\n\n"
	     "exit status: 0 done; 1 refused or impossible; 2 wrong usage\n\n"
	     "More on a command: ghost688 help COMMAND. All of it: man ghost688.");
}

/**
 * ghost_help_verb() - all that there is to know about one verb
 */
void ghost_help_verb(const struct ghost_verb *verb)
{
	printf("usage: ghost688 %s%s%s\n\n%s\n", verb->name, *verb->args ? " " : "", verb->args,
	       verb->help);
}

int ghost_help(int argc, char **argv)
{
	const struct ghost_verb *verb;

	if (ghost_cli.json)
		return ghost_misuse("help is for people; it has no JSON");
	if (!argc) {
		help_all();
		return GHOST_OK;
	}
	verb = ghost_verb_find(argv[0]);
	if (!verb)
		return ghost_verb_unknown(argv[0]);
	ghost_help_verb(verb);
	return GHOST_OK;
}
