/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef GHOST_NLHIT_H
#define GHOST_NLHIT_H

#include <net/genetlink.h>

#include "state/hit.h"

/* Room for every attribute of a hit. */
#define GHOST_NLHIT_SIZE	(4 * nla_total_size(sizeof(struct in6_addr)) +		\
				 2 * nla_total_size(IFNAMSIZ) +				\
				 nla_total_size(TASK_COMM_LEN) +			\
				 6 * nla_total_size_64bit(sizeof(u64)) +		\
				 17 * nla_total_size(sizeof(u32)))

int ghost_nlhit_put_position(struct sk_buff *msg, int cpu, u64 seq, u64 suppressed);
int ghost_nlhit_fill(struct sk_buff *msg, const struct ghost_hit *hit,
		     struct user_namespace *user_ns, bool pid);

#endif
