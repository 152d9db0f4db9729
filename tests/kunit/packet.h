/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef GHOST_TEST_PACKET_H
#define GHOST_TEST_PACKET_H

#include <kunit/test.h>
#include <linux/skbuff.h>

#include "classify.h"

#define PACKET_MAX	512
#define PACKET_ALL	PACKET_MAX

/* By number, and not from the module's own table, which may be wrong. */
#define NUMBER_TCP	6
#define NUMBER_UDP	17
#define NUMBER_DCCP	33
#define NUMBER_SCTP	132
#define NUMBER_UDPLITE	136
#define NUMBER_HOP	0
#define NUMBER_ROUTING	43
#define NUMBER_FRAGMENT	44
#define NUMBER_AUTH	51
#define NUMBER_NONE	59
#define NUMBER_DEST	60

/**
 * struct packet - a packet that a test composes, and the skb that shows it to the module
 * @bytes: the packet as on the wire, from the network header on
 * @length: how many of @bytes
 * @before: bytes that the skb holds in front of the network header
 * @skb: only ever read; never queued, never freed by the stack
 * @room: its linear part, which ends where the memory ends: KASAN catches a read of one byte more
 * @info: its shared info
 * @page: its paged part
 *
 * A suite has one in test->priv, by packet_init() and packet_exit().
 */
struct packet {
	u8 bytes[PACKET_MAX];
	unsigned int length;
	unsigned int before;
	struct sk_buff skb;
	u8 *room;
	u8 *info;
	struct page *page[2];
};

struct protocol_number {
	u8 number;
	enum ghost_protocol protocol;
};

extern const struct protocol_number protocol_numbers[GHOST_PROTOCOLS];

int packet_init(struct kunit *test);
void packet_exit(struct kunit *test);

/* Composing: begin with a network header, add extension headers, end with ports. */
void packet_begin(struct packet *packet, enum ghost_family family, u8 number);
void packet_begin_ipv4(struct packet *packet, u8 number, unsigned int header);
void packet_begin_ipv6(struct packet *packet, u8 number);
void packet_set_fragment_ipv4(struct packet *packet, u16 frag_off);
void packet_add_extension(struct packet *packet, u8 kind, u8 next, u8 units);
void packet_add_fragment(struct packet *packet, u8 next, u16 frag_off);
void packet_add_ports(struct packet *packet, u16 source, u16 destination, unsigned int length);

static inline unsigned int packet_header(enum ghost_family family)
{
	return family == GHOST_IPV4 ? 20 : 40;
}

/* Makes @packet->skb: the first @linear bytes linear, the others in one page or two. */
void packet_show(struct packet *packet, unsigned int linear);

/* What the module says, of what packet_show() made; holds the cheap no against the full one. */
enum ghost_class packet_classify(struct kunit *test, struct ghost_visit *visit);
bool packet_misses(const struct packet *packet);

/* What it must say, however much of the packet is linear. */
void packet_expect(struct kunit *test, enum ghost_class class, enum ghost_protocol protocol);
void packet_expect_visit(struct kunit *test, enum ghost_protocol protocol);
void packet_expect_miss(struct kunit *test);
void packet_expect_truncated(struct kunit *test);

#endif
