// SPDX-License-Identifier: GPL-2.0-only
/*
 * source_table: whatever comes, the first sources stay, the frequent ones are found, and the bounds
 * hold. The hash has random keys, so each run is another one.
 */
#include <linux/ktime.h>
#include <linux/timekeeping.h>

#include "random.h"
#include "stream.h"

#define FLOOD	1000000

struct fixture {
	struct ghost_source_table *table;
	struct ghost_source_list *list;
};

static int table_test_init(struct kunit *test)
{
	test->priv = kunit_kzalloc(test, sizeof(struct fixture), GFP_KERNEL);
	return test->priv ? 0 : -ENOMEM;
}

static void table_test_exit(struct kunit *test)
{
	struct fixture *fixture = test->priv;

	if (!fixture)
		return;
	ghost_source_table_free(fixture->table);
	ghost_source_list_free(fixture->list);
}

static struct ghost_source_table *begin(struct kunit *test, u32 sets)
{
	struct fixture *fixture = test->priv;

	ghost_source_table_free(fixture->table);
	fixture->table = stream_table(test, sets);
	return fixture->table;
}

static const struct ghost_source_list *list(struct kunit *test)
{
	struct fixture *fixture = test->priv;

	ghost_source_list_free(fixture->list);
	fixture->list = stream_merge(test, fixture->table, 0);
	return fixture->list;
}

static void an_empty_table_lists_nobody(struct kunit *test)
{
	begin(test, 32);
	KUNIT_EXPECT_EQ(test, list(test)->count, 0);
	KUNIT_EXPECT_EQ(test, list(test)->threshold, 0);
}

static void the_first_sources_stay_and_are_exact(struct kunit *test)
{
	struct ghost_source_table *table = begin(test, 32);
	struct stream *stream = stream_new(test, 1000, 1);
	const struct ghost_source_list *found;
	const struct ghost_source_row *row;
	u32 i, id;

	for (id = 0; id < GHOST_EARLY; id++)
		stream_add(stream, table, id, 1 + id % 3);
	for (i = 0; i < 100000; i++) {
		if (one_in(&stream->random, 4))
			stream_add(stream, table, below(&stream->random, 1000), 1 + i % 50);
		else
			stream_add_single(stream, table);
		cond_resched();
	}
	found = list(test);
	stream_expect(test, stream, found);
	for (id = 0; id < GHOST_EARLY; id++) {
		row = stream_row(found, id);
		KUNIT_ASSERT_NOT_NULL(test, row);
		KUNIT_EXPECT_TRUE(test, row->early);
		KUNIT_EXPECT_EQ(test, row->error, 0);
		KUNIT_EXPECT_EQ(test, row->packets, stream->packets[id]);
		KUNIT_EXPECT_EQ(test, row->source.bytes, stream->bytes[id]);
	}
	for (i = 0; i < found->count; i++)
		KUNIT_EXPECT_EQ(test, found->row[i].early,
				stream_id(&found->row[i].source) < GHOST_EARLY);
}

/* So many sources as there are places, but for a few whose set is full. */
static void a_source_needs_no_second_packet_while_its_set_has_room(struct kunit *test)
{
	struct ghost_source_table *table = begin(test, 32);
	struct stream *stream = stream_new(test, 1000, 2);
	const struct ghost_source_list *found;
	u32 i;

	for (i = 0; i < GHOST_EARLY + 100; i++)
		stream_add_single(stream, table);
	found = list(test);
	stream_expect(test, stream, found);
	KUNIT_EXPECT_GE(test, found->count, GHOST_EARLY + 95);
	for (i = 0; i < 3000; i++)
		stream_add_single(stream, table);
	KUNIT_EXPECT_EQ(test, list(test)->count, GHOST_EARLY + 256);
}

static void one_packet_of_many_segments_passes_the_filter(struct kunit *test)
{
	struct ghost_source_table *table = begin(test, 1);
	struct stream *stream = stream_new(test, 2, 3);
	const struct ghost_source_row *row;
	u32 i;

	for (i = 0; i < 1000; i++)
		stream_add_single(stream, table);
	stream_add(stream, table, 0, 1);
	stream_add(stream, table, 1, 2);
	KUNIT_EXPECT_NULL(test, stream_row(list(test), 0));
	row = stream_row(list(test), 1);
	KUNIT_ASSERT_NOT_NULL(test, row);
	KUNIT_EXPECT_EQ(test, row->packets - row->error, 2);
	/* It took the place of a source with one packet, and the filter has seen others. */
	KUNIT_EXPECT_GE(test, row->error, 1);
	KUNIT_EXPECT_LE(test, row->error, 5);
	stream_expect(test, stream, list(test));
}

/* Five ways to fill the table; what comes is chosen by the first argument. */
static void come(struct stream *stream, struct ghost_source_table *table, u32 way, u32 i)
{
	switch (way) {
	case 0:	/* few, one of them often */
		stream_add(stream, table, one_in(&stream->random, 2) ? 0 :
			   below(&stream->random, 500), 1);
		break;
	case 1:	/* many, as often as each other, so that they are filtered again and again */
		stream_add(stream, table, below(&stream->random, 10000), 1);
		break;
	case 2:	/* each twice in a row, which passes the filter */
		stream_add(stream, table, i / 2 % 60000, 1);
		break;
	case 3:	/* GSO packets among single ones */
		stream_add(stream, table, stream_zipf(stream),
			   one_in(&stream->random, 10) ? 1 + below(&stream->random, 44) : 1);
		break;
	default: /* a flood around the others */
		if (one_in(&stream->random, 10))
			stream_add(stream, table, stream_zipf(stream), 1);
		else
			stream_add_single(stream, table);
	}
}

static void bounds_hold_for_all_sources(struct kunit *test)
{
	const u32 sets[] = { 1, 4, 32 };
	struct ghost_source_table *table;
	struct stream *stream;
	u32 i, way, size;

	for (way = 0; way < 5; way++) {
		for (size = 0; size < ARRAY_SIZE(sets); size++) {
			table = begin(test, sets[size]);
			stream = stream_new(test, 65536, 100 * way + size);
			for (i = 1; i <= 60000; i++) {
				come(stream, table, way, i);
				if (i % 15000 == 0)
					stream_expect(test, stream, list(test));
				cond_resched();
			}
		}
	}
}

/* The filter's bound, reached: a source that comes each time its fingerprint has just gone. */
static void a_source_may_be_filtered_as_often_as_the_bound_says(struct kunit *test)
{
	struct ghost_filter_set set = {};
	u32 inserted = 0, filtered = 0, i, other = 1000;

	for (i = 0; i < 500; i++) {
		if (i % 5 == 0)
			filtered += !ghost_filter_admits(&set, &inserted, 688);
		else
			ghost_filter_admits(&set, &inserted, other++);
		KUNIT_EXPECT_EQ(test, inserted, i + 1);
		KUNIT_EXPECT_EQ(test, ghost_filter_bound(inserted), filtered);
	}
	KUNIT_EXPECT_EQ(test, filtered, 100);
	KUNIT_EXPECT_EQ(test, ghost_filter_bound(0), 0);
	for (i = 0; i < 3; i++)
		ghost_filter_admits(&set, &inserted, other++);
	ghost_filter_admits(&set, &inserted, 688);
	KUNIT_EXPECT_TRUE(test, ghost_filter_admits(&set, &inserted, 688));
	KUNIT_EXPECT_TRUE(test, ghost_filter_admits(&set, &inserted, other - 1));
}

static void a_filter_that_cannot_count_further_lets_all_pass(struct kunit *test)
{
	struct ghost_filter_set set = { { 1, 2, 3, 4 } };
	u32 inserted = U32_MAX - 1;

	KUNIT_EXPECT_FALSE(test, ghost_filter_admits(&set, &inserted, 5));
	KUNIT_EXPECT_TRUE(test, ghost_filter_admits(&set, &inserted, 6));
	KUNIT_EXPECT_TRUE(test, ghost_filter_admits(&set, &inserted, 6));
	KUNIT_EXPECT_EQ(test, inserted, U32_MAX);
	KUNIT_EXPECT_EQ(test, ghost_filter_bound(inserted), U32_MAX / 5);
}

/* Promise: with frequencies like Zipf's, the threshold is at most one 128th of all packets. */
static void the_frequent_ones_are_listed(struct kunit *test)
{
	struct ghost_source_table *table = begin(test, 32);
	struct stream *stream = stream_new(test, 65536, 5);
	const struct ghost_source_list *found;
	u32 i, id, frequent = 0;

	for (i = 0; i < FLOOD; i++) {
		stream_add(stream, table, stream_zipf(stream), 1);
		cond_resched();
	}
	found = list(test);
	stream_expect(test, stream, found);
	KUNIT_EXPECT_LE(test, found->threshold, stream->total / 128);
	for (id = 0; id < stream->ids; id++)
		frequent += stream->packets[id] > stream->total / 128;
	KUNIT_EXPECT_GT(test, frequent, 5);
	kunit_info(test, "threshold %llu of %llu packets\n", found->threshold, stream->total);
}

/*
 * Promise: whoever comes three times within 500 packets is listed, however long a flood of sources
 * that come once goes on around him.
 */
static void quiet_ones_are_listed_under_a_flood(struct kunit *test)
{
	struct ghost_source_table *table = begin(test, 32);
	struct stream *stream = stream_new(test, 20, 6);
	const struct ghost_source_list *found;
	const struct ghost_source_row *row;
	u32 i, id = 0, within = 0;

	for (i = 0; i < FLOOD; i++) {
		/* Each one begins somewhere in the first half. */
		const u32 start = 20000 + 23000 * id;

		if (id < 20 && (i == start || i == start + within || i == start + 490)) {
			if (i == start)
				within = 1 + below(&stream->random, 488);
			stream_add(stream, table, id, 1);
			id += i == start + 490;
		} else {
			stream_add_single(stream, table);
		}
		cond_resched();
	}
	found = list(test);
	stream_expect(test, stream, found);
	for (id = 0; id < 20; id++) {
		row = stream_row(found, id);
		KUNIT_ASSERT_NOT_NULL(test, row);
		KUNIT_EXPECT_EQ(test, stream->packets[id], 3);
		KUNIT_EXPECT_FALSE(test, row->early);
	}
	/* What a flood of one-packet sources costs in accuracy. */
	KUNIT_EXPECT_LE(test, found->threshold, FLOOD / 3000);
	kunit_info(test, "threshold %llu of %llu packets\n", found->threshold, stream->total);
}

static void ends_have_sources_of_their_own(struct kunit *test)
{
	struct ghost_source_table *table = begin(test, 32);
	const struct ghost_source_list *found;
	struct ghost_arrival arrival = { .prefix = 1, .packets = 1, .bytes = 60 };
	u32 round, end, i, seen = 0;

	/* First all are early comers; then the early comers are others. */
	for (round = 0; round < 2; round++) {
		if (round) {
			table = begin(test, 32);
			for (i = 0; i < GHOST_EARLY; i++) {
				arrival.prefix = 100 + i;
				arrival.flags = 1;
				ghost_source_table_add(table, &arrival);
			}
			arrival.prefix = 1;
		}
		for (end = 1; end <= GHOST_SOURCE_ENDS; end++) {
			/* With the same hash they meet in the same place. */
			table->key[end] = table->key[1];
			arrival.flags = end;
			arrival.packets = end;
			ghost_source_table_add(table, &arrival);
		}
		found = list(test);
		KUNIT_EXPECT_EQ(test, found->count, GHOST_SOURCE_ENDS + round * GHOST_EARLY);
		for (i = 0; i < found->count; i++) {
			if (found->row[i].source.prefix != 1)
				continue;
			seen++;
			KUNIT_EXPECT_EQ(test, found->row[i].source.flags & GHOST_SOURCE_END,
					found->row[i].packets);
		}
		arrival.packets = 1;
	}
	KUNIT_EXPECT_EQ(test, seen, 2 * GHOST_SOURCE_ENDS);
	KUNIT_EXPECT_EQ(test, ghost_source_end(GHOST688_DIRECTION_OUT, GHOST_IPV6),
			GHOST_SOURCE_ENDS);
	KUNIT_EXPECT_EQ(test, ghost_source_direction(GHOST_SOURCE_ENDS), GHOST688_DIRECTION_OUT);
	KUNIT_EXPECT_EQ(test, ghost_source_family(GHOST_SOURCE_ENDS), GHOST_IPV6);
	KUNIT_EXPECT_EQ(test, ghost_source_direction(1), GHOST688_DIRECTION_IN);
	KUNIT_EXPECT_EQ(test, ghost_source_family(1), GHOST_IPV4);
}

static void a_record_keeps_the_last_of_each(struct kunit *test)
{
	struct ghost_source_table *table = begin(test, 32);
	const u64 before = ktime_get_real_seconds();
	struct ghost_arrival arrival = {
		.prefix = 1,
		.rest = 10,
		.flags = ghost_source_end(GHOST688_DIRECTION_OUT, GHOST_IPV6) |
			 GHOST_SOURCE_PROTOCOL(GHOST688_PROTOCOL_UDP) |
			 GHOST_SOURCE_VERDICT(GHOST688_VERDICT_PASSED) | GHOST_SOURCE_HAS_PORTS |
			 GHOST_SOURCE_HAS_UID | GHOST_SOURCE_HAS_COMM,
		.packets = 1,
		.bytes = 60,
		.ports = { htons(1000), htons(688) },
		.uid = KUIDT_INIT(1000),
		.comm = "first",
	};
	const struct ghost_source *source;

	ghost_source_table_add(table, &arrival);
	arrival.rest = 20;
	arrival.flags = ghost_source_end(GHOST688_DIRECTION_OUT, GHOST_IPV6) |
			GHOST_SOURCE_PROTOCOL(GHOST688_PROTOCOL_TRUNCATED) |
			GHOST_SOURCE_VERDICT(GHOST688_VERDICT_ALLOWED);
	arrival.ports.local = 0;
	arrival.uid = KUIDT_INIT(0);
	arrival.comm[0] = 0;
	ghost_source_table_add(table, &arrival);
	KUNIT_ASSERT_EQ(test, list(test)->count, 1);
	source = &list(test)->row[0].source;
	KUNIT_EXPECT_EQ(test, source->prefix, 1);
	KUNIT_EXPECT_EQ(test, source->rest, 20);
	KUNIT_EXPECT_EQ(test, source->bytes, 120);
	KUNIT_EXPECT_EQ(test, source->flags & GHOST_SOURCE_PROTOCOLS,
			GHOST_SOURCE_PROTOCOL(GHOST688_PROTOCOL_UDP) |
			GHOST_SOURCE_PROTOCOL(GHOST688_PROTOCOL_TRUNCATED));
	KUNIT_EXPECT_EQ(test, source->flags & GHOST_SOURCE_VERDICTS,
			GHOST_SOURCE_VERDICT(GHOST688_VERDICT_PASSED) |
			GHOST_SOURCE_VERDICT(GHOST688_VERDICT_ALLOWED));
	KUNIT_EXPECT_EQ(test, ntohs(source->ports.local), 1000);
	KUNIT_EXPECT_EQ(test, ntohs(source->ports.remote), 688);
	KUNIT_EXPECT_EQ(test, __kuid_val(source->uid), 1000);
	KUNIT_EXPECT_STREQ(test, source->comm, "first");
	KUNIT_EXPECT_GE(test, source->first, before);
	KUNIT_EXPECT_GE(test, source->last, source->first);
	KUNIT_EXPECT_LE(test, source->last, ktime_get_real_seconds());
}

static void flags_do_not_overlap(struct kunit *test)
{
	u32 all = GHOST_SOURCE_END, i;

	KUNIT_EXPECT_LE(test, GHOST_SOURCE_ENDS, GHOST_SOURCE_END);
	for (i = 0; i <= GHOST688_PROTOCOL_MAX; i++) {
		KUNIT_EXPECT_EQ(test, all & GHOST_SOURCE_PROTOCOL(i), 0);
		all |= GHOST_SOURCE_PROTOCOL(i);
	}
	KUNIT_EXPECT_EQ(test, all, GHOST_SOURCE_END | GHOST_SOURCE_PROTOCOLS);
	for (i = 0; i <= GHOST688_VERDICT_MAX; i++) {
		KUNIT_EXPECT_EQ(test, all & GHOST_SOURCE_VERDICT(i), 0);
		all |= GHOST_SOURCE_VERDICT(i);
	}
	KUNIT_EXPECT_EQ(test, all, GHOST_SOURCE_END | GHOST_SOURCE_PROTOCOLS |
				   GHOST_SOURCE_VERDICTS);
	KUNIT_EXPECT_EQ(test, all & (GHOST_SOURCE_HAS_PORTS | GHOST_SOURCE_HAS_UID |
				     GHOST_SOURCE_HAS_COMM), 0);
}

static struct kunit_case source_table_cases[] = {
	KUNIT_CASE(an_empty_table_lists_nobody),
	KUNIT_CASE(the_first_sources_stay_and_are_exact),
	KUNIT_CASE(a_source_needs_no_second_packet_while_its_set_has_room),
	KUNIT_CASE(one_packet_of_many_segments_passes_the_filter),
	KUNIT_CASE(bounds_hold_for_all_sources),
	KUNIT_CASE(a_source_may_be_filtered_as_often_as_the_bound_says),
	KUNIT_CASE(a_filter_that_cannot_count_further_lets_all_pass),
	KUNIT_CASE(the_frequent_ones_are_listed),
	KUNIT_CASE(quiet_ones_are_listed_under_a_flood),
	KUNIT_CASE(ends_have_sources_of_their_own),
	KUNIT_CASE(a_record_keeps_the_last_of_each),
	KUNIT_CASE(flags_do_not_overlap),
	{}
};

static struct kunit_suite source_table_suite = {
	.name = "ghost688_source_table",
	.init = table_test_init,
	.exit = table_test_exit,
	.test_cases = source_table_cases,
};

kunit_test_suites(&source_table_suite);
