/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef GHOST_FAILURE_H
#define GHOST_FAILURE_H

struct ghost_genl;

int ghost_genl_failed(const struct ghost_genl *genl, int err, const char *what, const char *where);

#endif
