// SPDX-License-Identifier: GPL-2.0-only
/* How sources are shown: as a table for people, and as JSON. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include <ghost688.h>

#include "columns.h"
#include "output.h"
#include "sources.h"
#include "sourcetable.h"
#include "text.h"

static const struct ghost_column columns[] = {
	{ "direction", false }, { "address", false }, { "packets", true }, { "bytes", true },
	{ "first-seen", false }, { "last-seen", false }, { "protocols", false },
	{ "verdicts", false }, { "ports", false }, { "who", false }
};

#define COLUMNS (sizeof(columns) / sizeof(columns[0]))

/* An IPv6 source is a whole /64: its last address, with that length, tells both. */
static const char *address_format(const struct ghost_source *row, char *buf)
{
	ghost_prefix_format(&row->address, buf);
	if (row->family == 4)
		*strchr(buf, '/') = 0;
	return buf;
}

static const char *packets_format(const struct ghost_source *row, char *buf)
{
	if (row->error)
		snprintf(buf, GHOST_CELL_LEN, "%" PRIu64 "-%" PRIu64,
			 row->packets - row->error, row->packets);
	else
		snprintf(buf, GHOST_CELL_LEN, "%" PRIu64, row->packets);
	return buf;
}

/* Local time, in one word. */
static const char *time_format(uint64_t seconds, char *buf)
{
	time_t when = seconds;
	struct tm tm;

	if (when < 0 || !localtime_r(&when, &tm) ||
	    !strftime(buf, GHOST_CELL_LEN, "%Y-%m-%dT%H:%M:%S", &tm))
		snprintf(buf, GHOST_CELL_LEN, "@%" PRIu64, seconds);
	return buf;
}

/* From and to, as in the last packet. */
static const char *ports_format(const struct ghost_source *row, char *buf)
{
	bool out = row->direction == GHOST688_DIRECTION_OUT;

	if (!row->has_ports)
		return "-";
	snprintf(buf, GHOST_CELL_LEN, "%u>%u", out ? row->local_port : row->remote_port,
		 out ? row->remote_port : row->local_port);
	return buf;
}

/* Any program may choose the name of its threads, and any bytes for it. */
static const char *who_format(const struct ghost_source *row, char *buf)
{
	char quoted[GHOST_QUOTE_LEN], uid[16] = "";

	if (!row->has_uid && !*row->comm)
		return "-";
	if (row->has_uid)
		snprintf(uid, sizeof(uid), "uid %u", row->uid);
	snprintf(buf, GHOST_CELL_LEN, "%s%s%s", uid, *uid && *row->comm ? " " : "",
		 ghost_quote_name(quoted, row->comm));
	return buf;
}

static const char *cell(const void *arg, size_t column, char *buf)
{
	const struct ghost_source *row = arg;

	switch (column) {
	case 0:
		return ghost_word_name(ghost_directions, row->direction, buf);
	case 1:
		return address_format(row, buf);
	case 2:
		return packets_format(row, buf);
	case 3:
		snprintf(buf, GHOST_CELL_LEN, "%" PRIu64, row->bytes);
		return buf;
	case 4:
		return time_format(row->first_seen, buf);
	case 5:
		return time_format(row->last_seen, buf);
	case 6:
		return ghost_word_bits(ghost_protocol_bits, row->protocols, buf);
	case 7:
		return ghost_word_bits(ghost_verdicts, row->verdicts, buf);
	case 8:
		return ports_format(row, buf);
	}
	return who_format(row, buf);
}

/* Who the table does not have. */
static void rest_print(const struct ghost_sources *sources, size_t shown, FILE *file)
{
	if (!sources->n && !sources->threshold) {
		fputs("No source is recorded.\n", file);
		return;
	}
	if (shown < sources->n)
		fprintf(file, "These are %zu of %zu sources.\n", shown, sources->n);
	fprintf(file, "Whoever sent more than %" PRIu64 " packets is listed%s.\n",
		sources->threshold, shown < sources->n ? " without --top" : "");
	if (sources->unrecorded)
		fprintf(file, "%" PRIu64 " packets, counted in this number, met no memory to record them.\n",
			sources->unrecorded);
}

/**
 * ghost_sources_text() - print sources as a table, and who it does not have
 * @shown: how many of them
 */
void ghost_sources_text(const struct ghost_sources *sources, size_t shown, FILE *file)
{
	ghost_columns_print(file, columns, COLUMNS, sources->row, sizeof(sources->row[0]), shown,
			    cell);
	rest_print(sources, shown, file);
}

static json_t *json_object_of(const struct ghost_sources *sources, const struct ghost_source *row)
{
	json_t *object = json_object();
	struct ghost_prefix prefix;
	char buf[GHOST_CELL_LEN];

	ghost_json_add(object, "direction",
		       json_string(ghost_word_name(ghost_directions, row->direction, buf)));
	ghost_json_add(object, "family",
		       json_string(ghost_word_name(ghost_families, row->family, buf)));
	ghost_prefix_format(&row->address, buf);
	*strchr(buf, '/') = 0;
	ghost_json_add(object, "address", json_string(buf));
	if (row->family != 4) {
		prefix = row->address;
		ghost_prefix_mask(&prefix);
		ghost_json_add(object, "prefix", json_string(ghost_prefix_format(&prefix, buf)));
	}
	ghost_json_add(object, "packets", ghost_json_u64(row->packets));
	ghost_json_add(object, "bytes", ghost_json_u64(row->bytes));
	ghost_json_add(object, "error", ghost_json_u64(row->error));
	ghost_json_add(object, "first-seen", ghost_json_u64(row->first_seen));
	ghost_json_add(object, "last-seen", ghost_json_u64(row->last_seen));
	ghost_json_add(object, "protocols",
		       json_string(ghost_word_bits(ghost_protocol_bits, row->protocols, buf)));
	ghost_json_add(object, "verdicts",
		       json_string(ghost_word_bits(ghost_verdicts, row->verdicts, buf)));
	if (row->has_ports) {
		ghost_json_add(object, "local-port", ghost_json_u64(row->local_port));
		ghost_json_add(object, "remote-port", ghost_json_u64(row->remote_port));
	}
	if (row->has_uid)
		ghost_json_add(object, "uid", ghost_json_u64(row->uid));
	if (*row->comm)
		ghost_json_add(object, "comm", ghost_json_name(row->comm));
	ghost_json_add(object, "early", json_boolean(row->early));
	ghost_json_add(object, "threshold", ghost_json_u64(sources->threshold));
	ghost_json_add(object, "unrecorded", ghost_json_u64(sources->unrecorded));
	return object;
}

/**
 * ghost_sources_json() - print sources as JSON
 * @shown: how many of them
 *
 * Return: the exit status.
 */
int ghost_sources_json(const struct ghost_sources *sources, size_t shown)
{
	json_t *array = json_array();
	size_t i;

	for (i = 0; i < shown; i++)
		ghost_json_append(array, json_object_of(sources, &sources->row[i]));
	return ghost_json_print(array);
}
