/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef GHOST_NLRESET_H
#define GHOST_NLRESET_H

#include <net/net_namespace.h>

#include "uapi/ghost688.h"

void ghost_nlreset_notify(struct net *net, enum ghost688_table table);

#endif
