// SPDX-License-Identifier: GPL-2.0-only
#include <stdio.h>

#include "message.h"
#include "options.h"
#include "verbs/table.h"

static void help_all(void)
{
	const struct ghost_verb *const *verb;

	puts("usage: ghost688 [-j|--json] [-N|--netns NAME] [COMMAND]\n\n"
	     "The tripwire for port 688: counts, logs and drops what visits it.\n\n"
	     "commands:");
	for (verb = ghost_verbs; *verb; verb++)
		printf("  %-10s %s\n", (*verb)->name, (*verb)->summary);
	puts("\noptions:\n"
	     "  -j, --json        JSON: an array of objects\n"
	     "  -N, --netns NAME  work in this network namespace (a name, path or PID)\n"
	     "  -h, --help        this, or the help of a command\n"
	     "      --version     versions of this tool and of the module\n\n"
	     "exit status: 0 done; 1 refused or impossible; 2 wrong usage\n\n"
	     "More on a command: ghost688 help COMMAND. All of it: man ghost688.");
}

static int help_run(int argc, char **argv)
{
	const struct ghost_verb *verb;

	if (ghost_options.json)
		return ghost_misuse("help is for people; it has no JSON");
	if (!argc) {
		help_all();
		return GHOST_OK;
	}
	verb = ghost_verb_find(argv[0]);
	if (!verb)
		return GHOST_MISUSE;
	ghost_verb_explain(verb);
	return GHOST_OK;
}

const struct ghost_verb ghost_verb_help = {
	.name = "help",
	.run = help_run,
	.args = "[COMMAND]",
	.summary = "this, or the help of a command",
	.examples =
		"  ghost688 help\n"
		"  ghost688 help set",
	.exit = "Exit status: 0 done; 2 wrong usage.",
};
