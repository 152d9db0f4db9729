/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef GHOST_HOOK_H
#define GHOST_HOOK_H

#include <net/net_namespace.h>

int ghost_hooks_register(struct net *net, unsigned int directions);
void ghost_hooks_unregister(struct net *net, unsigned int directions);

#endif
