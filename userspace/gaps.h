/* SPDX-License-Identifier: GPL-2.0-only */
/* Counts the hits that were missed, by the gaps in each CPU's sequence. */
#ifndef GHOST_GAPS_H
#define GHOST_GAPS_H

#include <stdbool.h>
#include <stdint.h>

struct nlmsghdr;

/**
 * struct ghost_gap - what is known of one CPU
 * @known: the others are valid
 * @base: hits up to this number came before this tool listened
 * @top: the last hit that the CPU is known to have had
 * @suppressed: how many hits it had suppressed by then
 */
struct ghost_gap {
	bool known;
	uint64_t base;
	uint64_t top;
	uint64_t suppressed;
};

/**
 * struct ghost_gaps - of all CPUs, and the sums since the tool started
 * @cpu: of @n CPUs
 * @begun: the module has told the position of each CPU that had one
 * @missed: hits that did not come
 * @suppressed: hits that the hit rate suppressed
 */
struct ghost_gaps {
	struct ghost_gap *cpu;
	uint32_t n;
	bool begun;
	uint64_t missed;
	uint64_t suppressed;
};

int ghost_gaps_hit(struct ghost_gaps *gaps, uint32_t cpu, uint64_t seq, uint64_t suppressed);
int ghost_gaps_answer(struct ghost_gaps *gaps, const struct nlmsghdr *message);
void ghost_gaps_restart(struct ghost_gaps *gaps);
void ghost_gaps_free(struct ghost_gaps *gaps);

#endif
