/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef GHOST_PROC_H
#define GHOST_PROC_H

#include <net/net_namespace.h>

int ghost_proc_init(struct net *net);
void ghost_proc_exit(struct net *net);

#endif
