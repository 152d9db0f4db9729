/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef GHOST_CPU_COUNTERS_H
#define GHOST_CPU_COUNTERS_H

#include <linux/u64_stats_sync.h>

#include "state/cell.h"

struct ghost_cpu_count {
	u64_stats_t packets;
	u64_stats_t bytes;
};

/**
 * struct ghost_cpu_counters - what one CPU has counted in a namespace
 * @visits: indexed by ghost_cell()
 * @truncated: indexed by ghost_truncated_cell()
 * @log_lines: lines handed to the log target
 * @log_suppressed: lines suppressed by the log rate or a muted log target
 * @last_visit: seconds since the epoch
 * @last_jiffies: when @last_visit was set, in jiffies
 * @sync: keeps 32-bit readers from seeing half of a 64-bit value
 */
struct ghost_cpu_counters {
	struct ghost_cpu_count visits[GHOST_CELLS];
	struct ghost_cpu_count truncated[GHOST_TRUNCATED_CELLS];
	u64_stats_t log_lines;
	u64_stats_t log_suppressed;
	u64_stats_t last_visit;
	u64_stats_t last_jiffies;
	struct u64_stats_sync sync;
};

#endif
