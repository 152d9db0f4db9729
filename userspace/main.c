// SPDX-License-Identifier: GPL-2.0-only
/* ghost688: read the options, find the verb, run it. */
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "message.h"
#include "options.h"
#include "output.h"
#include "text.h"
#include "verbs/table.h"

/* How many words a verb takes at most; -1 if it checks them itself. */
static int words_max(const struct ghost_verb *verb)
{
	const char *last = strrchr(verb->args, '[');

	if (strstr(verb->args, "..."))
		return -1;
	return *verb->args && (!last || strncmp(last, "[--", 3)) ? 1 : 0;
}

static int verb_run(const struct ghost_verb *verb, int argc, char **argv)
{
	int max = words_max(verb), err = ghost_options_check(verb->name, verb->options);
	char quoted[GHOST_QUOTE_LEN];

	if (err)
		return err;
	if (max >= 0 && argc > max)
		return ghost_misuse("%s takes %s, but got '%s'; see: ghost688 help %s", verb->name,
				    max ? "one word" : "nothing", ghost_quote(quoted, argv[max]),
				    verb->name);
	ghost_colour_init();
	return verb->run(argc, argv);
}

static int run(int argc, char **argv)
{
	const struct ghost_verb *verb;
	const char *name = NULL;
	bool help = false;
	int err = ghost_options_read(argc, argv, &help, &name);

	if (err)
		return err;
	argc -= optind;
	argv += optind;
	if (!name && argc) {
		name = *argv++;
		argc--;
	}
	verb = ghost_verb_find(name ? name : help ? "help" : "status");
	if (!verb)
		return GHOST_MISUSE;
	if (!help || !name)
		return verb_run(verb, argc, argv);
	ghost_verb_explain(verb);
	return GHOST_OK;
}

/*
 * If a standard descriptor is closed, a socket or a file would get its number, and the output would
 * be written to it. Open /dev/null there instead, in the wrong mode: reading from standard input or
 * writing to the others remains an error.
 */
static void standard_files_hold(void)
{
	int fd;

	for (fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++) {
		if (fcntl(fd, F_GETFD) < 0 &&
		    open("/dev/null", fd == STDIN_FILENO ? O_WRONLY : O_RDONLY) < 0)
			exit(GHOST_REFUSED);
	}
}

int main(int argc, char **argv)
{
	int err;

	standard_files_hold();
	/* write() then fails with an error when a file hits the size limit. */
	signal(SIGXFSZ, SIG_IGN);
	err = run(argc, argv);
	if (fflush(stdout) || ferror(stdout) || fclose(stdout))
		err = ghost_refuse("cannot write to standard output: %s", strerror(errno));
	return err;
}
