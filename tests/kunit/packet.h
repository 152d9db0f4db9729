/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef GHOST_TEST_PACKET_H
#define GHOST_TEST_PACKET_H

#include <kunit/test.h>
#include <linux/skbuff.h>

#include "datapath/classify.h"

#define PACKET_MAX	71680 /* room for a jumbogram */
#define PACKET_ALL	PACKET_MAX

/* Plain numbers, because the module's own table may be wrong. */
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

/* The kernel walks this many extension headers, and does not deliver packets with more. */
#ifdef IP6_MAX_EXT_HDRS_CNT
#define EXTENSIONS_MAX	IP6_MAX_EXT_HDRS_CNT
#else
#define EXTENSIONS_MAX	UINT_MAX
#endif

/**
 * struct packet - a packet built by a test, and the skb that presents it to the module
 * @family: the family of the hook that gets the packet, whatever version it claims
 * @bytes: the packet as on the wire, from the network header on
 * @length: the number of bytes used in @bytes
 * @before: the number of bytes in front of the network header in the skb
 * @skb: only read; never queued, never freed by the stack
 * @list: the second skb of a datagram that was reassembled from fragments
 * @room: the linear parts of both skbs
 * @info: the shared info of both skbs
 * @page: the pages of the first skb
 *
 * Each part ends where its allocation ends, so that KASAN catches a read beyond it.
 *
 * A suite keeps one in test->priv, see packet_init() and packet_exit().
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
 * struct packet_split - where the bytes of a packet are; the second skb has the rest
 * @linear: bytes in the linear part, at least the network header
 * @page: bytes in each page
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

/* Appends @length zero bytes, and returns the first. */
u8 *packet_add(struct packet *packet, unsigned int length);

/* To build a packet, begin with a network header, add extension headers, then ports. */
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

/* Sets up @packet->skb: the first @linear bytes are linear, the rest is in one or two pages. */
void packet_show(struct packet *packet, unsigned int linear);
void packet_show_split(struct packet *packet, const struct packet_split *split);

/* How the module classifies @packet->skb. */
enum ghost_class packet_ask(const struct packet *packet, struct ghost_visit *visit);
bool packet_misses(const struct packet *packet);

/* The same, and checks that the fast path agrees. */
enum ghost_class packet_classify(struct kunit *test, struct ghost_visit *visit);

/* Checks the class for each linear length; for a big packet, for some of them. */
void packet_expect(struct kunit *test, enum ghost_class class, enum ghost_protocol protocol);
void packet_expect_visit(struct kunit *test, enum ghost_protocol protocol);
void packet_expect_miss(struct kunit *test);
void packet_expect_truncated(struct kunit *test);

#endif
