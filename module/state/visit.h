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
 * enum ghost_class - how a packet is classified
 * @GHOST_MISS: it is not to port 688
 * @GHOST_VISIT: it is to port 688
 * @GHOST_TRUNCATED: it ends before its ports, so it may be to port 688
 * @GHOST_TRANSLATED: it was to port 688 before translation, which makes it a visit too
 */
enum ghost_class {
	GHOST_MISS,
	GHOST_VISIT,
	GHOST_TRUNCATED,
	GHOST_TRANSLATED
};

/**
 * struct ghost_visit - one packet to port 688, measured as on the wire
 * @family: the network protocol
 * @protocol: the transport protocol; not set for a truncated packet
 * @source: the source port; not set for a truncated packet
 * @transport: offset of the transport header from skb->data; not set for a truncated packet
 * @packets: packets on the wire; for a GSO or GRO packet, its number of segments
 * @bytes: bytes on the wire, counted from each packet's network header
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
