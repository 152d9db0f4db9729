/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef GHOST_TRANSPORT_H
#define GHOST_TRANSPORT_H

#include "state/visit.h"

/* Offsets of the bytes that say what kind of packet it is. */
#define GHOST_TCP_OFFSET	12	/* the header length, in the upper four bits */
#define GHOST_TCP_FLAGS		13
#define GHOST_SCTP_CHUNK	12	/* the type of the first chunk */
#define GHOST_DCCP_TYPE		8

/**
 * ghost_transport_byte() - read a byte of the transport header
 * @skb: the packet
 * @visit: what the packet is, not truncated
 * @at: the byte's offset in the header
 *
 * Return: the byte, or -1 if the packet ends before it.
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
