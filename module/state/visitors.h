/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef GHOST_VISITORS_H
#define GHOST_VISITORS_H

#include <linux/types.h>

#include "state/far_end.h"

/**
 * struct ghost_visitors - the far ends that came to port 688 by UDP and were let in
 * @marks: one byte for each mark; a far end sets a few. NULL before the first visitor.
 * @all: take every far end for a visitor
 * @starting: the same, until the sockets that exist already have been examined
 *
 * A server may connect its socket to a peer that it heard, and then looks like a client.
 * A far end's marks are set before its packet goes on, and stay set. Two far ends may
 * share marks: then a reply may count as a visit, but never a visit as a reply.
 *
 * Marks are bytes because plain stores of a byte need no lock: all CPUs store the same
 * value. A mark is stored only if it is not set yet.
 */
struct ghost_visitors {
	u8 *marks;
	bool all;
	bool starting;
};

void ghost_visitors_init(void);
void ghost_visitors_exit(struct ghost_visitors *visitors);

void ghost_visitors_add(struct ghost_visitors *visitors, const struct ghost_far_end *far);
void ghost_visitors_add_all(struct ghost_visitors *visitors);
void ghost_visitors_start(struct ghost_visitors *visitors);
void ghost_visitors_started(struct ghost_visitors *visitors);
bool ghost_visitors_contain(const struct ghost_visitors *visitors, const struct ghost_far_end *far);

#endif
