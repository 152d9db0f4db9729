// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <stddef.h>
#include <string.h>

#include <linux/genetlink.h>

#include "attr.h"
#include "hit.h"

#define SEEN(attr) (UINT64_C(1) << (attr))

#define NEEDED (SEEN(GHOST688_A_HIT_CPU) | SEEN(GHOST688_A_HIT_SEQ) | SEEN(GHOST688_A_HIT_TIME) | \
		SEEN(GHOST688_A_HIT_DIRECTION) | SEEN(GHOST688_A_HIT_FAMILY) | \
		SEEN(GHOST688_A_HIT_VERDICT) | SEEN(GHOST688_A_HIT_SOURCE) | \
		SEEN(GHOST688_A_HIT_DESTINATION) | SEEN(GHOST688_A_HIT_PACKETS) | \
		SEEN(GHOST688_A_HIT_BYTES))

enum kind { OTHER, U8, U16, U32, U64, ADDRESS, IFNAME, COMM };

#define MEMBER(kind, member) { (kind), offsetof(struct ghost_hit, member) }

/* Where each attribute goes. */
static const struct {
	enum kind kind;
	uint16_t offset;
} members[GHOST688_A_HIT_MAX + 1] = {
	[GHOST688_A_HIT_CPU] = MEMBER(U32, cpu),
	[GHOST688_A_HIT_SEQ] = MEMBER(U64, seq),
	[GHOST688_A_HIT_SUPPRESSED] = MEMBER(U64, suppressed),
	[GHOST688_A_HIT_TIME] = MEMBER(U64, time),
	[GHOST688_A_HIT_BOOT_TIME] = MEMBER(U64, boot_time),
	[GHOST688_A_HIT_DIRECTION] = MEMBER(U32, direction),
	[GHOST688_A_HIT_FAMILY] = MEMBER(U32, family),
	[GHOST688_A_HIT_PROTOCOL] = MEMBER(U32, protocol),
	[GHOST688_A_HIT_VERDICT] = MEMBER(U32, verdict),
	[GHOST688_A_HIT_REASON] = MEMBER(U32, reason),
	[GHOST688_A_HIT_SOURCE] = MEMBER(ADDRESS, source),
	[GHOST688_A_HIT_SOURCE_PORT] = MEMBER(U16, source_port),
	[GHOST688_A_HIT_DESTINATION] = MEMBER(ADDRESS, destination),
	[GHOST688_A_HIT_DESTINATION_PORT] = MEMBER(U16, destination_port),
	[GHOST688_A_HIT_ORIGINAL_SOURCE] = MEMBER(ADDRESS, original_source),
	[GHOST688_A_HIT_ORIGINAL_SOURCE_PORT] = MEMBER(U16, original_source_port),
	[GHOST688_A_HIT_ORIGINAL_DESTINATION] = MEMBER(ADDRESS, original_destination),
	[GHOST688_A_HIT_ORIGINAL_DESTINATION_PORT] = MEMBER(U16, original_destination_port),
	[GHOST688_A_HIT_IN_IFINDEX] = MEMBER(U32, in_ifindex),
	[GHOST688_A_HIT_IN_IFNAME] = MEMBER(IFNAME, in_ifname),
	[GHOST688_A_HIT_OUT_IFINDEX] = MEMBER(U32, out_ifindex),
	[GHOST688_A_HIT_OUT_IFNAME] = MEMBER(IFNAME, out_ifname),
	[GHOST688_A_HIT_PACKETS] = MEMBER(U32, packets),
	[GHOST688_A_HIT_BYTES] = MEMBER(U32, bytes),
	[GHOST688_A_HIT_TCP_FLAGS] = MEMBER(U8, tcp_flags),
	[GHOST688_A_HIT_UID] = MEMBER(U32, uid),
	[GHOST688_A_HIT_COOKIE] = MEMBER(U64, cookie),
	[GHOST688_A_HIT_CGROUP] = MEMBER(U64, cgroup),
	[GHOST688_A_HIT_PID] = MEMBER(U32, pid),
	[GHOST688_A_HIT_COMM] = MEMBER(COMM, comm),
};

static int address_read(const struct nlattr *attr, struct ghost_address *address)
{
	uint16_t bytes = mnl_attr_get_payload_len(attr);

	if (bytes != 4 && bytes != 16)
		return -EPROTO;
	address->bytes = bytes;
	memcpy(address->address, mnl_attr_get_payload(attr), bytes);
	return 0;
}

static int attr_read(const struct nlattr *attr, struct ghost_hit *hit)
{
	uint16_t type = mnl_attr_get_type(attr);
	void *to;

	if (type > GHOST688_A_HIT_MAX)
		return 0;
	hit->seen |= SEEN(type);
	to = (char *)hit + members[type].offset;
	switch (members[type].kind) {
	case U8:
		return ghost_attr_u8(attr, to);
	case U16:
		return ghost_attr_u16(attr, to);
	case U32:
		return ghost_attr_u32(attr, to);
	case U64:
		return ghost_attr_u64(attr, to);
	case ADDRESS:
		return address_read(attr, to);
	case IFNAME:
		return ghost_attr_name(attr, to, IFNAMSIZ);
	case COMM:
		return ghost_attr_name(attr, to, GHOST_COMM_LEN);
	case OTHER:
		break;
	}
	return 0;
}

/**
 * ghost_hit_read() - read a hit
 *
 * Return: 0 or -EPROTO.
 */
int ghost_hit_read(const struct nlmsghdr *message, struct ghost_hit *hit)
{
	const struct nlattr *attr;
	int err;

	memset(hit, 0, sizeof(*hit));
	mnl_attr_for_each(attr, message, GENL_HDRLEN) {
		err = attr_read(attr, hit);
		if (err)
			return err;
	}
	return (hit->seen & NEEDED) == NEEDED ? 0 : -EPROTO;
}

/**
 * ghost_hit_has() - whether the module knew this of the visit
 */
bool ghost_hit_has(const struct ghost_hit *hit, enum ghost688_a_hit attr)
{
	return hit->seen & SEEN(attr);
}
