/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Every difference between the kernels that ghost688 supports, and no other
 * line of the module asks for a version.
 */
#ifndef GHOST_COMPAT_H
#define GHOST_COMPAT_H

#include <linux/version.h>

#if LINUX_VERSION_CODE < KERNEL_VERSION(6, 1, 0) || LINUX_VERSION_CODE >= KERNEL_VERSION(7, 4, 0)
#error "ghost688 supports Linux 6.1 to 7.3"
#endif

#endif
