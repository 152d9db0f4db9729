// SPDX-License-Identifier: GPL-2.0-only
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <linux/capability.h>

#include "capability.h"
#include "message.h"
#include "options.h"
#include "text.h"

/* The words after "ghost688", for a hint; only "..." if they are too long. */
static const char *command_line(char *buf, size_t size)
{
	size_t used = 0;
	char **word;

	for (*buf = 0, word = ghost_options.argv + 1; *word && used < size; word++) {
		used += snprintf(buf + used, size - used, " %s", *word);
		if (used >= size)
			strcpy(buf, " ...");
	}
	ghost_clean(buf);
	return buf;
}

static bool has_capability(int number)
{
	struct __user_cap_header_struct header = { .version = _LINUX_CAPABILITY_VERSION_3 };
	struct __user_cap_data_struct data[_LINUX_CAPABILITY_U32S_3] = { 0 };

	return !syscall(SYS_capget, &header, data) &&
	       data[CAP_TO_INDEX(number)].effective & CAP_TO_MASK(number);
}

/**
 * ghost_capability_lacks() - say that a capability is missing, and how to get it
 * @what: what needs it, such as "changing the policy"
 * @number: the capability
 * @name: its name without "CAP_"
 *
 * Return: the exit status.
 */
int ghost_capability_lacks(const char *what, int number, const char *name)
{
	char line[256];

	/* It has it, but in another user namespace, for example as root of a rootless container. */
	if (has_capability(number))
		return ghost_refuse("%s needs CAP_%s in the user namespace that owns the network namespace",
				    what, name);
	if (!geteuid() || !prctl(PR_CAPBSET_READ, number))
		return ghost_refuse("%s needs CAP_%s, which root does not have here; a container gets it from: docker run --cap-add %s",
				    what, name, name);
	return ghost_refuse("%s needs CAP_%s; try: sudo ghost688%s", what, name,
			    command_line(line, sizeof(line)));
}
