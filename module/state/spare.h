/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef GHOST_SPARE_H
#define GHOST_SPARE_H

#include <linux/mutex.h>
#include <linux/spinlock.h>

#include "state/cell.h"

/**
 * struct ghost_spare - counts a namespace's visits while a CPU has no counters of its own
 * @visits: indexed by ghost_cell()
 * @truncated: indexed by ghost_truncated_cell()
 * @log_lines: lines handed to the log target
 * @log_suppressed: lines suppressed by the log rate or a muted log target
 * @last_jiffies: when the last visit was, in jiffies
 * @last_visit: when the last visit was, in seconds since the epoch; overflows in 2106
 * @lock: protects all members so far
 * @readers: the mutex of &struct ghost_counters; it is here because here is room for it
 *
 * A namespace that is never visited has no other counters.
 */
struct ghost_spare {
	struct ghost_count visits[GHOST_CELLS];
	struct ghost_count truncated[GHOST_TRUNCATED_CELLS];
	u64 log_lines;
	u64 log_suppressed;
	u64 last_jiffies;
	u32 last_visit;
	spinlock_t lock; /* protects all members so far */
	struct mutex readers; /* protects the baseline of struct ghost_counters */
};

void ghost_spare_init(struct ghost_spare *spare);
void ghost_spare_visit(struct ghost_spare *spare, unsigned int cell,
		       const struct ghost_visit *visit, bool reply, enum ghost_line line);
void ghost_spare_truncated(struct ghost_spare *spare, unsigned int cell,
			   const struct ghost_visit *visit, enum ghost_line line);
void ghost_spare_read(struct ghost_spare *spare, struct ghost_totals *totals);

#endif
