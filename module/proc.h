/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef GHOST_PROC_H
#define GHOST_PROC_H

#include <net/net_namespace.h>

#ifdef CONFIG_PROC_FS
int ghost_proc_init(struct net *net);
void ghost_proc_exit(struct net *net);
#else
static inline int ghost_proc_init(struct net *net)
{
	return 0;
}

static inline void ghost_proc_exit(struct net *net)
{
}
#endif

#endif
