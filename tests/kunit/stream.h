/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef GHOST_TEST_STREAM_H
#define GHOST_TEST_STREAM_H

#include <kunit/test.h>
#include <linux/prandom.h>

#include "state/source_merge.h"

/*
 * A stream of packets, and the truth about it: what each source has sent. Sources below "ids" may
 * come again. The others come once each, with one packet.
 */
struct stream {
	u32 ids;
	u32 singles;
	u64 *packets;
	u64 *bytes;
	u64 total;
	struct rnd_state random;
};

struct stream *stream_new(struct kunit *test, u32 ids, u32 seed);
struct ghost_arrival stream_arrival(u32 id, u32 packets);
u32 stream_id(const struct ghost_source *source);

void stream_count(struct stream *stream, u32 id, u32 packets);
void stream_add(struct stream *stream, struct ghost_source_table *table, u32 id, u32 packets);
void stream_add_single(struct stream *stream, struct ghost_source_table *table);
u32 stream_zipf(struct stream *stream);

struct ghost_source_table *stream_table(struct kunit *test, u32 sets);
struct ghost_source_list *stream_merge(struct kunit *test, struct ghost_source_table *tables,
				       u64 unrecorded);
const struct ghost_source_row *stream_row(const struct ghost_source_list *list, u32 id);
void stream_expect(struct kunit *test, const struct stream *stream,
		   const struct ghost_source_list *list);

#endif
