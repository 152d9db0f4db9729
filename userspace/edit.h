/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef GHOST_EDIT_H
#define GHOST_EDIT_H

struct ghost_policy;

int ghost_policy_read(struct ghost_policy *policy);
int ghost_policy_whole(const struct ghost_policy *policy);
int ghost_policy_edit(int (*change)(struct ghost_policy *policy, void *arg), void *arg);

#endif
