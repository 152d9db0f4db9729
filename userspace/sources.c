// SPDX-License-Identifier: GPL-2.0-only
/* Reads the sources from the module. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <linux/genetlink.h>

#include <ghost688.h>

#include "attr.h"
#include "genl.h"
#include "sources.h"

/* No module has that many sources. An answer with more is broken. */
#define SOURCES_MAX 4000000

#define SEEN(attr) (1u << (attr))

#define SOURCE_NEEDED (SEEN(GHOST688_A_SOURCE_DIRECTION) | SEEN(GHOST688_A_SOURCE_FAMILY) | \
		       SEEN(GHOST688_A_SOURCE_ADDRESS) | SEEN(GHOST688_A_SOURCE_PREFIX_LENGTH) | \
		       SEEN(GHOST688_A_SOURCE_PACKETS) | SEEN(GHOST688_A_SOURCE_ERROR) | \
		       SEEN(GHOST688_A_SOURCE_BYTES) | SEEN(GHOST688_A_SOURCE_FIRST_SEEN) | \
		       SEEN(GHOST688_A_SOURCE_LAST_SEEN) | SEEN(GHOST688_A_SOURCE_PROTOCOLS) | \
		       SEEN(GHOST688_A_SOURCE_VERDICTS))
#define SOURCE_PORTS (SEEN(GHOST688_A_SOURCE_LOCAL_PORT) | SEEN(GHOST688_A_SOURCE_REMOTE_PORT))

/* The attributes of one message. */
struct message {
	uint32_t seen;
	uint64_t threshold;
	uint64_t unrecorded;
	const void *address;
	size_t address_bytes;
	uint8_t prefix_length;
	struct ghost_source row;
};

static int attr_read(const struct nlattr *attr, struct message *message)
{
	struct ghost_source *row = &message->row;
	uint16_t type = mnl_attr_get_type(attr);

	if (type <= GHOST688_A_SOURCE_MAX)
		message->seen |= SEEN(type);
	switch (type) {
	case GHOST688_A_SOURCE_THRESHOLD:
		return ghost_attr_u64(attr, &message->threshold);
	case GHOST688_A_SOURCE_UNRECORDED:
		return ghost_attr_u64(attr, &message->unrecorded);
	case GHOST688_A_SOURCE_DIRECTION:
		return ghost_attr_u32(attr, &row->direction);
	case GHOST688_A_SOURCE_FAMILY:
		return ghost_attr_u32(attr, &row->family);
	case GHOST688_A_SOURCE_ADDRESS:
		message->address = mnl_attr_get_payload(attr);
		message->address_bytes = mnl_attr_get_payload_len(attr);
		return 0;
	case GHOST688_A_SOURCE_PREFIX_LENGTH:
		return ghost_attr_u8(attr, &message->prefix_length);
	case GHOST688_A_SOURCE_PACKETS:
		return ghost_attr_u64(attr, &row->packets);
	case GHOST688_A_SOURCE_ERROR:
		return ghost_attr_u64(attr, &row->error);
	case GHOST688_A_SOURCE_BYTES:
		return ghost_attr_u64(attr, &row->bytes);
	case GHOST688_A_SOURCE_FIRST_SEEN:
		return ghost_attr_u64(attr, &row->first_seen);
	case GHOST688_A_SOURCE_LAST_SEEN:
		return ghost_attr_u64(attr, &row->last_seen);
	case GHOST688_A_SOURCE_PROTOCOLS:
		return ghost_attr_u32(attr, &row->protocols);
	case GHOST688_A_SOURCE_VERDICTS:
		return ghost_attr_u32(attr, &row->verdicts);
	case GHOST688_A_SOURCE_LOCAL_PORT:
		return ghost_attr_u16(attr, &row->local_port);
	case GHOST688_A_SOURCE_REMOTE_PORT:
		return ghost_attr_u16(attr, &row->remote_port);
	case GHOST688_A_SOURCE_UID:
		row->has_uid = true;
		return ghost_attr_u32(attr, &row->uid);
	case GHOST688_A_SOURCE_COMM:
		return ghost_attr_name(attr, row->comm, sizeof(row->comm));
	case GHOST688_A_SOURCE_EARLY:
		row->early = true;
		return 0;
	}
	return 0;
}

static int row_add(struct ghost_sources *sources, const struct ghost_source *row)
{
	struct ghost_source *grown;

	if (sources->n == SOURCES_MAX)
		return -EPROTO;
	/* The array is full each time its length is a power of two. */
	if (!(sources->n & (sources->n - 1))) {
		grown = realloc(sources->row, (sources->n ? sources->n * 2 : 1) * sizeof(*row));
		if (!grown)
			return -ENOMEM;
		sources->row = grown;
	}
	sources->row[sources->n++] = *row;
	return 0;
}

static int source_read(struct ghost_sources *sources, struct message *message)
{
	struct ghost_source *row = &message->row;

	if ((message->seen & SOURCE_NEEDED) != SOURCE_NEEDED || row->error > row->packets ||
	    message->address_bytes != (row->family == 4 ? 4 : 16) ||
	    ghost_prefix_make(&row->address, message->address, message->address_bytes,
			      message->prefix_length))
		return -EPROTO;
	row->has_ports = (message->seen & SOURCE_PORTS) == SOURCE_PORTS;
	return row_add(sources, row);
}

static int message_read(const struct nlmsghdr *answer, void *arg)
{
	struct ghost_sources *sources = arg;
	struct message message = { 0 };
	const struct nlattr *attr;
	int err;

	mnl_attr_for_each(attr, answer, GENL_HDRLEN) {
		err = attr_read(attr, &message);
		if (err)
			return err;
	}
	if (!(message.seen & SEEN(GHOST688_A_SOURCE_THRESHOLD)))
		return source_read(sources, &message);
	sources->threshold = message.threshold;
	sources->unrecorded = message.unrecorded;
	sources->has_threshold = true;
	return 0;
}

/* Who sent most first; of two who may have sent as many, who certainly did. */
static int row_compare(const void *left, const void *right)
{
	const struct ghost_source *a = left, *b = right;
	int order;

	if (a->packets != b->packets)
		return a->packets > b->packets ? -1 : 1;
	if (a->error != b->error)
		return a->error < b->error ? -1 : 1;
	if (a->address.bytes != b->address.bytes)
		return a->address.bytes < b->address.bytes ? -1 : 1;
	order = memcmp(a->address.address, b->address.address, a->address.bytes);
	return order ? order : a->direction < b->direction ? -1 : a->direction > b->direction;
}

static int answer_check(struct ghost_sources *sources, int err)
{
	if (sources->n)
		qsort(sources->row, sources->n, sizeof(sources->row[0]), row_compare);
	return err || sources->has_threshold ? err : -EPROTO;
}

/**
 * ghost_sources_get() - get all sources
 * @sources: zeroed before; the caller frees them, even after an error
 *
 * Return: 0, or a negative errno of ghost_genl_talk().
 */
int ghost_sources_get(struct ghost_genl *genl, struct ghost_sources *sources)
{
	int err, tries = GHOST_DUMP_TRIES;

	do {
		ghost_sources_free(sources);
		ghost_genl_request(genl, GHOST688_CMD_SOURCES_GET, NLM_F_DUMP);
		err = ghost_genl_talk(genl, message_read, sources);
	} while (err == -EAGAIN && --tries);
	return answer_check(sources, err);
}

/**
 * ghost_sources_reset() - get all sources, and have the module forget them
 * @sources: zeroed before; the caller frees them, even after an error, when it has what was read
 *
 * Return: 0, or a negative errno of ghost_genl_talk().
 */
int ghost_sources_reset(struct ghost_genl *genl, struct ghost_sources *sources)
{
	/* Once only: a second request would have what came after the first one. */
	ghost_genl_request(genl, GHOST688_CMD_SOURCES_RESET, NLM_F_DUMP);
	return answer_check(sources, ghost_genl_talk(genl, message_read, sources));
}

void ghost_sources_free(struct ghost_sources *sources)
{
	free(sources->row);
	*sources = (struct ghost_sources){ 0 };
}
