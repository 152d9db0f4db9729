// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <inttypes.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdio_ext.h>
#include <stdlib.h>
#include <string.h>

#include "counters.h"
#include "failure.h"
#include "genl.h"
#include "message.h"
#include "module.h"
#include "options.h"
#include "output.h"
#include "words.h"
#include "verbs/verb.h"

#define COLUMNS 6
/* The first four are words, the others numbers. */
#define COLUMNS_WORDS 4

static const char *const columns[COLUMNS] = {
	"direction", "family", "protocol", "verdict", "packets", "bytes"
};

struct cells {
	char text[COLUMNS][GHOST_WORD_LEN];
};

/* Truncated packets have neither protocol nor verdict; the table says so in these columns. */
static void cells_fill(struct cells *cells, const struct ghost_counter *row)
{
	char word[GHOST_WORD_LEN];

	snprintf(cells->text[0], GHOST_WORD_LEN, "%s",
		 ghost_word_name(ghost_directions, row->direction, word));
	snprintf(cells->text[1], GHOST_WORD_LEN, "%s",
		 ghost_word_name(ghost_families, row->family, word));
	snprintf(cells->text[2], GHOST_WORD_LEN, "%s",
		 row->truncated ? "-" : ghost_word_name(ghost_protocols, row->protocol, word));
	snprintf(cells->text[3], GHOST_WORD_LEN, "%s",
		 row->truncated ? "truncated" :
		 ghost_word_name(ghost_verdicts, row->verdict, word));
	snprintf(cells->text[4], GHOST_WORD_LEN, "%" PRIu64, row->packets);
	snprintf(cells->text[5], GHOST_WORD_LEN, "%" PRIu64, row->bytes);
}

static void row_print(const struct cells *cells, const int *width, FILE *file)
{
	int i;

	for (i = 0; i < COLUMNS; i++)
		fprintf(file, "%s%*s", i ? "  " : "", i < COLUMNS_WORDS ? -width[i] : width[i],
			cells->text[i]);
	fputc('\n', file);
}

static int text_print(const struct ghost_counters *counters, FILE *file)
{
	bool bold = file == stdout;
	struct cells cells;
	int width[COLUMNS];
	size_t i, n;

	for (i = 0; i < COLUMNS; i++)
		width[i] = strlen(columns[i]);
	for (n = 0; n < counters->n; n++) {
		cells_fill(&cells, &counters->row[n]);
		for (i = 0; i < COLUMNS; i++) {
			int length = strlen(cells.text[i]);

			if (length > width[i])
				width[i] = length;
		}
	}

	for (i = 0; i < COLUMNS; i++)
		strcpy(cells.text[i], columns[i]);
	fputs(bold ? ghost_colour(GHOST_BOLD) : "", file);
	row_print(&cells, width, file);
	fputs(bold ? ghost_colour(GHOST_PLAIN) : "", file);
	for (n = 0; n < counters->n; n++) {
		cells_fill(&cells, &counters->row[n]);
		row_print(&cells, width, file);
	}
	return GHOST_OK;
}

static int json_print(const struct ghost_counters *counters)
{
	json_t *array = json_array();
	struct cells cells;
	size_t i, n;

	for (n = 0; n < counters->n; n++) {
		const struct ghost_counter *row = &counters->row[n];
		json_t *object = json_object();

		cells_fill(&cells, row);
		for (i = 0; i < COLUMNS_WORDS; i++)
			ghost_json_add(object, columns[i], i == 2 && row->truncated ?
				       json_null() : json_string(cells.text[i]));
		ghost_json_add(object, columns[4], ghost_json_u64(row->packets));
		ghost_json_add(object, columns[5], ghost_json_u64(row->bytes));
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
	err = counters_print(&state.counters);
	if (fflush(stdout) || ferror(stdout))
		err = ghost_refuse("cannot write to standard output: %s", strerror(errno));
	if (err) {
		/* The message is printed already; main() must not print another. */
		__fpurge(stdout);
		clearerr(stdout);
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
