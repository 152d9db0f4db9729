/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef GHOST_LOG_BACKEND_H
#define GHOST_LOG_BACKEND_H

#include <net/netfilter/nf_log.h>

#include "uapi/ghost688.h"

static inline enum nf_log_type ghost_log_type(enum ghost688_log_target target)
{
	return target == GHOST688_LOG_TARGET_NFLOG ? NF_LOG_TYPE_ULOG : NF_LOG_TYPE_LOG;
}

int ghost_log_get(enum ghost688_log_target target);
int ghost_log_request(enum ghost688_log_target target);
void ghost_log_put(enum ghost688_log_target target);

#endif
