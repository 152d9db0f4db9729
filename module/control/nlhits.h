/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef GHOST_NLHITS_H
#define GHOST_NLHITS_H

#include <net/genetlink.h>

int ghost_nlhits_init(void);
void ghost_nlhits_open(void);
void ghost_nlhits_close(void);
void ghost_nlhits_exit(void);

int ghost_nlhits_listen(struct sk_buff *request, struct genl_info *info);

#endif
