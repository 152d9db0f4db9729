/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef GHOST_NLPOLICY_H
#define GHOST_NLPOLICY_H

#include <net/genetlink.h>

#include "state/policy.h"

/* Room for the largest policy: GHOST688_ALLOW_MAX IPv6 prefixes and all scalars. */
#define GHOST_NLPOLICY_SIZE						\
	(GHOST688_ALLOW_MAX * (nla_total_size(0) +			\
			       nla_total_size(sizeof(struct in6_addr)) +	\
			       nla_total_size(sizeof(u8))) +		\
	 GHOST688_A_POLICY_MAX * nla_total_size(sizeof(u32)))

extern const struct nla_policy ghost_nlpolicy[GHOST688_A_POLICY_MAX + 1];

struct ghost_policy *ghost_nlpolicy_parse(struct genl_info *info);
int ghost_nlpolicy_fill(struct sk_buff *msg, const struct ghost_policy *policy);

#endif
