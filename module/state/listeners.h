/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef GHOST_LISTENERS_H
#define GHOST_LISTENERS_H

#include <linux/list.h>
#include <linux/mutex.h>
#include <linux/pid_namespace.h>
#include <net/sock.h>

#include "state/hits.h"

/* Each socket that is closed is looked for among them. */
#define GHOST_LISTENERS_MAX	256

/**
 * struct ghost_listeners - the sockets for which a namespace's hits are built
 * @mutex: serializes adding and removing
 * @pid_ns: that of the first one since nobody listened, to compare with; the hits hold it
 * @list: the sockets
 */
struct ghost_listeners {
	struct mutex mutex; /* protects the rest */
	const struct pid_namespace *pid_ns;
	struct list_head list;
};

void ghost_listeners_init(struct ghost_listeners *listeners);
void ghost_listeners_exit(struct ghost_listeners *listeners);

int ghost_listeners_add(struct ghost_listeners *listeners, struct ghost_hits *hits, u32 portid,
			const struct sock *sk, struct pid_namespace *pid_ns);
void ghost_listeners_remove(struct ghost_listeners *listeners, struct ghost_hits *hits, u32 portid);

#endif
