/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef GHOST_RECEIVER_H
#define GHOST_RECEIVER_H

#include <net/net_namespace.h>

#include "datapath/origin.h"
#include "state/visit.h"

enum ghost_origin ghost_receiver_origin(const struct ghost_visit *visit,
					const struct sk_buff *skb, struct net *net);

#endif
