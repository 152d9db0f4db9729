/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef GHOST_NETNS_H
#define GHOST_NETNS_H

#include "uapi/ghost688.h"

struct ghost_policy;
struct net;

int ghost_net_init(enum ghost688_action action);
void ghost_net_exit(void);

int ghost_net_policy_replace(struct net *net, struct ghost_policy *policy);

#endif
