/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef GHOST_PROC_H
#define GHOST_PROC_H

int ghost_proc_init(void);
void ghost_proc_exit(void);

#endif
