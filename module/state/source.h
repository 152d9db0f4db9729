/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef GHOST_SOURCE_H
#define GHOST_SOURCE_H

#include <linux/bits.h>
#include <linux/in6.h>
#include <linux/sched.h>
#include <linux/string.h>
#include <linux/uidgid.h>

#include "state/visit.h"

/*
 * A source's flags. The lowest byte is its end: which direction and family it is of, or 0 if no
 * source is there. The rest is what its packets have had so far.
 */
#define GHOST_SOURCE_END		GENMASK(7, 0)
#define GHOST_SOURCE_PROTOCOL(bit)	(BIT(8) << (bit))	/* &enum ghost688_protocol */
#define GHOST_SOURCE_PROTOCOLS		GENMASK(13, 8)
#define GHOST_SOURCE_VERDICT(bit)	(BIT(16) << (bit))	/* &enum ghost688_verdict */
#define GHOST_SOURCE_VERDICTS		GENMASK(20, 16)
#define GHOST_SOURCE_HAS_PORTS		BIT(24)
#define GHOST_SOURCE_HAS_UID		BIT(25)
#define GHOST_SOURCE_HAS_COMM		BIT(26)

#define GHOST_SOURCE_ENDS		(GHOST_DIRECTIONS * GHOST_FAMILIES)

/**
 * struct ghost_source_ports - the ports of a source's last packet that had ports
 * @local: the port at this end; in forward, the destination port
 * @remote: the port at the far end
 */
struct ghost_source_ports {
	__be16 local;
	__be16 remote;
};

/**
 * struct ghost_source - what one CPU knows of one source
 * @prefix: in network byte order, an IPv4 address, or the first 64 bits of an IPv6 address
 * @rest: in network byte order, the last 64 bits of the last IPv6 address; 0 for IPv4
 * @packets: packets on the wire since the source came into the table, and @inherited
 * @inherited: the count of the source whose place it took; 0 for a free place
 * @bytes: bytes on the wire since it came into the table
 * @filtered: at most so many packets of the source were filtered before
 * @first: when it came into the table, in seconds since the epoch; overflows in 2106
 * @last: when its last packet came, in the same seconds
 * @ports: the ports of its last packet that had some
 * @uid: the user of its last packet for which the user was known
 * @flags: GHOST_SOURCE_*
 * @comm: the name of the thread of its last packet for which that was known
 */
struct ghost_source {
	u64 prefix;
	u64 rest;
	u64 packets;
	u64 inherited;
	u64 bytes;
	u32 filtered;
	u32 first;
	u32 last;
	struct ghost_source_ports ports;
	kuid_t uid;
	u32 flags;
	char comm[TASK_COMM_LEN];
};

/**
 * struct ghost_arrival - a packet, as its source's record takes it in
 * @prefix: as in &struct ghost_source
 * @rest: as in &struct ghost_source
 * @flags: the end, and the bits of this packet
 * @packets: packets on the wire, at least 1
 * @bytes: bytes on the wire
 * @ports: its ports, with %GHOST_SOURCE_HAS_PORTS
 * @uid: the sender's user, with %GHOST_SOURCE_HAS_UID
 * @comm: the sending thread's name, with %GHOST_SOURCE_HAS_COMM
 */
struct ghost_arrival {
	u64 prefix;
	u64 rest;
	u32 flags;
	u32 packets;
	u32 bytes;
	struct ghost_source_ports ports;
	kuid_t uid;
	char comm[TASK_COMM_LEN];
};

/* The end of a direction and family, as in a source's flags. */
static inline u32 ghost_source_end(enum ghost688_direction direction, enum ghost_family family)
{
	return 1 + direction * GHOST_FAMILIES + family;
}

static inline enum ghost688_direction ghost_source_direction(u32 flags)
{
	return ((flags & GHOST_SOURCE_END) - 1) / GHOST_FAMILIES;
}

static inline enum ghost_family ghost_source_family(u32 flags)
{
	return ((flags & GHOST_SOURCE_END) - 1) % GHOST_FAMILIES;
}

/* Bits by &enum ghost688_protocol. */
static inline u32 ghost_source_protocols(u32 flags)
{
	return (flags & GHOST_SOURCE_PROTOCOLS) / GHOST_SOURCE_PROTOCOL(0);
}

/* Bits by &enum ghost688_verdict. */
static inline u32 ghost_source_verdicts(u32 flags)
{
	return (flags & GHOST_SOURCE_VERDICTS) / GHOST_SOURCE_VERDICT(0);
}

static inline __be32 ghost_source_ipv4(const struct ghost_source *source)
{
	return (__force __be32)source->prefix;
}

static inline struct in6_addr ghost_source_ipv6(const struct ghost_source *source)
{
	struct in6_addr address;

	memcpy(&address.s6_addr32[0], &source->prefix, sizeof(source->prefix));
	memcpy(&address.s6_addr32[2], &source->rest, sizeof(source->rest));
	return address;
}

/* As @owner names the user, or -1 if the user is unknown, or has no name there. */
static inline uid_t ghost_source_uid(const struct ghost_source *source,
				     struct user_namespace *owner)
{
	return source->flags & GHOST_SOURCE_HAS_UID ? from_kuid(owner, source->uid) : (uid_t)-1;
}

#endif
