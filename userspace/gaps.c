// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <stdlib.h>

#include <linux/genetlink.h>

#include <ghost688.h>

#include "attr.h"
#include "gaps.h"

/* No kernel has that many CPUs. */
#define CPUS_MAX 65536

/* What is known of a CPU, or NULL without memory for it. */
static struct ghost_gap *gap_get(struct ghost_gaps *gaps, uint32_t cpu)
{
	uint32_t n = gaps->n ? gaps->n : 16;
	struct ghost_gap *grown;

	if (cpu < gaps->n)
		return &gaps->cpu[cpu];
	while (n <= cpu)
		n *= 2;
	grown = realloc(gaps->cpu, n * sizeof(*grown));
	if (!grown)
		return NULL;
	gaps->cpu = grown;
	for (; gaps->n < n; gaps->n++)
		gaps->cpu[gaps->n] = (struct ghost_gap){ 0 };
	return &gaps->cpu[cpu];
}

/* A CPU that is met the first time counts from @seq, or from 0 if it had no hit when this began. */
static int meet(struct ghost_gaps *gaps, uint32_t cpu, uint64_t seq, uint64_t suppressed,
		struct ghost_gap **found)
{
	struct ghost_gap *gap;

	if (cpu >= CPUS_MAX)
		return -EPROTO;
	gap = gap_get(gaps, cpu);
	if (!gap)
		return -ENOMEM;
	*found = gap;
	if (!gap->known) {
		gap->known = true;
		gap->base = gaps->begun ? 0 : seq;
		gap->top = gap->base;
		gap->suppressed = gaps->begun ? 0 : suppressed;
	}
	if (suppressed > gap->suppressed) {
		gaps->suppressed += suppressed - gap->suppressed;
		gap->suppressed = suppressed;
	}
	return 0;
}

/**
 * ghost_gaps_hit() - account for a hit that came
 *
 * A hit that was already counted as missed, because the module told its number earlier, is taken
 * back.
 *
 * Return: 0 or a negative errno.
 */
int ghost_gaps_hit(struct ghost_gaps *gaps, uint32_t cpu, uint64_t seq, uint64_t suppressed)
{
	struct ghost_gap *gap;
	int err = meet(gaps, cpu, seq ? seq - 1 : 0, suppressed, &gap);

	if (err)
		return err;
	if (seq > gap->top) {
		gaps->missed += seq - gap->top - 1;
		gap->top = seq;
	} else if (seq > gap->base && gaps->missed) {
		gaps->missed--;
	}
	return 0;
}

static int position_take(struct ghost_gaps *gaps, uint32_t cpu, uint64_t seq, uint64_t suppressed)
{
	struct ghost_gap *gap;
	int err = meet(gaps, cpu, seq, suppressed, &gap);

	if (!err && seq > gap->top) {
		gaps->missed += seq - gap->top;
		gap->top = seq;
	}
	return err;
}

static int position_read(struct ghost_gaps *gaps, const struct nlattr *nest)
{
	uint64_t seq = 0, suppressed = 0;
	const struct nlattr *attr;
	uint32_t cpu = UINT32_MAX;
	int err = 0;

	mnl_attr_for_each_nested(attr, nest) {
		switch (mnl_attr_get_type(attr)) {
		case GHOST688_A_HIT_CPU:
			err = ghost_attr_u32(attr, &cpu);
			break;
		case GHOST688_A_HIT_SEQ:
			err = ghost_attr_u64(attr, &seq);
			break;
		case GHOST688_A_HIT_SUPPRESSED:
			err = ghost_attr_u64(attr, &suppressed);
			break;
		}
		if (err)
			return err;
	}
	return position_take(gaps, cpu, seq, suppressed);
}

/**
 * ghost_gaps_answer() - account for the position of each CPU, as hits-listen's answer tells it
 *
 * Return: 0 or a negative errno.
 */
int ghost_gaps_answer(struct ghost_gaps *gaps, const struct nlmsghdr *message)
{
	const struct nlattr *attr;
	int err;

	mnl_attr_for_each(attr, message, GENL_HDRLEN) {
		if (mnl_attr_get_type(attr) != GHOST688_A_HITS_CPU)
			continue;
		err = position_read(gaps, attr);
		if (err)
			return err;
	}
	gaps->begun = true;
	return 0;
}

/**
 * ghost_gaps_restart() - forget the positions, but not the sums: the module was loaded again
 */
void ghost_gaps_restart(struct ghost_gaps *gaps)
{
	uint32_t cpu;

	for (cpu = 0; cpu < gaps->n; cpu++)
		gaps->cpu[cpu].known = false;
	gaps->begun = false;
}

void ghost_gaps_free(struct ghost_gaps *gaps)
{
	free(gaps->cpu);
	*gaps = (struct ghost_gaps){ 0 };
}
