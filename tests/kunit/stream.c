// SPDX-License-Identifier: GPL-2.0-only
/*
 * Streams of packets for the tests of sources, and an oracle that knows the truth about them.
 */
#include <linux/bitmap.h>
#include <linux/bottom_half.h>
#include <linux/slab.h>

#include "random.h"
#include "stream.h"

struct stream *stream_new(struct kunit *test, u32 ids, u32 seed)
{
	struct stream *stream = kunit_kzalloc(test, sizeof(*stream), GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, stream);
	stream->packets = kunit_kcalloc(test, ids, sizeof(*stream->packets), GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, stream->packets);
	stream->bytes = kunit_kcalloc(test, ids, sizeof(*stream->bytes), GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, stream->bytes);
	stream->ids = ids;
	prandom_seed_state(&stream->random, seed);
	return stream;
}

/* Each source has an end of its own kind, and half of them are IPv6. */
struct ghost_arrival stream_arrival(u32 id, u32 packets)
{
	const u32 end = 1 + id % GHOST_SOURCE_ENDS;
	const bool ipv6 = ghost_source_family(end) == GHOST_IPV6;

	return (struct ghost_arrival) {
		.prefix = ipv6 ? (u64)id << 24 | 0x20 : id,
		.rest = ipv6 ? packets : 0,
		.flags = end,
		.packets = packets,
		.bytes = 100 * packets,
	};
}

u32 stream_id(const struct ghost_source *source)
{
	return ghost_source_family(source->flags) == GHOST_IPV6 ? source->prefix >> 24 :
								  source->prefix;
}

static u64 stream_truth(const struct stream *stream, u32 id)
{
	return id < stream->ids ? stream->packets[id] : id - stream->ids < stream->singles;
}

void stream_count(struct stream *stream, u32 id, u32 packets)
{
	stream->packets[id] += packets;
	stream->bytes[id] += 100 * packets;
	stream->total += packets;
}

static void stream_put(struct ghost_source_table *table, u32 id, u32 packets)
{
	const struct ghost_arrival arrival = stream_arrival(id, packets);

	local_bh_disable();
	ghost_source_table_add(table, &arrival);
	local_bh_enable();
}

void stream_add(struct stream *stream, struct ghost_source_table *table, u32 id, u32 packets)
{
	stream_count(stream, id, packets);
	stream_put(table, id, packets);
}

void stream_add_single(struct stream *stream, struct ghost_source_table *table)
{
	stream_put(table, stream->ids + stream->singles, 1);
	stream->singles++;
	stream->total++;
}

/* An id below 65536, about as often as the inverse of the id. */
u32 stream_zipf(struct stream *stream)
{
	return below(&stream->random, 1 << below(&stream->random, 17));
}

struct ghost_source_table *stream_table(struct kunit *test, u32 sets)
{
	struct ghost_source_table *table = ghost_source_table_alloc(sets, GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, table);
	return table;
}

struct ghost_source_list *stream_merge(struct kunit *test, struct ghost_source_table *tables,
				       u64 unrecorded)
{
	struct ghost_source_list *list = ghost_source_list_alloc(tables);

	KUNIT_ASSERT_NOT_NULL(test, list);
	ghost_source_merge(list, tables, unrecorded);
	return list;
}

const struct ghost_source_row *stream_row(const struct ghost_source_list *list, u32 id)
{
	unsigned int i;

	for (i = 0; i < list->count; i++)
		if (stream_id(&list->row[i].source) == id)
			return &list->row[i];
	return NULL;
}

/* The bounds hold for all sources, and whoever sent more than the threshold is listed, once. */
void stream_expect(struct kunit *test, const struct stream *stream,
		   const struct ghost_source_list *list)
{
	unsigned long *listed = bitmap_zalloc(stream->ids + stream->singles, GFP_KERNEL);
	unsigned int i, twice = 0, over = 0, under = 0, bytes = 0, missing = 0;

	KUNIT_ASSERT_NOT_NULL(test, listed);
	for (i = 0; i < list->count; i++) {
		const struct ghost_source_row *row = &list->row[i];
		const u32 id = stream_id(&row->source);
		const u64 truth = stream_truth(stream, id);

		twice += __test_and_set_bit(id, listed);
		over += row->packets < truth;
		under += row->packets - row->error > truth;
		bytes += row->source.bytes != 100 * (row->packets - row->error);
	}
	for (i = 0; i < stream->ids + stream->singles; i++)
		missing += stream_truth(stream, i) > list->threshold && !test_bit(i, listed);
	bitmap_free(listed);
	KUNIT_EXPECT_EQ(test, twice, 0);
	KUNIT_EXPECT_EQ(test, over, 0);
	KUNIT_EXPECT_EQ(test, under, 0);
	KUNIT_EXPECT_EQ(test, bytes, 0);
	KUNIT_EXPECT_EQ(test, missing, 0);
}
