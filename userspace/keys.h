/* SPDX-License-Identifier: GPL-2.0-only */
/* The table of all keys of a policy, but for allow, of which there may be many. */
#ifndef GHOST_KEYS_H
#define GHOST_KEYS_H

#include <ghost688.h>

#include "key.h"

/* Ends with a NULL name. In the order of the policy file, which is the one of /proc too. */
extern const struct ghost_key ghost_keys[];

/* There are fewer: each has an attribute of its own. */
#define GHOST_KEYS_MAX GHOST688_A_POLICY_MAX

/* Fits the names of all keys. */
#define GHOST_KEYS_LEN 256

const struct ghost_key *ghost_key_find(const char *name);
const struct ghost_key *ghost_key_of_attr(uint16_t attr);
const char *ghost_keys_list(char *buf);
void ghost_keys_default(struct ghost_policy *policy);

#endif
