// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "genl.h"
#include "keys.h"
#include "message.h"
#include "module.h"
#include "nlpolicy.h"
#include "policy.h"
#include "policyfile.h"
#include "verbs/verb.h"

/* Stops one byte above the limit. Return: how many bytes it read, or -errno. */
static ssize_t text_read(int fd, char *text)
{
	size_t used = 0;

	while (used <= GHOST_FILE_MAX) {
		ssize_t got = read(fd, text + used, GHOST_FILE_MAX + 1 - used);

		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0)
			return -errno;
		if (!got)
			break;
		used += got;
	}
	return used;
}

static int policy_load(const char *path, struct ghost_policy *policy)
{
	bool is_stdin = !strcmp(path, "-");
	char *name = ghost_clean(strdupa(is_stdin ? "<stdin>" : path));
	struct ghost_fault fault;
	ssize_t length;
	char *text;
	int err = GHOST_OK, fd = STDIN_FILENO;

	if (!is_stdin)
		fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return ghost_refuse("%s: %s", name, strerror(errno));
	text = malloc(GHOST_FILE_MAX + 1);
	length = text ? text_read(fd, text) : -ENOMEM;
	if (!is_stdin)
		close(fd);

	if (length < 0)
		err = ghost_refuse("%s: %s", name, strerror(-length));
	else if (length > GHOST_FILE_MAX)
		err = ghost_refuse("%s: larger than %d bytes, the most a policy may have", name,
				   GHOST_FILE_MAX);
	else if (ghost_policyfile_parse(text, length, policy, &fault))
		err = ghost_refuse("%s:%u:%u: %s", name, fault.line, fault.column, fault.text);
	free(text);
	return err;
}

static int apply_run(int argc, char **argv)
{
	struct ghost_policy policy;
	struct ghost_genl genl;
	int err;

	if (!argc)
		return ghost_misuse("apply needs a FILE, or - for standard input");
	err = policy_load(argv[0], &policy);
	if (err)
		return err;
	err = ghost_module_open(&genl);
	if (err)
		return err;
	err = ghost_policy_set(&genl, &policy, NULL);
	if (err)
		err = ghost_policy_refused(&genl, err);
	ghost_genl_close(&genl);
	return err;
}

static void defaults_print(void)
{
	char value[GHOST_VALUE_LEN];
	const struct ghost_key *key;
	struct ghost_policy policy;

	ghost_keys_default(&policy);
	for (key = ghost_keys; key->name; key++)
		printf("  %-10s %s\n", key->name, ghost_key_format(key, &policy, value));
	printf("  %-10s %-14s # as many as %d\n", "allow", "10.0.0.0/8", GHOST688_ALLOW_MAX);
}

const struct ghost_verb ghost_verb_apply = {
	.name = "apply",
	.run = apply_run,
	.args = "FILE|-",
	.summary = "replace the whole policy with that of a file",
	.about =
		"The policy is replaced in one step. A bad file changes nothing, and the message says\n"
		"where it is wrong: FILE:LINE:COLUMN. A line is a key and its value; # begins a comment.\n"
		"in, forward and out must be there. A key that is left out takes its default, as here:",
	.table = defaults_print,
	.examples =
		"  ghost688 apply " GHOST_CONF "\n"
		"  ghost688 show | sed 's/^out .*/out off/' | ghost688 apply -",
	.exit = GHOST_EXIT_CHANGES,
};
