/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef GHOST_CELL_H
#define GHOST_CELL_H

#include <linux/bitmap.h>
#include <linux/types.h>

#include "state/visit.h"

#define GHOST_VERDICTS	(GHOST688_VERDICT_MAX + 1)

/* A cell for each direction, family, protocol and verdict, in that order. */
#define GHOST_CELLS	(GHOST_DIRECTIONS * GHOST_FAMILIES * GHOST_PROTOCOLS * GHOST_VERDICTS)

/* And one for the truncated packets of each direction and family. */
#define GHOST_ENDS	(GHOST_DIRECTIONS * GHOST_FAMILIES)

/**
 * struct ghost_key - what a cell counts
 * @direction: where
 * @family: network protocol
 * @protocol: transport protocol
 * @verdict: what happened
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
 * struct ghost_totals - all CPUs' counters at one look
 * @visits: by ghost_cell()
 * @truncated: by ghost_end()
 * @log_lines: lines handed to the log target
 * @log_suppressed: lines that the log rate, or a mute log target, held back
 * @last_visit: seconds since the epoch, 0 for never; no reset touches it
 * @last_jiffies: when that was, for the clock may have been set since
 * @ever: the cells that were hit since the module was loaded, reset or not
 */
struct ghost_totals {
	struct ghost_count visits[GHOST_CELLS];
	struct ghost_count truncated[GHOST_ENDS];
	u64 log_lines;
	u64 log_suppressed;
	u64 last_visit;
	u64 last_jiffies;
	DECLARE_BITMAP(ever, GHOST_CELLS);
};

/**
 * enum ghost_line - what becomes of a packet's log line
 * @GHOST_LINE_NONE: it has none
 * @GHOST_LINE_WRITTEN: handed to the log target
 * @GHOST_LINE_SUPPRESSED: the log rate, or a mute log target, held it back
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

static inline unsigned int ghost_end(enum ghost688_direction direction, enum ghost_family family)
{
	return direction * GHOST_FAMILIES + family;
}

#endif
