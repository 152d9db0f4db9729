/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef GHOST_TABLE_H
#define GHOST_TABLE_H

#include "verbs/verb.h"

/* In the order of the help; ends with NULL. */
extern const struct ghost_verb *const ghost_verbs[];

const struct ghost_verb *ghost_verb_find(const char *name);

#endif
