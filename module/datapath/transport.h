/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef GHOST_TRANSPORT_H
#define GHOST_TRANSPORT_H

#include "state/visit.h"

/* Where a transport header says what a packet is for, in bytes. */
#define GHOST_TCP_OFFSET	12	/* the header's length, in its upper four bits */
#define GHOST_TCP_FLAGS		13
#define GHOST_SCTP_CHUNK	12	/* the first chunk's type */
#define GHOST_DCCP_TYPE		8

/**
 * ghost_transport_byte() - a byte of the transport header
 * @skb: the packet
 * @visit: what it is, not truncated
 * @at: which one
 *
 * Return: the byte, or -1 where the packet ends before it.
 */
static inline int ghost_transport_byte(const struct sk_buff *skb, const struct ghost_visit *visit,
				       unsigned int at)
{
	const u8 *byte;
	u8 _byte;

	byte = skb_header_pointer(skb, visit->transport + at, sizeof(_byte), &_byte);
	return byte ? *byte : -1;
}

#endif
