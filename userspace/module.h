/* SPDX-License-Identifier: GPL-2.0-only */
/* The way to the module: its generic netlink family. */
#ifndef GHOST_MODULE_H
#define GHOST_MODULE_H

struct ghost_genl;
struct nlmsghdr;

int ghost_module_family(const struct nlmsghdr *message, void *arg);
int ghost_module_find(struct ghost_genl *genl);
int ghost_module_abi(const struct ghost_genl *genl);
int ghost_module_open(struct ghost_genl *genl);
int ghost_module_open_any(struct ghost_genl *genl);

#endif
