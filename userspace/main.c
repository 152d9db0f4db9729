// SPDX-License-Identifier: GPL-2.0-only
/* ghost688: options, and a table of verbs. */
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli.h"
#include "output.h"
#include "text.h"

struct ghost_cli ghost_cli;

#define EXIT_READS \
	"Exit status: 0 done; 1 the module is not loaded, or does not answer; 2 wrong usage."
#define EXIT_CHANGES \
	"Exit status: 0 done; 1 refused, and nothing changed; 2 wrong usage.\n" \
	"Needs CAP_NET_ADMIN."

const struct ghost_verb ghost_verbs[] = {
	{ "status", ghost_status, "", "what is armed, totals, last visit; the default command",
	  "Shows the action of each direction, the visits by verdict, when the last one came,\n"
	  "log lines written and held back, and packets too short to tell their port.\n\n"
	  "  ghost688\n"
	  "  ghost688 -j status | jq '.[0].last_visit'\n\n" EXIT_READS },
	{ "set", ghost_set, "[ACTION] [KEY=VALUE...]", "change settings, all at one stroke",
	  "ACTION is for the three directions, but for those that have a KEY of their own. What\n"
	  "is not named stays.\n\n"
	  "  in, forward, out  off count log drop drop,log reject reject,log\n"
	  "  replies           match exempt trust\n"
	  "  log-rate          N/s N/m N/h, N from 1 to 1000000\n"
	  "  log-burst         1 to 10000\n"
	  "  log-target        syslog, or nflog:GROUP with GROUP from 0 to 65535\n\n"
	  "  ghost688 set drop\n"
	  "  ghost688 set drop out=log replies=match\n"
	  "  ghost688 set in=drop,log out=log log-rate=5/s\n\n" EXIT_CHANGES },
	{ "show", ghost_show, "", "print the policy as a policy file",
	  "Prints what apply reads.\n\n"
	  "  ghost688 show > policy\n"
	  "  ghost688 -j show\n\n" EXIT_READS },
	{ "apply", ghost_apply, "FILE|-", "replace the whole policy with a file's",
	  "The file replaces the policy at one stroke; a bad file changes nothing, and its fault\n"
	  "is told as FILE:LINE:COLUMN. in, forward and out must stand in it; what else is left\n"
	  "out takes its default. A # begins a comment.\n\n"
	  "  in         drop,log\n"
	  "  forward    drop\n"
	  "  out        log\n"
	  "  replies    exempt\n"
	  "  log-rate   10/s\n"
	  "  log-burst  20\n"
	  "  log-target syslog\n"
	  "  allow      10.0.0.0/8     # as many as 256\n\n"
	  "  ghost688 apply " GHOST_CONF "\n"
	  "  ghost688 show | sed 's/^out .*/out off/' | ghost688 apply -\n\n" EXIT_CHANGES },
	{ "save", ghost_save, "[FILE|-]", "write the policy to a file (" GHOST_CONF ")",
	  "The file is replaced by rename: at any moment it is the old one or the new one. One\n"
	  "that is a mount is overwritten. An old file keeps its mode, owner, ACL and attributes, a\n"
	  "symbolic link stays. A pipe, a terminal and /dev/stdout are written to as they stand;\n"
	  "- is standard output. With --netns NAME and no FILE it is /etc/netns/NAME/ghost688.conf.\n\n"
	  "  ghost688 save\n"
	  "  ghost688 save /root/ghost688.before\n"
	  "  ghost688 -N visitor save\n\n"
	  "Exit status: 0 done; 1 impossible, and the old file stands; 2 wrong usage." },
	{ "allow", ghost_allow, "[add PREFIX... | del PREFIX... | flush]",
	  "the prefixes that may visit",
	  "Alone it prints them, one a line. All prefixes of one command are added or deleted at\n"
	  "one stroke; what is there already, or is not there, is told and no error. An address\n"
	  "alone means itself: /32 or /128. The far end is what counts: the source in in and\n"
	  "forward, the destination in out.\n\n"
	  "  ghost688 allow add 10.0.0.0/8 2001:db8::/32\n"
	  "  ghost688 allow del 10.0.0.0/8\n\n" EXIT_CHANGES " To print them needs nothing." },
	{ "stats", ghost_stats, "[reset]", "counters, on the wire; reset answers what it reset",
	  "A row for each direction, family, protocol and verdict that was ever hit. Packets too\n"
	  "short to tell their port have '-' for a protocol and 'truncated' for a verdict.\n"
	  "reset starts all counts anew and prints what they were; no packet is lost between. When\n"
	  "standard output does not take it, it is printed to standard error, and the counts are\n"
	  "anew all the same.\n\n"
	  "  ghost688 stats | awk '$4 == \"dropped\" { n += $5 } END { print n }'\n"
	  "  ghost688 -j stats reset\n\n" EXIT_READS "\nreset needs CAP_NET_ADMIN." },
	{ "version", ghost_version, "", "versions of this tool and of the module",
	  "Versions and ABIs; a module that is not loaded is no error here. This tool's own is\n"
	  "told even where nothing can be asked.\n\n"
	  "  ghost688 version\n\n"
	  "Exit status: 0 done; 1 the module does not answer; 2 wrong usage." },
	{ "help", ghost_help, "[COMMAND]", "this, or the help of a command",
	  "  ghost688 help\n"
	  "  ghost688 help set\n\n"
	  "Exit status: 0 done; 2 wrong usage." },
	{ NULL, NULL, NULL, NULL, NULL }
};

__attribute__((format(printf, 1, 0)))
static void complain(const char *fmt, va_list args)
{
	fputs("ghost688: ", stderr);
	vfprintf(stderr, fmt, args);
	fputc('\n', stderr);
}

int ghost_refuse(const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	complain(fmt, args);
	va_end(args);
	return GHOST_REFUSED;
}

int ghost_misuse(const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	complain(fmt, args);
	va_end(args);
	return GHOST_MISUSE;
}

void ghost_note(const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	complain(fmt, args);
	va_end(args);
}

const struct ghost_verb *ghost_verb_find(const char *name)
{
	const struct ghost_verb *verb;

	for (verb = ghost_verbs; verb->name; verb++) {
		if (!strcmp(verb->name, name))
			return verb;
	}
	return NULL;
}

/* How many words a verb takes at most; the verbs that take more look at each themselves. */
static int words_max(const struct ghost_verb *verb)
{
	if (!*verb->args)
		return 0;
	return strstr(verb->args, "...") ? -1 : 1;
}

static int verb_run(const struct ghost_verb *verb, int argc, char **argv)
{
	int max = words_max(verb);
	char quoted[GHOST_QUOTE_LEN];

	if (max >= 0 && argc > max)
		return ghost_misuse("%s takes %s, but got '%s'; see: ghost688 help %s", verb->name,
				    max ? "one word" : "nothing", ghost_quote(quoted, argv[max]),
				    verb->name);
	ghost_colour_init();
	return verb->run(argc, argv);
}

/* A descriptor that is closed would be given to a socket, and the output written to that. */
static void standard_files_hold(void)
{
	int fd;

	for (fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++) {
		/* The wrong way round, so that to use it is an error still. */
		if (fcntl(fd, F_GETFD) < 0 &&
		    open("/dev/null", fd == STDIN_FILENO ? O_WRONLY : O_RDONLY) < 0)
			exit(GHOST_REFUSED);
	}
}

#define OPT_VERSION 256

/*
 * What getopt stumbled on. Of letters behind one dash it is one, which optopt tells. It tells a
 * long option's as well, if that is known and its value is the trouble: then the word is read.
 */
static const char *option_name(char *quoted, const char *word)
{
	const char letter[] = { '-', optopt, 0 };
	bool known = optopt == OPT_VERSION || (optopt > 0 && strchr("jNh", optopt));

	return ghost_quote(quoted, !optopt || (known && !strncmp(word, "--", 2)) ? word : letter);
}

static int options_read(int argc, char **argv, bool *help, const char **verb)
{
	static const struct option options[] = {
		{ "json", no_argument, NULL, 'j' },
		{ "netns", required_argument, NULL, 'N' },
		{ "help", no_argument, NULL, 'h' },
		{ "version", no_argument, NULL, OPT_VERSION },
		{ NULL, 0, NULL, 0 }
	};
	int option;

	opterr = 0;
	while ((option = getopt_long(argc, argv, ":jN:h", options, NULL)) >= 0) {
		char quoted[GHOST_QUOTE_LEN];

		switch (option) {
		case 'j':
			ghost_cli.json = true;
			break;
		case 'N':
			if (!*optarg)
				return ghost_misuse("--netns needs a NAME");
			ghost_cli.netns = optarg;
			break;
		case 'h':
			*help = true;
			break;
		case OPT_VERSION:
			*verb = "version";
			break;
		case ':':
			return ghost_misuse("option '%s' needs a NAME",
					    option_name(quoted, argv[optind - 1]));
		default:
			return ghost_misuse("option '%s' is unknown or takes no value; options: -j|--json -N|--netns NAME -h|--help --version",
					    option_name(quoted, argv[optind - 1]));
		}
	}
	return GHOST_OK;
}

static int run(int argc, char **argv)
{
	const char *name = NULL;
	const struct ghost_verb *verb;
	bool help = false;
	int err = options_read(argc, argv, &help, &name);

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
		return ghost_verb_unknown(name);
	if (!help || !name)
		return verb_run(verb, argc, argv);
	ghost_help_verb(verb);
	return GHOST_OK;
}

int main(int argc, char **argv)
{
	char **words;
	int err, i;

	standard_files_hold();
	/* A file size limit is then an error of write(), with a message. */
	signal(SIGXFSZ, SIG_IGN);

	/* getopt sorts the words; a hint is to repeat them as they were. */
	words = calloc(argc + 1, sizeof(*words));
	if (!words)
		return ghost_refuse("out of memory");
	for (i = 0; i < argc; i++)
		words[i] = argv[i];
	ghost_cli.argv = words;

	err = run(argc, argv);
	if (fflush(stdout) || ferror(stdout) || fclose(stdout))
		err = ghost_refuse("cannot write to standard output: %s", strerror(errno));
	free(words);
	return err;
}
