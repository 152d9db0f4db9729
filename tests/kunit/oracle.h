/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef GHOST_TEST_ORACLE_H
#define GHOST_TEST_ORACLE_H

#include "datapath/classify.h"

/**
 * struct opinion - what a packet is
 * @class: to us
 * @number: of a visit: its transport protocol's
 * @at: of a visit: where its transport header begins
 */
struct opinion {
	enum ghost_class class;
	u8 number;
	unsigned int at;
};

/**
 * struct segments - what an skb says of the packets that it stands for
 * @type: SKB_GSO_*, or 0 for an ordinary packet
 * @size: payload of each
 * @count: how many
 */
struct segments {
	unsigned int type;
	u16 size;
	u16 count;
};

/**
 * struct weight - what the wire carries
 * @packets: of them
 * @bytes: of all of them
 */
struct weight {
	u32 packets;
	u32 bytes;
};

/**
 * oracle_classify() - a second opinion: slow, obvious, and no line of it the module's
 * @family: whose hook it comes to
 * @bytes: a packet from its network header on, which is whole
 * @length: all of it
 */
struct opinion oracle_classify(enum ghost_family family, const u8 *bytes, unsigned int length);

/**
 * oracle_weigh() - sends the segments one after another
 * @opinion: what the packet is
 * @bytes: the packet
 * @length: all of it
 * @segments: what else there is to know
 */
struct weight oracle_weigh(const struct opinion *opinion, const u8 *bytes, unsigned int length,
			   const struct segments *segments);

#endif
