// SPDX-License-Identifier: GPL-2.0-only
/*
 * Spare counters, for visits that find no memory for per-CPU counters: slower, because
 * they share a lock, but as exact.
 */
#include <linux/jiffies.h>
#include <linux/ktime.h>
#include <linux/string.h>
#include <linux/timekeeping.h>

#include "state/spare.h"

/**
 * ghost_spare_init() - set up a namespace's spare counters
 * @spare: the counters, zeroed
 */
void ghost_spare_init(struct ghost_spare *spare)
{
	spin_lock_init(&spare->lock);
}

static void ghost_spare_add(struct ghost_spare *spare, struct ghost_count *count,
			    const struct ghost_visit *visit, enum ghost_line line)
{
	count->packets += visit->packets;
	count->bytes += visit->bytes;
	spare->log_lines += line == GHOST_LINE_WRITTEN;
	spare->log_suppressed += line == GHOST_LINE_SUPPRESSED;
}

/**
 * ghost_spare_visit() - count a visit
 * @spare: the namespace's spare counters
 * @cell: the visit's cell
 * @visit: the visit
 * @reply: true for a reply, which does not change the time of the last visit
 * @line: what becomes of its log line
 *
 * With bottom halves off.
 */
void ghost_spare_visit(struct ghost_spare *spare, unsigned int cell,
		       const struct ghost_visit *visit, bool reply, enum ghost_line line)
{
	spin_lock(&spare->lock);
	ghost_spare_add(spare, &spare->visits[cell], visit, line);
	if (!reply) {
		spare->last_visit = ktime_get_real_seconds();
		spare->last_jiffies = get_jiffies_64();
	}
	spin_unlock(&spare->lock);
}

/**
 * ghost_spare_truncated() - count a packet that ends before its ports
 * @spare: the namespace's spare counters
 * @cell: the index of its direction and family
 * @visit: the packet's size
 * @line: what becomes of its log line
 *
 * With bottom halves off.
 */
void ghost_spare_truncated(struct ghost_spare *spare, unsigned int cell,
			   const struct ghost_visit *visit, enum ghost_line line)
{
	spin_lock(&spare->lock);
	ghost_spare_add(spare, &spare->truncated[cell], visit, line);
	spin_unlock(&spare->lock);
}

/**
 * ghost_spare_read() - initialize totals with the spare counters
 * @spare: the namespace's spare counters
 * @totals: the result; overwritten
 *
 * Process context.
 */
void ghost_spare_read(struct ghost_spare *spare, struct ghost_totals *totals)
{
	memset(totals, 0, sizeof(*totals));
	spin_lock_bh(&spare->lock);
	memcpy(totals->visits, spare->visits, sizeof(totals->visits));
	memcpy(totals->truncated, spare->truncated, sizeof(totals->truncated));
	totals->log_lines = spare->log_lines;
	totals->log_suppressed = spare->log_suppressed;
	totals->last_visit = spare->last_visit;
	totals->last_jiffies = spare->last_jiffies;
	spin_unlock_bh(&spare->lock);
}
