// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <stdlib.h>

#include <linux/genetlink.h>

#include "attr.h"
#include "counters.h"
#include "genl.h"

/* No module has that many counters. An answer with more is broken. */
#define COUNTERS_MAX 65536

#define SEEN(attr) (1u << (attr))

#define COUNTER_NEEDED (SEEN(GHOST688_A_COUNTER_DIRECTION) | SEEN(GHOST688_A_COUNTER_FAMILY) | \
			SEEN(GHOST688_A_COUNTER_PACKETS) | SEEN(GHOST688_A_COUNTER_BYTES))
#define COUNTER_VISIT (COUNTER_NEEDED | SEEN(GHOST688_A_COUNTER_PROTOCOL) | \
		       SEEN(GHOST688_A_COUNTER_VERDICT))

static int attr_read(const struct nlattr *attr, struct ghost_counter *row, uint32_t *seen)
{
	uint16_t type = mnl_attr_get_type(attr);

	if (type <= GHOST688_A_COUNTER_MAX)
		*seen |= SEEN(type);
	switch (type) {
	case GHOST688_A_COUNTER_DIRECTION:
		return ghost_attr_u32(attr, &row->direction);
	case GHOST688_A_COUNTER_FAMILY:
		return ghost_attr_u32(attr, &row->family);
	case GHOST688_A_COUNTER_PROTOCOL:
		return ghost_attr_u32(attr, &row->protocol);
	case GHOST688_A_COUNTER_VERDICT:
		return ghost_attr_u32(attr, &row->verdict);
	case GHOST688_A_COUNTER_PACKETS:
		return ghost_attr_u64(attr, &row->packets);
	case GHOST688_A_COUNTER_BYTES:
		return ghost_attr_u64(attr, &row->bytes);
	}
	return 0;
}

static int row_add(struct ghost_counters *counters, const struct ghost_counter *row, uint32_t seen)
{
	uint32_t needed = row->truncated ? COUNTER_NEEDED : COUNTER_VISIT;
	struct ghost_counter *grown;

	if ((seen & needed) != needed || counters->n == COUNTERS_MAX)
		return -EPROTO;
	if (!row->packets)
		return 0;
	/* The array is full each time its length is a power of two. */
	if (!(counters->n & (counters->n - 1))) {
		grown = realloc(counters->row, (counters->n ? counters->n * 2 : 1) * sizeof(*row));
		if (!grown)
			return -ENOMEM;
		counters->row = grown;
	}
	counters->row[counters->n++] = *row;
	return 0;
}

static int nest_read(const struct nlattr *nest, struct ghost_counters *counters, bool truncated)
{
	struct ghost_counter row = { .truncated = truncated };
	const struct nlattr *attr;
	uint32_t seen = 0;
	int err;

	mnl_attr_for_each_nested(attr, nest) {
		err = attr_read(attr, &row, &seen);
		if (err)
			return err;
	}
	return row_add(counters, &row, seen);
}

static int message_read(const struct nlmsghdr *answer, void *arg)
{
	struct ghost_counter row = { 0 };
	const struct nlattr *attr;
	uint32_t seen = 0;
	int err;

	mnl_attr_for_each(attr, answer, GENL_HDRLEN) {
		err = attr_read(attr, &row, &seen);
		if (err)
			return err;
	}
	return row_add(arg, &row, seen);
}

/**
 * ghost_counters_get() - get all counters that are not zero
 * @counters: zeroed before; the caller frees them, even after an error
 *
 * Return: 0, or a negative errno of ghost_genl_talk().
 */
int ghost_counters_get(struct ghost_genl *genl, struct ghost_counters *counters)
{
	int err, tries = GHOST_DUMP_TRIES;

	do {
		ghost_counters_free(counters);
		ghost_genl_request(genl, GHOST688_CMD_COUNTERS_GET, NLM_F_DUMP);
		err = ghost_genl_talk(genl, message_read, counters);
	} while (err == -EAGAIN && --tries);
	return err;
}

static int state_read(const struct nlmsghdr *answer, void *arg)
{
	struct ghost_state *state = arg;
	const struct nlattr *attr;
	int err = 0;

	mnl_attr_for_each(attr, answer, GENL_HDRLEN) {
		switch (mnl_attr_get_type(attr)) {
		case GHOST688_A_STATUS_VERSION:
			err = ghost_attr_string(attr, state->version, sizeof(state->version));
			break;
		case GHOST688_A_STATUS_GENERATION:
			err = ghost_attr_u32(attr, &state->generation);
			break;
		case GHOST688_A_STATUS_IN:
			err = ghost_attr_u32(attr, &state->action[GHOST688_DIRECTION_IN]);
			break;
		case GHOST688_A_STATUS_FORWARD:
			err = ghost_attr_u32(attr, &state->action[GHOST688_DIRECTION_FORWARD]);
			break;
		case GHOST688_A_STATUS_OUT:
			err = ghost_attr_u32(attr, &state->action[GHOST688_DIRECTION_OUT]);
			break;
		case GHOST688_A_STATUS_LAST_VISIT:
			err = ghost_attr_u64(attr, &state->last_visit);
			state->visited = true;
			break;
		case GHOST688_A_STATUS_LOG_LINES:
			err = ghost_attr_u64(attr, &state->log_lines);
			break;
		case GHOST688_A_STATUS_LOG_SUPPRESSED:
			err = ghost_attr_u64(attr, &state->log_suppressed);
			break;
		case GHOST688_A_STATUS_HITS_SENT:
			err = ghost_attr_u64(attr, &state->hits_sent);
			break;
		case GHOST688_A_STATUS_HITS_SUPPRESSED:
			err = ghost_attr_u64(attr, &state->hits_suppressed);
			break;
		case GHOST688_A_STATUS_HITS_LOST:
			err = ghost_attr_u64(attr, &state->hits_lost);
			break;
		case GHOST688_A_STATUS_TRUNCATED:
			err = nest_read(attr, &state->counters, true);
			break;
		case GHOST688_A_STATUS_COUNTER:
			err = nest_read(attr, &state->counters, false);
			break;
		}
		if (err)
			return err;
	}
	return 0;
}

/**
 * ghost_state_get() - get what is armed, the last visit, log lines, hits, truncated packets
 * @state: zeroed before, except for its counters. Rows are added to these; the caller frees them,
 *	even after an error
 *
 * Return: 0, or a negative errno of ghost_genl_talk().
 */
int ghost_state_get(struct ghost_genl *genl, struct ghost_state *state)
{
	int err;

	ghost_genl_request(genl, GHOST688_CMD_STATUS_GET, 0);
	err = ghost_genl_talk(genl, state_read, state);
	return err || state->version[0] ? err : -EPROTO;
}

/**
 * ghost_counters_reset() - reset all counters
 * @state: zeroed before; gets the old counts; the caller frees its counters, even after an error
 *
 * Return: 0, or a negative errno of ghost_genl_talk().
 */
int ghost_counters_reset(struct ghost_genl *genl, struct ghost_state *state)
{
	ghost_genl_request(genl, GHOST688_CMD_COUNTERS_RESET, 0);
	return ghost_genl_talk(genl, state_read, state);
}

void ghost_counters_free(struct ghost_counters *counters)
{
	free(counters->row);
	*counters = (struct ghost_counters){ 0 };
}
