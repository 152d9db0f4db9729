/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef GHOST_VISIT_H
#define GHOST_VISIT_H

#include <linux/types.h>

#include "uapi/ghost688.h"

#define GHOST_DIRECTIONS	(GHOST688_DIRECTION_MAX + 1)

enum ghost_family {
	GHOST_IPV4,
	GHOST_IPV6,
	GHOST_FAMILIES
};

enum ghost_protocol {
	GHOST_TCP,
	GHOST_UDP,
	GHOST_UDPLITE,
	GHOST_SCTP,
	GHOST_DCCP,
	GHOST_PROTOCOLS
};

/**
 * enum ghost_class - what a packet is to us
 * @GHOST_MISS: not to port 688
 * @GHOST_VISIT: to port 688
 * @GHOST_TRUNCATED: it might be, but ends before its ports
 * @GHOST_TRANSLATED: a visit as well: sent to port 688, and translation has given it another one
 */
enum ghost_class {
	GHOST_MISS,
	GHOST_VISIT,
	GHOST_TRUNCATED,
	GHOST_TRANSLATED
};

/**
 * struct ghost_visit - one packet to port 688, as the wire carries it
 * @family: the network protocol
 * @protocol: the transport protocol; not set for a truncated packet
 * @source: its source port; not set for a truncated packet
 * @transport: where its transport header begins, from skb->data on; not set for a truncated packet
 * @packets: packets on the wire: the segments of a GSO or GRO packet
 * @bytes: their bytes, from each one's network header on
 */
struct ghost_visit {
	enum ghost_family family;
	enum ghost_protocol protocol;
	__be16 source;
	unsigned int transport;
	u32 packets;
	u32 bytes;
};

#endif
