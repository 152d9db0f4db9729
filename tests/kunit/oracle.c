// SPDX-License-Identifier: GPL-2.0-only
/*
 * What a packet is, from the RFCs: 791, 8200 and 4302.
 */
#include "oracle.h"
#include "packet.h"

static enum ghost_class oracle_transport(const u8 *bytes, unsigned int length, unsigned int at,
					 u8 number)
{
	if (number != NUMBER_TCP && number != NUMBER_UDP && number != NUMBER_UDPLITE &&
	    number != NUMBER_SCTP && number != NUMBER_DCCP)
		return GHOST_MISS;
	if (length < at + 4)
		return GHOST_TRUNCATED;
	return bytes[at + 2] * 256 + bytes[at + 3] == 688 ? GHOST_VISIT : GHOST_MISS;
}

static enum ghost_class oracle_ipv4(const u8 *bytes, unsigned int length, u8 *number)
{
	unsigned int header = (bytes[0] % 16) * 4;
	unsigned int offset = (bytes[6] % 32) * 256 + bytes[7];

	if (header < 20 || offset)
		return GHOST_MISS;
	*number = bytes[9];
	return oracle_transport(bytes, length, header, *number);
}

static enum ghost_class oracle_ipv6(const u8 *bytes, unsigned int length, u8 *number)
{
	unsigned int at = 40, size;
	u8 next = bytes[6];

	for (;;) {
		switch (next) {
		case NUMBER_HOP:
		case NUMBER_ROUTING:
		case NUMBER_DEST:
			if (length < at + 2)
				return GHOST_TRUNCATED;
			size = bytes[at + 1] * 8 + 8;
			break;
		case NUMBER_AUTH:
			if (length < at + 2)
				return GHOST_TRUNCATED;
			size = bytes[at + 1] * 4 + 8;
			break;
		case NUMBER_FRAGMENT:
			if (length < at + 4)
				return GHOST_TRUNCATED;
			/* The offset stands in front of what may be cut. */
			if (bytes[at + 2] || bytes[at + 3] / 8)
				return GHOST_MISS;
			size = 8;
			break;
		default:
			*number = next;
			return oracle_transport(bytes, length, at, next);
		}
		if (length < at + size)
			return GHOST_TRUNCATED;
		next = bytes[at];
		at += size;
	}
}

enum ghost_class oracle_classify(const u8 *bytes, unsigned int length, u8 *number)
{
	return bytes[0] / 16 == 6 ? oracle_ipv6(bytes, length, number) :
				    oracle_ipv4(bytes, length, number);
}
