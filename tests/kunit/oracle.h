/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef GHOST_TEST_ORACLE_H
#define GHOST_TEST_ORACLE_H

#include "datapath/classify.h"

/**
 * struct opinion - what a packet is
 * @class: its class
 * @number: the IANA protocol number of a visit
 * @at: the offset of a visit's transport header
 */
struct opinion {
	enum ghost_class class;
	u8 number;
	unsigned int at;
};

/**
 * struct segments - an skb's GSO fields
 * @type: SKB_GSO_*, or 0 for an ordinary packet
 * @size: payload of each segment
 * @count: number of segments
 */
struct segments {
	unsigned int type;
	u16 size;
	u16 count;
};

/**
 * struct weight - packets and bytes on the wire
 * @packets: number of packets
 * @bytes: bytes of all of them
 */
struct weight {
	u32 packets;
	u32 bytes;
};

/**
 * oracle_classify() - a second parser: slow, obvious, and without code of the module's
 * @family: the family of the hook that gets the packet
 * @bytes: the packet, whose network header is complete
 * @length: the length of the packet
 */
struct opinion oracle_classify(enum ghost_family family, const u8 *bytes, unsigned int length);

/**
 * oracle_weigh() - add up packets and bytes segment by segment
 * @opinion: what the packet is
 * @bytes: the packet
 * @length: the length of the packet
 * @segments: its GSO fields
 */
struct weight oracle_weigh(const struct opinion *opinion, const u8 *bytes, unsigned int length,
			   const struct segments *segments);

#endif
