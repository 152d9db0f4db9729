/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef GHOST_SPARE_H
#define GHOST_SPARE_H

#include <linux/spinlock.h>

#include "state/cell.h"

/**
 * struct ghost_spare - a namespace's counters for where a CPU gets none of its own
 * @visits: by ghost_cell()
 * @truncated: by ghost_end()
 * @log_lines: lines handed to the log target
 * @log_suppressed: lines that were held back
 * @last_jiffies: when the last visit was
 * @last_visit: the same in seconds since the epoch, until 2106
 * @lock: guards them all
 *
 * The whole of what a namespace that nobody visits has for its counters.
 */
struct ghost_spare {
	struct ghost_count visits[GHOST_CELLS];
	struct ghost_count truncated[GHOST_ENDS];
	u64 log_lines;
	u64 log_suppressed;
	u64 last_jiffies;
	u32 last_visit;
	spinlock_t lock; /* guards all of it */
};

void ghost_spare_init(struct ghost_spare *spare);
void ghost_spare_visit(struct ghost_spare *spare, unsigned int cell,
		       const struct ghost_visit *visit, bool reply, enum ghost_line line);
void ghost_spare_truncated(struct ghost_spare *spare, unsigned int end,
			   const struct ghost_visit *visit, enum ghost_line line);
void ghost_spare_read(struct ghost_spare *spare, struct ghost_totals *totals);

#endif
