/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef GHOST_COUNTERS_H
#define GHOST_COUNTERS_H

#include <linux/types.h>

#include "state/cell.h"

struct ghost_cpu_counters;
struct ghost_spare;

/**
 * struct ghost_counters - the counters of a network namespace
 * @cpu: each CPU's counters, written by that CPU alone and never zeroed; NULL before its
 *	first visit. Namespaces without any visit share one table of NULLs.
 * @spare: counts visits for which no per-CPU counters could be allocated; never zeroed
 * @baseline: what was already reported by a reset; NULL before the first one; under the
 *	@spare's mutex, which the data path never takes
 */
struct ghost_counters {
	struct ghost_cpu_counters **cpu;
	struct ghost_spare *spare;
	struct ghost_totals *baseline;
};

int ghost_counters_prepare(void);
void ghost_counters_finish(void);

int ghost_counters_init(struct ghost_counters *counters);
void ghost_counters_exit(struct ghost_counters *counters);

void ghost_counters_visit(struct ghost_counters *counters, enum ghost688_direction direction,
			  const struct ghost_visit *visit, enum ghost688_verdict verdict,
			  enum ghost_line line);
void ghost_counters_truncated(struct ghost_counters *counters, enum ghost688_direction direction,
			      const struct ghost_visit *visit, enum ghost_line line);

void ghost_counters_read(struct ghost_counters *counters, struct ghost_totals *totals);
int ghost_counters_reset(struct ghost_counters *counters, struct ghost_totals *totals,
			 int (*answer)(const struct ghost_totals *totals, void *context),
			 void *context);

#endif
