/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef GHOST_PROC_SOURCES_H
#define GHOST_PROC_SOURCES_H

#include <linux/proc_fs.h>
#include <net/net_namespace.h>

bool ghost_proc_sources_create(struct net *net, struct proc_dir_entry *dir);

#endif
