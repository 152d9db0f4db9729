// SPDX-License-Identifier: GPL-2.0-only
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "atomicfile.h"
#include "edit.h"
#include "message.h"
#include "netns.h"
#include "options.h"
#include "policy.h"
#include "policyfile.h"
#include "text.h"
#include "verbs/verb.h"

/* The file of a network namespace that has a name. */
#define NETNS_CONF "/etc/netns/%s/ghost688.conf"

/* Writes the policy as text. Refuses a policy that apply would not read back. */
static int text_make(const struct ghost_policy *policy, char **text, size_t *length)
{
	struct ghost_policy back;
	struct ghost_fault fault;
	FILE *file = open_memstream(text, length);
	int err;

	if (!file)
		return ghost_refuse("out of memory");
	ghost_policyfile_print(policy, file);
	if (fclose(file))
		return ghost_refuse("out of memory");
	err = ghost_policy_whole(policy);
	if (!err && ghost_policyfile_parse(*text, *length, &back, &fault))
		err = ghost_refuse("this tool does not know a part of the policy (%s); install the same version of both",
				   fault.text);
	return err;
}

/* Where ip-netns(8) keeps the files of a namespace; only one with a name has any. */
static int netns_path(char *path, const char *name)
{
	uint32_t pid;

	if (strchr(name, '/') ||
	    (!ghost_number(name, 1, INT_MAX, &pid) && !ghost_netns_named(name)))
		return ghost_misuse("save with --netns of a path or a process needs a FILE, or - for standard output");
	if (snprintf(path, PATH_MAX, NETNS_CONF, name) >= PATH_MAX)
		return ghost_refuse("the name of the network namespace is too long");
	return GHOST_OK;
}

/*
 * GHOST_CONF belongs to the first network namespace, unless "ip netns exec" or a container mounted
 * a file of this namespace there.
 */
static bool conf_is_ours(void)
{
	struct statx file;

	if (ghost_netns_is_first())
		return true;
	return !statx(AT_FDCWD, GHOST_CONF, AT_NO_AUTOMOUNT, STATX_TYPE, &file) &&
	       file.stx_attributes & STATX_ATTR_MOUNT_ROOT;
}

/* Makes missing directories. If that fails, writing the file fails as well, and says so. */
static void netns_dir_make(const char *path)
{
	char dir[PATH_MAX];
	char *slash;

	strcpy(dir, path);
	for (slash = strchr(dir + 1, '/'); slash; slash = strchr(slash + 1, '/')) {
		*slash = 0;
		mkdir(dir, 0755);
		*slash = '/';
	}
}

static int save_run(int argc, char **argv)
{
	char *text = NULL, err_text[GHOST_ERR_LEN], netns_conf[PATH_MAX];
	bool in_netns = !argc && ghost_options.netns;
	const char *path = argc ? argv[0] : in_netns ? netns_conf : GHOST_CONF;
	struct ghost_policy policy;
	size_t length;
	int err;

	if (in_netns) {
		err = netns_path(netns_conf, ghost_options.netns);
		if (err)
			return err;
	}
	if (!argc && !in_netns && !conf_is_ours())
		return ghost_misuse(GHOST_CONF " is the file of process 1's network namespace, and this is another; save needs a FILE here, or --netns NAME");
	if (!*path)
		return ghost_misuse("the name of the FILE is empty; without a FILE it is "
				    GHOST_CONF);
	if (!strcmp(path, "-") && ghost_options.json)
		return ghost_misuse("save writes a policy file, not JSON; use: ghost688 -j show");
	err = ghost_policy_read(&policy);
	if (!err)
		err = text_make(&policy, &text, &length);
	if (!err && in_netns)
		netns_dir_make(path);
	if (!err && !strcmp(path, "-"))
		fwrite(text, 1, length, stdout);
	else if (!err && ghost_atomicfile_write(path, text, length, err_text))
		err = ghost_refuse("%s: %s", ghost_clean(strdupa(path)), err_text);
	free(text);
	return err;
}

const struct ghost_verb ghost_verb_save = {
	.name = "save",
	.run = save_run,
	.args = "[FILE|-]",
	.summary = "write the policy to a file (" GHOST_CONF ")",
	.about =
		"The file is replaced by renaming: at any moment it is either the old one or the new one.\n"
		"A file that is a mount is overwritten instead. Mode, owner, ACL and attributes of an old\n"
		"file are kept, and a symbolic link is followed. A pipe, a terminal and /dev/stdout are\n"
		"written to directly; - is standard output. With --netns NAME and without a FILE, the\n"
		"policy goes to /etc/netns/NAME/ghost688.conf. In a network namespace that is not the one\n"
		"of process 1, save needs --netns NAME or a FILE.",
	.examples =
		"  ghost688 save\n"
		"  ghost688 save /root/ghost688.before\n"
		"  ghost688 -N visitor save",
	.exit = "Exit status: 0 done; 1 failed, the old file stays unless the error says so; 2 wrong usage.",
};
