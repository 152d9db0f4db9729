/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef GHOST_TEST_PACKET_H
#define GHOST_TEST_PACKET_H

#include <kunit/test.h>
#include <linux/skbuff.h>

#include "datapath/classify.h"

#define PACKET_MAX	71680 /* room for a jumbogram */
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
#define NUMBER_MOBILITY	135

/* Extension headers that the kernel walks over; a packet with more of them it does not deliver. */
#ifdef IP6_MAX_EXT_HDRS_CNT
#define EXTENSIONS_MAX	IP6_MAX_EXT_HDRS_CNT
#else
#define EXTENSIONS_MAX	UINT_MAX
#endif

/**
 * struct packet - a packet that a test composes, and the skb that shows it to the module
 * @family: whose hook it comes to, whatever version it claims
 * @bytes: the packet as on the wire, from the network header on
 * @length: how many of @bytes
 * @before: bytes that the skb holds in front of the network header
 * @skb: only ever read; never queued, never freed by the stack
 * @list: the second skb of a datagram that was put together from fragments
 * @room: the linear parts of both
 * @info: the shared info of both
 * @page: the paged part of the first
 *
 * Each part ends where its memory ends: KASAN catches a read of one byte more.
 *
 * A suite has one in test->priv, by packet_init() and packet_exit().
 */
struct packet {
	enum ghost_family family;
	u8 bytes[PACKET_MAX];
	unsigned int length;
	unsigned int before;
	struct sk_buff skb;
	struct sk_buff list;
	u8 *room[2];
	u8 *info;
	u8 *page[2];
};

/**
 * struct packet_split - how many bytes of a packet lie where; the second skb has the others
 * @linear: in the linear part, the network header at least
 * @page: in each page
 */
struct packet_split {
	unsigned int linear;
	unsigned int page[2];
};

struct protocol_number {
	u8 number;
	enum ghost_protocol protocol;
};

extern const struct protocol_number protocol_numbers[GHOST_PROTOCOLS];

int packet_init(struct kunit *test);
void packet_exit(struct kunit *test);

/* Room for @length more bytes, zeroed. */
u8 *packet_add(struct packet *packet, unsigned int length);

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
void packet_show_split(struct packet *packet, const struct packet_split *split);

/* What the module says, of what packet_show() made. */
enum ghost_class packet_ask(const struct packet *packet, struct ghost_visit *visit);
bool packet_misses(const struct packet *packet);

/* The same, and holds the cheap no against the full one. */
enum ghost_class packet_classify(struct kunit *test, struct ghost_visit *visit);

/* What it must say, however much of the packet is linear (of a big one: in some places). */
void packet_expect(struct kunit *test, enum ghost_class class, enum ghost_protocol protocol);
void packet_expect_visit(struct kunit *test, enum ghost_protocol protocol);
void packet_expect_miss(struct kunit *test);
void packet_expect_truncated(struct kunit *test);

#endif
