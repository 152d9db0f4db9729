/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Every difference between the kernels that ghost688 supports, and no other
 * line of the module asks for a version. Kbuild says which ones those are.
 */
#ifndef GHOST_COMPAT_H
#define GHOST_COMPAT_H

#include <linux/version.h>

#endif
