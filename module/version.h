/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef GHOST_VERSION_H
#define GHOST_VERSION_H

/* dkms.conf repeats this version; tests/lint checks that they agree. */
#define GHOST688_VERSION "0.1.0"

#endif
