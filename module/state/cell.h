/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef GHOST_CELL_H
#define GHOST_CELL_H

#include <linux/bitmap.h>
#include <linux/types.h>

#include "state/visit.h"

#define GHOST_VERDICTS	(GHOST688_VERDICT_MAX + 1)

/* One cell for each direction, family, protocol and verdict, indexed in that order. */
#define GHOST_CELLS	(GHOST_DIRECTIONS * GHOST_FAMILIES * GHOST_PROTOCOLS * GHOST_VERDICTS)

/* Truncated packets have one cell for each direction and family. */
#define GHOST_TRUNCATED_CELLS	(GHOST_DIRECTIONS * GHOST_FAMILIES)

/**
 * struct ghost_key - what a cell counts
 * @direction: where the packet was met
 * @family: the network protocol
 * @protocol: the transport protocol
 * @verdict: what happened to the packet
 */
struct ghost_key {
	enum ghost688_direction direction;
	enum ghost_family family;
	enum ghost_protocol protocol;
	enum ghost688_verdict verdict;
};

/**
 * struct ghost_count - packets and bytes
 * @packets: packets on the wire
 * @bytes: bytes on the wire
 */
struct ghost_count {
	u64 packets;
	u64 bytes;
};

/**
 * struct ghost_totals - a snapshot: the sum of all CPUs' counters
 * @visits: indexed by ghost_cell()
 * @truncated: indexed by ghost_truncated_cell()
 * @log_lines: lines handed to the log target
 * @log_suppressed: lines suppressed by the log rate or a muted log target
 * @last_visit: seconds since the epoch, 0 for never; a reset keeps it
 * @last_jiffies: the same in jiffies, for comparison, because the wall clock may be set
 * @ever: the cells hit since the namespace was set up; a reset keeps them
 */
struct ghost_totals {
	struct ghost_count visits[GHOST_CELLS];
	struct ghost_count truncated[GHOST_TRUNCATED_CELLS];
	u64 log_lines;
	u64 log_suppressed;
	u64 last_visit;
	u64 last_jiffies;
	DECLARE_BITMAP(ever, GHOST_CELLS);
};

/**
 * enum ghost_line - what becomes of a packet's log line
 * @GHOST_LINE_NONE: the packet is not to be logged
 * @GHOST_LINE_WRITTEN: handed to the log target
 * @GHOST_LINE_SUPPRESSED: suppressed by the log rate or a muted log target
 */
enum ghost_line {
	GHOST_LINE_NONE,
	GHOST_LINE_WRITTEN,
	GHOST_LINE_SUPPRESSED
};

static inline unsigned int ghost_cell(const struct ghost_key *key)
{
	return ((key->direction * GHOST_FAMILIES + key->family) * GHOST_PROTOCOLS +
		key->protocol) * GHOST_VERDICTS + key->verdict;
}

static inline struct ghost_key ghost_cell_key(unsigned int cell)
{
	return (struct ghost_key) {
		.verdict = cell % GHOST_VERDICTS,
		.protocol = cell / GHOST_VERDICTS % GHOST_PROTOCOLS,
		.family = cell / GHOST_VERDICTS / GHOST_PROTOCOLS % GHOST_FAMILIES,
		.direction = cell / GHOST_VERDICTS / GHOST_PROTOCOLS / GHOST_FAMILIES,
	};
}

static inline unsigned int ghost_truncated_cell(enum ghost688_direction direction,
						enum ghost_family family)
{
	return direction * GHOST_FAMILIES + family;
}

#endif
