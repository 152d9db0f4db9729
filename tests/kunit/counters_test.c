// SPDX-License-Identifier: GPL-2.0-only
/*
 * counters: no count is lost, and none counts twice.
 */
#include <kunit/test.h>
#include <linux/bottom_half.h>
#include <linux/cpumask.h>
#include <linux/delay.h>
#include <linux/timekeeping.h>

#include "state/counters.h"
#include "state/spare.h"

struct fixture {
	struct ghost_counters counters;
	struct ghost_totals totals;
	struct ghost_totals answer;
	unsigned int answers;
};

static int counters_test_init(struct kunit *test)
{
	struct fixture *fixture = kunit_kzalloc(test, sizeof(*fixture), GFP_KERNEL);
	int err;

	if (!fixture)
		return -ENOMEM;
	err = ghost_counters_init(&fixture->counters);
	if (!err)
		test->priv = fixture;
	return err;
}

static void counters_test_exit(struct kunit *test)
{
	struct fixture *fixture = test->priv;

	if (fixture)
		ghost_counters_exit(&fixture->counters);
}

static void count_line(struct fixture *fixture, unsigned int cell, u32 packets, u32 bytes,
		       enum ghost_line line)
{
	const struct ghost_key key = ghost_cell_key(cell);
	const struct ghost_visit visit = {
		.family = key.family,
		.protocol = key.protocol,
		.packets = packets,
		.bytes = bytes,
	};

	ghost_counters_visit(&fixture->counters, key.direction, &visit, key.verdict, line);
}

static void count(struct fixture *fixture, unsigned int cell, u32 packets, u32 bytes)
{
	count_line(fixture, cell, packets, bytes, GHOST_LINE_NONE);
}

static void count_truncated(struct fixture *fixture, enum ghost688_direction direction,
			    enum ghost_family family, u32 packets, u32 bytes, enum ghost_line line)
{
	const struct ghost_visit visit = { .family = family, .packets = packets, .bytes = bytes };

	ghost_counters_truncated(&fixture->counters, direction, &visit, line);
}

static struct ghost_totals *read(struct fixture *fixture)
{
	memset(&fixture->totals, 0x55, sizeof(fixture->totals));
	ghost_counters_read(&fixture->counters, &fixture->totals);
	return &fixture->totals;
}

static int answer(const struct ghost_totals *totals, void *context)
{
	struct fixture *fixture = context;

	fixture->answer = *totals;
	fixture->answers++;
	return 0;
}

static int answer_refused(const struct ghost_totals *totals, void *context)
{
	answer(totals, context);
	return -EMSGSIZE;
}

static int reset(struct fixture *fixture)
{
	return ghost_counters_reset(&fixture->counters, &fixture->totals, answer, fixture);
}

static u64 packets_of_all(const struct ghost_totals *totals)
{
	u64 packets = 0;
	unsigned int i;

	for (i = 0; i < GHOST_CELLS; i++)
		packets += totals->visits[i].packets;
	for (i = 0; i < GHOST_TRUNCATED_CELLS; i++)
		packets += totals->truncated[i].packets;
	return packets;
}

static void each_key_has_a_cell_of_its_own(struct kunit *test)
{
	DECLARE_BITMAP(seen, GHOST_CELLS) = {};
	struct ghost_key key, back;
	unsigned int cell, n = 0;

	for (key.direction = 0; key.direction < 3; key.direction++)
		for (key.family = 0; key.family < 2; key.family++)
			for (key.protocol = 0; key.protocol < 5; key.protocol++)
				for (key.verdict = 0; key.verdict < 5; key.verdict++) {
					cell = ghost_cell(&key);
					back = ghost_cell_key(cell);
					KUNIT_ASSERT_LT(test, cell, GHOST_CELLS);
					KUNIT_EXPECT_FALSE(test, test_and_set_bit(cell, seen));
					KUNIT_EXPECT_EQ(test, back.direction, key.direction);
					KUNIT_EXPECT_EQ(test, back.family, key.family);
					KUNIT_EXPECT_EQ(test, back.protocol, key.protocol);
					KUNIT_EXPECT_EQ(test, back.verdict, key.verdict);
					n++;
				}
	KUNIT_EXPECT_EQ(test, n, GHOST_CELLS);
}

static void new_counters_are_all_zero(struct kunit *test)
{
	const struct ghost_totals *totals = read(test->priv);

	KUNIT_EXPECT_FALSE(test, !!memchr_inv(totals, 0, sizeof(*totals)));
}

static void a_visit_counts_in_its_cell_and_nowhere_else(struct kunit *test)
{
	const struct ghost_totals *totals;
	unsigned int cell, i;

	for (cell = 0; cell < GHOST_CELLS; cell++)
		count(test->priv, cell, cell + 1, 100 * cell + 60);
	totals = read(test->priv);
	for (cell = 0; cell < GHOST_CELLS; cell++) {
		KUNIT_EXPECT_EQ(test, totals->visits[cell].packets, cell + 1);
		KUNIT_EXPECT_EQ(test, totals->visits[cell].bytes, 100 * cell + 60);
	}
	for (i = 0; i < GHOST_TRUNCATED_CELLS; i++)
		KUNIT_EXPECT_EQ(test, totals->truncated[i].packets, 0);
	KUNIT_EXPECT_EQ(test, totals->log_lines, 0);
}

static void truncated_packets_count_apart(struct kunit *test)
{
	const struct ghost_totals *totals;
	unsigned int direction, family, end = 0;

	for (direction = 0; direction < GHOST_DIRECTIONS; direction++)
		for (family = 0; family < GHOST_FAMILIES; family++, end++)
			count_truncated(test->priv, direction, family, end + 1, end + 50,
					GHOST_LINE_NONE);
	KUNIT_EXPECT_EQ(test, end, GHOST_TRUNCATED_CELLS);
	totals = read(test->priv);
	for (end = 0; end < GHOST_TRUNCATED_CELLS; end++) {
		KUNIT_EXPECT_EQ(test, totals->truncated[end].packets, end + 1);
		KUNIT_EXPECT_EQ(test, totals->truncated[end].bytes, end + 50);
	}
	KUNIT_EXPECT_EQ(test, packets_of_all(totals), 1 + 2 + 3 + 4 + 5 + 6);
	KUNIT_EXPECT_TRUE(test, bitmap_empty(totals->ever, GHOST_CELLS));
	KUNIT_EXPECT_EQ(test, totals->last_visit, 0);
	KUNIT_EXPECT_EQ(test, ghost_truncated_cell(GHOST688_DIRECTION_OUT, GHOST_IPV6),
			GHOST_TRUNCATED_CELLS - 1);
}

static void log_lines_and_suppressed_ones_count_apart(struct kunit *test)
{
	struct fixture *fixture = test->priv;
	unsigned int i;

	for (i = 0; i < 10; i++)
		count_line(fixture, i, 1, 60, i < 7 ? GHOST_LINE_SUPPRESSED : GHOST_LINE_WRITTEN);
	count_truncated(fixture, GHOST688_DIRECTION_OUT, GHOST_IPV4, 1, 22, GHOST_LINE_WRITTEN);
	count_truncated(fixture, GHOST688_DIRECTION_IN, GHOST_IPV6, 1, 44, GHOST_LINE_SUPPRESSED);
	count(fixture, 0, 1, 60);
	KUNIT_EXPECT_EQ(test, read(fixture)->log_lines, 4);
	KUNIT_EXPECT_EQ(test, fixture->totals.log_suppressed, 8);
	KUNIT_EXPECT_EQ(test, reset(fixture), 0);
	KUNIT_EXPECT_EQ(test, fixture->answer.log_lines, 4);
	KUNIT_EXPECT_EQ(test, fixture->answer.log_suppressed, 8);
	count_line(fixture, 0, 1, 60, GHOST_LINE_SUPPRESSED);
	KUNIT_EXPECT_EQ(test, read(fixture)->log_lines, 0);
	KUNIT_EXPECT_EQ(test, fixture->totals.log_suppressed, 1);
}

static void replies_do_not_change_the_last_visit(struct kunit *test)
{
	const struct ghost_key reply = { .verdict = GHOST688_VERDICT_REPLY };
	const struct ghost_key passed = { .verdict = GHOST688_VERDICT_PASSED };

	count(test->priv, ghost_cell(&reply), 1, 60);
	KUNIT_EXPECT_EQ(test, read(test->priv)->last_visit, 0);
	count(test->priv, ghost_cell(&passed), 1, 60);
	KUNIT_EXPECT_NE(test, read(test->priv)->last_visit, 0);
}

static void sums_go_beyond_32_bits(struct kunit *test)
{
	const struct ghost_totals *totals;
	unsigned int i;

	for (i = 0; i < 5; i++)
		count(test->priv, 7, U32_MAX, U32_MAX);
	totals = read(test->priv);
	KUNIT_EXPECT_EQ(test, totals->visits[7].packets, 5ULL * U32_MAX);
	KUNIT_EXPECT_EQ(test, totals->visits[7].bytes, 5ULL * U32_MAX);
}

static void a_reset_reports_what_it_resets(struct kunit *test)
{
	struct fixture *fixture = test->priv;
	unsigned int round;

	for (round = 1; round < 5; round++) {
		count(fixture, 3, round, 60 * round);
		count_truncated(fixture, GHOST688_DIRECTION_FORWARD, GHOST_IPV6, round, 44 * round,
				GHOST_LINE_NONE);
		KUNIT_EXPECT_EQ(test, reset(fixture), 0);
		KUNIT_EXPECT_EQ(test, fixture->answers, round);
		KUNIT_EXPECT_EQ(test, fixture->answer.visits[3].packets, round);
		KUNIT_EXPECT_EQ(test, fixture->answer.visits[3].bytes, 60 * round);
		KUNIT_EXPECT_EQ(test, fixture->answer.truncated[3].packets, round);
		KUNIT_EXPECT_EQ(test, fixture->answer.truncated[3].bytes, 44 * round);
		KUNIT_EXPECT_EQ(test, packets_of_all(&fixture->answer), 2 * round);
		KUNIT_EXPECT_EQ(test, fixture->totals.visits[3].packets, round);
		KUNIT_EXPECT_EQ(test, packets_of_all(read(fixture)), 0);
	}
}

static void a_reset_whose_answer_fails_resets_nothing(struct kunit *test)
{
	struct fixture *fixture = test->priv;

	count_line(fixture, 3, 5, 500, GHOST_LINE_WRITTEN);
	KUNIT_EXPECT_EQ(test, ghost_counters_reset(&fixture->counters, &fixture->totals,
						   answer_refused, fixture), -EMSGSIZE);
	KUNIT_EXPECT_EQ(test, fixture->answer.visits[3].packets, 5);
	KUNIT_EXPECT_EQ(test, read(fixture)->visits[3].packets, 5);
	KUNIT_EXPECT_EQ(test, fixture->totals.visits[3].bytes, 500);
	KUNIT_EXPECT_EQ(test, fixture->totals.log_lines, 1);
	KUNIT_EXPECT_EQ(test, reset(fixture), 0);
	KUNIT_EXPECT_EQ(test, fixture->answer.visits[3].packets, 5);
}

static void a_reset_forgets_no_cell_that_was_ever_hit(struct kunit *test)
{
	struct fixture *fixture = test->priv;

	count(fixture, 0, 1, 60);
	count(fixture, GHOST_CELLS - 1, 1, 60);
	KUNIT_EXPECT_EQ(test, reset(fixture), 0);
	KUNIT_EXPECT_EQ(test, bitmap_weight(read(fixture)->ever, GHOST_CELLS), 2);
	KUNIT_EXPECT_TRUE(test, test_bit(0, fixture->totals.ever));
	KUNIT_EXPECT_TRUE(test, test_bit(GHOST_CELLS - 1, fixture->totals.ever));
	KUNIT_EXPECT_EQ(test, bitmap_weight(fixture->answer.ever, GHOST_CELLS), 2);
	KUNIT_EXPECT_EQ(test, packets_of_all(&fixture->totals), 0);
}

static void a_reset_leaves_the_time_of_the_last_visit(struct kunit *test)
{
	struct fixture *fixture = test->priv;
	u64 before = ktime_get_real_seconds(), after;

	count(fixture, 1, 1, 60);
	after = ktime_get_real_seconds();
	KUNIT_EXPECT_GE(test, read(fixture)->last_visit, before);
	KUNIT_EXPECT_LE(test, fixture->totals.last_visit, after);
	KUNIT_EXPECT_EQ(test, reset(fixture), 0);
	KUNIT_EXPECT_EQ(test, reset(fixture), 0);
	KUNIT_EXPECT_GE(test, fixture->answer.last_visit, before);
	KUNIT_EXPECT_GE(test, read(fixture)->last_visit, before);
	KUNIT_EXPECT_LE(test, fixture->totals.last_visit, after);
}

static void no_cpu_has_counters_before_a_visit(struct kunit *test)
{
	struct fixture *fixture = test->priv;
	struct ghost_cpu_counters **before = fixture->counters.cpu;
	int cpu;

	for_each_possible_cpu(cpu)
		KUNIT_EXPECT_NULL(test, before[cpu]);
	KUNIT_EXPECT_NULL(test, fixture->counters.baseline);
	count(fixture, 5, 1, 60);
	KUNIT_EXPECT_PTR_NE(test, fixture->counters.cpu, before);
	for_each_possible_cpu(cpu)
		KUNIT_EXPECT_NULL(test, before[cpu]);
}

static void visits_count_without_memory(struct kunit *test)
{
	struct fixture *fixture = test->priv;
	const struct ghost_visit visit = { .packets = 3, .bytes = 180 };

	local_bh_disable();
	ghost_spare_visit(fixture->counters.spare, 7, &visit, false, GHOST_LINE_WRITTEN);
	ghost_spare_truncated(fixture->counters.spare, 2, &visit, GHOST_LINE_SUPPRESSED);
	local_bh_enable();
	count_line(fixture, 7, 1, 60, GHOST_LINE_WRITTEN);
	KUNIT_EXPECT_EQ(test, read(fixture)->visits[7].packets, 4);
	KUNIT_EXPECT_EQ(test, fixture->totals.visits[7].bytes, 240);
	KUNIT_EXPECT_EQ(test, fixture->totals.truncated[2].packets, 3);
	KUNIT_EXPECT_EQ(test, fixture->totals.truncated[2].bytes, 180);
	KUNIT_EXPECT_EQ(test, fixture->totals.log_lines, 2);
	KUNIT_EXPECT_EQ(test, fixture->totals.log_suppressed, 1);
	KUNIT_EXPECT_TRUE(test, test_bit(7, fixture->totals.ever));
	KUNIT_EXPECT_EQ(test, reset(fixture), 0);
	KUNIT_EXPECT_EQ(test, packets_of_all(&fixture->answer), 7);
	KUNIT_EXPECT_EQ(test, packets_of_all(read(fixture)), 0);
}

/* As if the clock had been set back between the two visits. */
static void the_last_visit_is_the_latest_by_jiffies(struct kunit *test)
{
	struct fixture *fixture = test->priv;
	const struct ghost_visit visit = { .packets = 1, .bytes = 60 };
	u64 now;

	local_bh_disable();
	ghost_spare_visit(fixture->counters.spare, 0, &visit, false, GHOST_LINE_NONE);
	local_bh_enable();
	fixture->counters.spare->last_visit += 1000;
	now = ktime_get_real_seconds();
	KUNIT_EXPECT_GE(test, read(fixture)->last_visit, now + 900);
	msleep(2 * MSEC_PER_SEC / HZ + 1);
	count(fixture, 0, 1, 60);
	KUNIT_EXPECT_LT(test, read(fixture)->last_visit, now + 900);
	KUNIT_EXPECT_GE(test, fixture->totals.last_visit, now);
}

static struct kunit_case counters_cases[] = {
	KUNIT_CASE(each_key_has_a_cell_of_its_own),
	KUNIT_CASE(new_counters_are_all_zero),
	KUNIT_CASE(a_visit_counts_in_its_cell_and_nowhere_else),
	KUNIT_CASE(truncated_packets_count_apart),
	KUNIT_CASE(log_lines_and_suppressed_ones_count_apart),
	KUNIT_CASE(replies_do_not_change_the_last_visit),
	KUNIT_CASE(sums_go_beyond_32_bits),
	KUNIT_CASE(a_reset_reports_what_it_resets),
	KUNIT_CASE(a_reset_whose_answer_fails_resets_nothing),
	KUNIT_CASE(a_reset_forgets_no_cell_that_was_ever_hit),
	KUNIT_CASE(a_reset_leaves_the_time_of_the_last_visit),
	KUNIT_CASE(no_cpu_has_counters_before_a_visit),
	KUNIT_CASE(visits_count_without_memory),
	KUNIT_CASE(the_last_visit_is_the_latest_by_jiffies),
	{}
};

static int counters_suite_begin(struct kunit_suite *suite)
{
	return ghost_counters_prepare();
}

static void counters_suite_end(struct kunit_suite *suite)
{
	ghost_counters_finish();
}

static struct kunit_suite counters_suite = {
	.name = "ghost688_counters",
	.suite_init = counters_suite_begin,
	.suite_exit = counters_suite_end,
	.init = counters_test_init,
	.exit = counters_test_exit,
	.test_cases = counters_cases,
};

kunit_test_suites(&counters_suite);
