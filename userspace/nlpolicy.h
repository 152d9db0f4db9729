/* SPDX-License-Identifier: GPL-2.0-only */
/* Gets a policy from the kernel, and sets it. */
#ifndef GHOST_NLPOLICY_H
#define GHOST_NLPOLICY_H

#include <stdint.h>

struct ghost_genl;
struct ghost_policy;
struct nlmsghdr;

int ghost_policy_message(const struct nlmsghdr *message, struct ghost_policy *policy);
int ghost_policy_get(struct ghost_genl *genl, struct ghost_policy *policy);
int ghost_policy_set(struct ghost_genl *genl, const struct ghost_policy *policy,
		     const uint32_t *expected_generation);
int ghost_policy_refused(const struct ghost_genl *genl, int err);

#endif
