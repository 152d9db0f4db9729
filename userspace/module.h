/* SPDX-License-Identifier: GPL-2.0-only */
/* The way to the module: its generic netlink family. */
#ifndef GHOST_MODULE_H
#define GHOST_MODULE_H

struct ghost_genl;

int ghost_module_open(struct ghost_genl *genl);
int ghost_module_open_any(struct ghost_genl *genl);

#endif
