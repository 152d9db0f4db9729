/* SPDX-License-Identifier: GPL-2.0-only */
/* The table of all keys of a policy, except allow, which may occur many times. */
#ifndef GHOST_KEYS_H
#define GHOST_KEYS_H

#include <ghost688.h>

#include "key.h"

/* In the order of the policy file and of /proc; ends with a NULL name. */
extern const struct ghost_key ghost_keys[];

/* An upper bound, because each key has an attribute of its own. */
#define GHOST_KEYS_MAX GHOST688_A_POLICY_MAX

/* Fits the names of all keys. */
#define GHOST_KEYS_LEN 256

const struct ghost_key *ghost_key_find(const char *name);
const struct ghost_key *ghost_key_of_attr(uint16_t attr);
const char *ghost_keys_list(char *buf);
void ghost_keys_default(struct ghost_policy *policy);

#endif
