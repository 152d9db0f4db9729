// SPDX-License-Identifier: GPL-2.0-only
/*
 * source_merge: what several CPUs know of the same sources, added up.
 */
#include "random.h"
#include "stream.h"

#define CPUS	3

struct fixture {
	struct ghost_source_table *table[CPUS];
	struct ghost_source_list *list;
};

static int merge_test_init(struct kunit *test)
{
	struct fixture *fixture = kunit_kzalloc(test, sizeof(*fixture), GFP_KERNEL);
	u32 i;

	if (!fixture)
		return -ENOMEM;
	test->priv = fixture;
	for (i = 0; i < CPUS; i++)
		fixture->table[i] = stream_table(test, 4);
	for (i = 1; i < CPUS; i++)
		fixture->table[i - 1]->next = fixture->table[i];
	return 0;
}

static void merge_test_exit(struct kunit *test)
{
	struct fixture *fixture = test->priv;
	u32 i;

	if (!fixture)
		return;
	for (i = 0; i < CPUS; i++)
		ghost_source_table_free(fixture->table[i]);
	ghost_source_list_free(fixture->list);
}

static const struct ghost_source_list *list(struct kunit *test, u64 unrecorded)
{
	struct fixture *fixture = test->priv;

	ghost_source_list_free(fixture->list);
	fixture->list = stream_merge(test, fixture->table[0], unrecorded);
	return fixture->list;
}

static void no_tables_list_nobody(struct kunit *test)
{
	struct fixture *fixture = test->priv;

	fixture->list = stream_merge(test, NULL, 7);
	KUNIT_EXPECT_EQ(test, fixture->list->count, 0);
	KUNIT_EXPECT_EQ(test, fixture->list->threshold, 7);
	KUNIT_EXPECT_EQ(test, fixture->list->unrecorded, 7);
}

/* A source is on all CPUs, but on each CPU another one is frequent. */
static void bounds_hold_for_sources_on_several_cpus(struct kunit *test)
{
	struct fixture *fixture = test->priv;
	u32 round, i, cpu;

	for (round = 0; round < 4; round++) {
		struct stream *stream = stream_new(test, 65536, round);

		merge_test_exit(test);
		KUNIT_ASSERT_EQ(test, merge_test_init(test), 0);
		fixture = test->priv;
		for (i = 1; i <= 60000; i++) {
			cpu = below(&stream->random, CPUS);
			if (round == 1 && one_in(&stream->random, 2))
				stream_add_single(stream, fixture->table[cpu]);
			else if (round == 2)
				stream_add(stream, fixture->table[cpu],
					   (below(&stream->random, 200) * (cpu + 1)) % 500, 1);
			else
				stream_add(stream, fixture->table[cpu], stream_zipf(stream),
					   round == 3 ? 1 + below(&stream->random, 3) : 1);
			if (i % 20000 == 0)
				stream_expect(test, stream, list(test, 0));
			cond_resched();
		}
	}
}

/* Filtered on two CPUs as often as possible, and early on the third. */
static void a_record_elsewhere_does_not_hide_what_was_filtered(struct kunit *test)
{
	struct fixture *fixture = test->priv;
	struct stream *stream = stream_new(test, 1, 688);
	const struct ghost_source_row *row;
	u32 i;

	stream_add(stream, fixture->table[2], 0, 1);
	for (i = 0; i < 2000; i++)
		stream_add_single(stream, fixture->table[i % 2]);
	stream_add(stream, fixture->table[0], 0, 1);
	stream_add(stream, fixture->table[1], 0, 1);
	row = stream_row(list(test, 0), 0);
	KUNIT_ASSERT_NOT_NULL(test, row);
	KUNIT_EXPECT_TRUE(test, row->early);
	KUNIT_EXPECT_EQ(test, row->packets - row->error, 1);
	/* On each of the two CPUs, what the table and the filter may have missed: one and one. */
	KUNIT_EXPECT_GE(test, row->packets, 3);
	KUNIT_EXPECT_LE(test, row->packets, 7);
	stream_expect(test, stream, list(test, 0));
}

static void unrecorded_packets_may_be_anybodys(struct kunit *test)
{
	struct fixture *fixture = test->priv;
	struct stream *stream = stream_new(test, 2, 7);
	u32 i;

	stream_add(stream, fixture->table[0], 0, 5);
	stream_add(stream, fixture->table[1], 1, 3);
	KUNIT_EXPECT_EQ(test, list(test, 100)->count, 2);
	KUNIT_EXPECT_EQ(test, list(test, 100)->threshold, 100);
	KUNIT_EXPECT_EQ(test, list(test, 100)->unrecorded, 100);
	for (i = 0; i < 2; i++) {
		KUNIT_EXPECT_EQ(test, stream_row(list(test, 100), i)->packets,
				stream->packets[i] + 100);
		KUNIT_EXPECT_EQ(test, stream_row(list(test, 100), i)->error, 100);
	}
}

static void the_latest_cpu_tells_what_was_last(struct kunit *test)
{
	struct fixture *fixture = test->priv;
	struct ghost_arrival arrival = {
		.prefix = 1,
		.flags = ghost_source_end(GHOST688_DIRECTION_OUT, GHOST_IPV6),
		.packets = 1,
		.bytes = 60,
	};
	const struct ghost_source_row *row;
	u32 i;

	for (i = 0; i < CPUS; i++) {
		struct ghost_source *source = &fixture->table[i]->early[0];

		arrival.rest = i;
		arrival.flags |= GHOST_SOURCE_PROTOCOL(i);
		arrival.flags |= i == 0 ? GHOST_SOURCE_HAS_PORTS | GHOST_SOURCE_HAS_UID : 0;
		arrival.ports = (struct ghost_source_ports) { htons(10 + i), htons(20 + i) };
		arrival.uid = KUIDT_INIT(1000 + i);
		ghost_source_table_add(fixture->table[i], &arrival);
		/* The one in the middle is the latest, and the last one has no ports. */
		source->first = 1000 - i;
		source->last = i == 1 ? 3000 : 2000 + i;
		if (i == 2)
			source->flags &= ~(GHOST_SOURCE_HAS_PORTS | GHOST_SOURCE_HAS_UID);
	}
	fixture->table[1]->early[0].flags &= ~GHOST_SOURCE_HAS_UID;
	KUNIT_ASSERT_EQ(test, list(test, 0)->count, 1);
	row = &list(test, 0)->row[0];
	KUNIT_EXPECT_EQ(test, row->packets, 3);
	KUNIT_EXPECT_EQ(test, row->error, 0);
	KUNIT_EXPECT_EQ(test, row->source.bytes, 180);
	KUNIT_EXPECT_EQ(test, row->source.rest, 1);
	KUNIT_EXPECT_EQ(test, row->source.first, 998);
	KUNIT_EXPECT_EQ(test, row->source.last, 3000);
	KUNIT_EXPECT_EQ(test, ntohs(row->source.ports.local), 11);
	KUNIT_EXPECT_EQ(test, ntohs(row->source.ports.remote), 21);
	KUNIT_EXPECT_EQ(test, __kuid_val(row->source.uid), 1000);
	KUNIT_EXPECT_EQ(test, row->source.flags & GHOST_SOURCE_PROTOCOLS,
			GHOST_SOURCE_PROTOCOL(0) | GHOST_SOURCE_PROTOCOL(1) |
			GHOST_SOURCE_PROTOCOL(2));
}

static void a_copy_answers_as_the_table_does(struct kunit *test)
{
	struct fixture *fixture = test->priv;
	struct stream *stream = stream_new(test, 65536, 8);
	struct ghost_source_table *copy;
	const struct ghost_source_list *found;
	struct ghost_source_list *other;
	u32 i;

	fixture->table[0]->next = NULL;
	for (i = 0; i < 20000; i++) {
		stream_add(stream, fixture->table[0], stream_zipf(stream), 1);
		cond_resched();
	}
	copy = ghost_source_table_copy(fixture->table[0]);
	KUNIT_ASSERT_NOT_NULL(test, copy);
	other = ghost_source_list_alloc(copy);
	if (other)
		ghost_source_merge(other, copy, 0);
	ghost_source_table_free_copy(copy);
	KUNIT_ASSERT_NOT_NULL(test, other);
	found = list(test, 0);
	KUNIT_EXPECT_EQ(test, other->count, found->count);
	KUNIT_EXPECT_EQ(test, other->threshold, found->threshold);
	KUNIT_EXPECT_GT(test, other->threshold, 0);
	for (i = 0; i < min(other->count, found->count); i++) {
		KUNIT_EXPECT_EQ(test, memcmp(&other->row[i].source, &found->row[i].source,
					     sizeof(found->row[i].source)), 0);
		KUNIT_EXPECT_EQ(test, other->row[i].packets, found->row[i].packets);
		KUNIT_EXPECT_EQ(test, other->row[i].error, found->row[i].error);
		KUNIT_EXPECT_EQ(test, other->row[i].early, found->row[i].early);
	}
	ghost_source_list_free(other);
}

static struct kunit_case source_merge_cases[] = {
	KUNIT_CASE(no_tables_list_nobody),
	KUNIT_CASE(bounds_hold_for_sources_on_several_cpus),
	KUNIT_CASE(a_record_elsewhere_does_not_hide_what_was_filtered),
	KUNIT_CASE(unrecorded_packets_may_be_anybodys),
	KUNIT_CASE(the_latest_cpu_tells_what_was_last),
	KUNIT_CASE(a_copy_answers_as_the_table_does),
	{}
};

static struct kunit_suite source_merge_suite = {
	.name = "ghost688_source_merge",
	.init = merge_test_init,
	.exit = merge_test_exit,
	.test_cases = source_merge_cases,
};

kunit_test_suites(&source_merge_suite);
