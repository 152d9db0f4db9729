/* SPDX-License-Identifier: GPL-2.0-only */
/* The policy as text: what show and save write, apply reads and /proc shows. */
#ifndef GHOST_POLICYFILE_H
#define GHOST_POLICYFILE_H

#include <stddef.h>
#include <stdio.h>

#include "text.h"

struct ghost_policy;

/* Where save writes by default; apply reads it in the help's example. */
#define GHOST_CONF "/etc/ghost688.conf"

/* More than any line of a policy needs. */
#define GHOST_LINE_MAX 1024

/* More than the longest policy needs, even with a long comment on each line. */
#define GHOST_FILE_MAX (1024 * 1024)

/**
 * struct ghost_fault - what is wrong in a policy file, and where
 * @line: from 1
 * @column: from 1, in bytes
 * @text: the wrong word and the right ones
 */
struct ghost_fault {
	unsigned int line;
	unsigned int column;
	char text[GHOST_ERR_LEN];
};

int ghost_policyfile_parse(const char *text, size_t length, struct ghost_policy *policy,
			   struct ghost_fault *fault);
void ghost_policyfile_print(const struct ghost_policy *policy, FILE *file);

#endif
