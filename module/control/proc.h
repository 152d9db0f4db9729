/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef GHOST_PROC_H
#define GHOST_PROC_H

#ifdef CONFIG_PROC_FS
int ghost_proc_init(void);
void ghost_proc_exit(void);
#else
static inline int ghost_proc_init(void)
{
	return 0;
}

static inline void ghost_proc_exit(void)
{
}
#endif

#endif
