// SPDX-License-Identifier: GPL-2.0-only
/*
 * Classifies a packet by the RFCs alone: 791, 8200 and 4302.
 */
#include "oracle.h"
#include "packet.h"

static const struct opinion miss = { GHOST_MISS };
static const struct opinion truncated = { GHOST_TRUNCATED };

static struct opinion oracle_transport(const u8 *bytes, unsigned int length, unsigned int at,
				       u8 number)
{
	if (number != NUMBER_TCP && number != NUMBER_UDP && number != NUMBER_UDPLITE &&
	    number != NUMBER_SCTP && number != NUMBER_DCCP)
		return miss;
	if (length < at + 4)
		return truncated;
	if (bytes[at + 2] * 256 + bytes[at + 3] != 688)
		return miss;
	return (struct opinion){ GHOST_VISIT, number, at };
}

static struct opinion oracle_ipv4(const u8 *bytes, unsigned int length)
{
	unsigned int header = (bytes[0] % 16) * 4;
	unsigned int offset = (bytes[6] % 32) * 256 + bytes[7];

	if (header < 20 || offset)
		return miss;
	return oracle_transport(bytes, length, header, bytes[9]);
}

static struct opinion oracle_ipv6(const u8 *bytes, unsigned int length)
{
	unsigned int at = 40, headers = 0, size;
	u8 next = bytes[6];

	for (;;) {
		switch (next) {
		case NUMBER_HOP:
		case NUMBER_ROUTING:
		case NUMBER_DEST:
		case NUMBER_AUTH:
		case NUMBER_FRAGMENT:
			if (headers++ == EXTENSIONS_MAX || length < at + 2)
				return truncated;
			break;
		default:
			return oracle_transport(bytes, length, at, next);
		}
		if (next == NUMBER_FRAGMENT) {
			if (length < at + 4)
				return truncated;
			/* The offset precedes the part that may be missing. */
			if (bytes[at + 2] || bytes[at + 3] / 8)
				return miss;
			size = 8;
		} else if (next == NUMBER_AUTH) {
			size = bytes[at + 1] * 4 + 8;
		} else {
			size = bytes[at + 1] * 8 + 8;
		}
		if (length < at + size)
			return truncated;
		next = bytes[at];
		at += size;
	}
}

struct opinion oracle_classify(enum ghost_family family, const u8 *bytes, unsigned int length)
{
	return family == GHOST_IPV6 ? oracle_ipv6(bytes, length) : oracle_ipv4(bytes, length);
}

/* Length of the transport header in front of each segment's payload. */
static unsigned int oracle_repeated(const struct opinion *opinion, const u8 *bytes,
				    unsigned int length, unsigned int type)
{
	switch (opinion->number) {
	case NUMBER_TCP:
		return length < opinion->at + 20 ? 20 : bytes[opinion->at + 12] / 16 * 4;
	case NUMBER_UDP:
		return type & SKB_GSO_UDP_L4 ? 8 : 0;
	default:
		return 12;
	}
}

struct weight oracle_weigh(const struct opinion *opinion, const u8 *bytes, unsigned int length,
			   const struct segments *segments)
{
	struct weight weight = { 1, length };
	unsigned int headers, rest, count;

	if (opinion->class != GHOST_VISIT || !segments->type)
		return weight;

	headers = opinion->at + oracle_repeated(opinion, bytes, length, segments->type);
	if (segments->size == GSO_BY_FRAGS) {
		count = segments->count;
	} else if (segments->count && !(segments->type & SKB_GSO_DODGY)) {
		count = segments->count;
	} else {
		count = 0;
		for (rest = length > headers ? length - headers : 0; rest > segments->size;
		     rest -= segments->size)
			count++;
		count++;
	}
	for (; count > 1; count--) {
		weight.packets++;
		weight.bytes += headers;
	}
	return weight;
}
