// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <inttypes.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "columns.h"
#include "counters.h"
#include "failure.h"
#include "genl.h"
#include "message.h"
#include "module.h"
#include "options.h"
#include "output.h"
#include "words.h"
#include "verbs/verb.h"

static const struct ghost_column columns[] = {
	{ "direction", false }, { "family", false }, { "protocol", false }, { "verdict", false },
	{ "packets", true }, { "bytes", true }
};

#define COLUMNS (sizeof(columns) / sizeof(columns[0]))
/* The first four are words, the others numbers. */
#define COLUMNS_WORDS 4

/* Truncated packets have neither protocol nor verdict; the table says so in these columns. */
static const char *cell(const void *arg, size_t column, char *buf)
{
	const struct ghost_counter *row = arg;

	switch (column) {
	case 0:
		return ghost_word_name(ghost_directions, row->direction, buf);
	case 1:
		return ghost_word_name(ghost_families, row->family, buf);
	case 2:
		return row->truncated ? "-" : ghost_word_name(ghost_protocols, row->protocol, buf);
	case 3:
		return row->truncated ? "truncated" :
		       ghost_word_name(ghost_verdicts, row->verdict, buf);
	}
	snprintf(buf, GHOST_CELL_LEN, "%" PRIu64, column == 4 ? row->packets : row->bytes);
	return buf;
}

static int text_print(const struct ghost_counters *counters, FILE *file)
{
	ghost_columns_print(file, columns, COLUMNS, counters->row, sizeof(counters->row[0]),
			    counters->n, cell);
	return GHOST_OK;
}

static int json_print(const struct ghost_counters *counters)
{
	json_t *array = json_array();
	char buf[GHOST_CELL_LEN];
	size_t i, n;

	for (n = 0; n < counters->n; n++) {
		const struct ghost_counter *row = &counters->row[n];
		json_t *object = json_object();

		for (i = 0; i < COLUMNS_WORDS; i++)
			ghost_json_add(object, columns[i].name, i == 2 && row->truncated ?
				       json_null() : json_string(cell(row, i, buf)));
		ghost_json_add(object, columns[4].name, ghost_json_u64(row->packets));
		ghost_json_add(object, columns[5].name, ghost_json_u64(row->bytes));
		ghost_json_append(array, object);
	}
	return ghost_json_print(array);
}

static int row_compare(const void *left, const void *right)
{
	const struct ghost_counter *a = left, *b = right;
	const int64_t by[] = {
		(int64_t)a->truncated - b->truncated,
		(int64_t)a->direction - b->direction,
		(int64_t)a->family - b->family,
		(int64_t)a->protocol - b->protocol,
		(int64_t)a->verdict - b->verdict,
	};
	size_t i;

	for (i = 0; i < sizeof(by) / sizeof(by[0]); i++) {
		if (by[i])
			return by[i] < 0 ? -1 : 1;
	}
	return 0;
}

/* Sorted, because the module sends the rows in no particular order. */
static int counters_print(struct ghost_counters *counters)
{
	if (counters->n)
		qsort(counters->row, counters->n, sizeof(counters->row[0]), row_compare);
	return ghost_options.json ? json_print(counters) : text_print(counters, stdout);
}

static int stats_show(struct ghost_genl *genl)
{
	struct ghost_state state = { 0 };
	int err = ghost_counters_get(genl, &state.counters);

	/* Adds the rows of truncated packets, which are part of the status. */
	if (!err)
		err = ghost_state_get(genl, &state);
	if (err)
		err = ghost_genl_failed(genl, err, "reading the counters", NULL);
	else
		err = counters_print(&state.counters);
	ghost_counters_free(&state.counters);
	return err;
}

/*
 * A refused reset changed nothing. If the answer was lost or not understood, the counters may have
 * been reset.
 */
static const char *reset_what(int err)
{
	switch (err) {
	case -ENOBUFS:
	case -ENOMEM:
	case -EPROTO:
		return "reading the counters, which may be reset now";
	default:
		return "resetting the counters";
	}
}

/* The old numbers are only here now: if standard output fails, they go to standard error. */
static int stats_reset(struct ghost_genl *genl)
{
	struct ghost_state state = { 0 };
	int err = ghost_counters_reset(genl, &state);

	if (err) {
		err = ghost_genl_failed(genl, err, reset_what(err), NULL);
		goto out;
	}
	/* When the reader of a pipe is gone, the numbers must still reach standard error. */
	signal(SIGPIPE, SIG_IGN);
	err = ghost_output_settle(counters_print(&state.counters));
	if (err) {
		fputs("ghost688: the counters are reset; this is what they were:\n", stderr);
		text_print(&state.counters, stderr);
	}
out:
	ghost_counters_free(&state.counters);
	return err;
}

static int stats_run(int argc, char **argv)
{
	struct ghost_genl genl;
	int err;

	if (argc && strcmp(argv[0], "reset"))
		return ghost_verb_word_unknown(&ghost_verb_stats, argv[0]);
	err = ghost_module_open(&genl);
	if (err)
		return err;
	err = argc ? stats_reset(&genl) : stats_show(&genl);
	ghost_genl_close(&genl);
	return err;
}

const struct ghost_verb ghost_verb_stats = {
	.name = "stats",
	.run = stats_run,
	.args = "[reset]",
	.words = "reset",
	.summary = "print the counters; reset also sets them to zero",
	.about =
		"Prints a row for each direction, family, protocol and verdict that was ever hit. Packets\n"
		"and bytes are those on the wire. Packets that end before their ports have '-' for a\n"
		"protocol and 'truncated' for a verdict.\n"
		"reset prints the counters and sets them to zero; no packet is lost in between. If they\n"
		"cannot be written to standard output, they are printed to standard error instead.",
	.examples =
		"  ghost688 stats | awk '$4 == \"dropped\" { n += $5 } END { print n }'\n"
		"  ghost688 -j stats reset",
	.exit = GHOST_EXIT_READS "\nreset needs CAP_NET_ADMIN.",
};
