/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef GHOST_VISITORS_H
#define GHOST_VISITORS_H

#include <linux/types.h>

#include "state/far_end.h"

/**
 * struct ghost_visitors - who has come to port 688 by UDP, and was let in
 * @marks: bytes of which each far end has some; NULL while nobody has come
 * @all: take everybody for one who has come
 *
 * A server that connects its socket to whom it heard first looks like a client
 * then. Marks are set before the packet goes on, and stay: two far ends may
 * share theirs, which makes a reply a visit, and never a visit a reply.
 *
 * Bytes, for a plain store of one races with nothing: whoever else stores there
 * stores the same. Written only where a mark is not set yet.
 */
struct ghost_visitors {
	u8 *marks;
	bool all;
};

void ghost_visitors_init(void);
void ghost_visitors_exit(struct ghost_visitors *visitors);

void ghost_visitors_add(struct ghost_visitors *visitors, const struct ghost_far_end *far);
void ghost_visitors_add_all(struct ghost_visitors *visitors);
void ghost_visitors_forget(struct ghost_visitors *visitors);
bool ghost_visitors_had(const struct ghost_visitors *visitors, const struct ghost_far_end *far);

#endif
