// SPDX-License-Identifier: GPL-2.0-only
/*
 * Builds packets byte by byte, as drawn in the RFCs.
 */
#include <linux/mm.h>
#include <linux/slab.h>
#include <linux/vmalloc.h>

#include "packet.h"

/*
 * A multiple of 8, so that KASAN checks the last byte exactly. Less than whole pages,
 * so that a read past the end does not fault.
 */
#define PACKET_ROOM	(PACKET_MAX + 1000)

const struct protocol_number protocol_numbers[GHOST_PROTOCOLS] = {
	{ NUMBER_TCP, GHOST_TCP },
	{ NUMBER_UDP, GHOST_UDP },
	{ NUMBER_UDPLITE, GHOST_UDPLITE },
	{ NUMBER_SCTP, GHOST_SCTP },
	{ NUMBER_DCCP, GHOST_DCCP },
};

int packet_init(struct kunit *test)
{
	struct packet *packet = kunit_kzalloc(test, sizeof(*packet), GFP_KERNEL);
	unsigned int i;

	if (!packet)
		return -ENOMEM;
	test->priv = packet;
	packet->info = vmalloc(PACKET_ROOM);
	for (i = 0; i < ARRAY_SIZE(packet->room); i++) {
		packet->room[i] = vmalloc(PACKET_ROOM);
		/* An skb's shared info must be at a higher address than its head. */
		if (packet->room[i] > packet->info)
			swap(packet->room[i], packet->info);
	}
	for (i = 0; i < ARRAY_SIZE(packet->page); i++)
		packet->page[i] = kmalloc(PACKET_ROOM, GFP_KERNEL);
	if (packet->room[0] && packet->room[1] && packet->info && packet->page[0] &&
	    packet->page[1])
		return 0;
	packet_exit(test);
	return -ENOMEM;
}

void packet_exit(struct kunit *test)
{
	struct packet *packet = test->priv;
	unsigned int i;

	if (!packet)
		return;
	for (i = 0; i < ARRAY_SIZE(packet->page); i++)
		kfree(packet->page[i]);
	for (i = 0; i < ARRAY_SIZE(packet->room); i++)
		vfree(packet->room[i]);
	vfree(packet->info);
	test->priv = NULL;
}

u8 *packet_add(struct packet *packet, unsigned int length)
{
	u8 *bytes = packet->bytes + packet->length;

	if (WARN_ON_ONCE(packet->length + length > PACKET_MAX))
		return packet->bytes;
	memset(bytes, 0, length);
	packet->length += length;
	return bytes;
}

/* Writes 688 in place of a length, a flow label, or bytes before the packet. */
static void decoy(u8 *bytes, unsigned int length)
{
	unsigned int i;

	for (i = 0; i < length; i++)
		bytes[i] = i % 2 ? 688 & 0xff : 688 >> 8;
}

void packet_begin(struct packet *packet, enum ghost_family family, u8 number)
{
	if (family == GHOST_IPV4)
		packet_begin_ipv4(packet, number, 20);
	else
		packet_begin_ipv6(packet, number);
}

/* @header: the header length in bytes, options included; a multiple of 4 */
void packet_begin_ipv4(struct packet *packet, u8 number, unsigned int header)
{
	u8 *bytes;

	packet->family = GHOST_IPV4;
	packet->length = 0;
	bytes = packet_add(packet, max(header, 20U));
	bytes[0] = 0x40 | header / 4;
	decoy(bytes + 2, 2);
	bytes[8] = 64;
	bytes[9] = number;
	/* Options that look like ports, but not like port 688. */
	memset(bytes + 20, 0x02, packet->length - 20);
}

void packet_set_fragment_ipv4(struct packet *packet, u16 frag_off)
{
	packet->bytes[6] = frag_off >> 8;
	packet->bytes[7] = frag_off;
}

void packet_begin_ipv6(struct packet *packet, u8 number)
{
	u8 *bytes;

	packet->family = GHOST_IPV6;
	packet->length = 0;
	bytes = packet_add(packet, 40);
	bytes[0] = 0x60;
	decoy(bytes + 2, 2);
	bytes[6] = number;
	bytes[7] = 64;
}

/* @units: the value of the header's length byte, in the unit of @kind */
void packet_add_extension(struct packet *packet, u8 kind, u8 next, u8 units)
{
	u8 *bytes = packet_add(packet, kind == NUMBER_AUTH ? (units + 2) * 4 : (units + 1) * 8);

	bytes[0] = next;
	bytes[1] = units;
}

void packet_add_fragment(struct packet *packet, u8 next, u16 frag_off)
{
	u8 *bytes = packet_add(packet, 8);

	bytes[0] = next;
	bytes[1] = 0xff; /* reserved; not a length */
	bytes[2] = frag_off >> 8;
	bytes[3] = frag_off;
}

void packet_add_ports(struct packet *packet, u16 source, u16 destination, unsigned int length)
{
	u8 *bytes = packet_add(packet, max(length, 4U));

	bytes[0] = source >> 8;
	bytes[1] = source;
	bytes[2] = destination >> 8;
	bytes[3] = destination;
	packet->length -= max(length, 4U) - length;
}

/* Makes an skb without network header whose last @length bytes are @bytes. */
static u8 *part_show(struct sk_buff *skb, u8 *room, u8 *info, const u8 *bytes,
		     unsigned int before, unsigned int length)
{
	memset(skb, 0, sizeof(*skb));
	memset(info, 0, sizeof(struct skb_shared_info));
	skb->data = room + PACKET_ROOM - length - before;
	skb->head = skb->data;
	skb_set_tail_pointer(skb, before + length);
	skb_set_end_offset(skb, info - skb->head);
	skb->len = before + length;
	memcpy(skb->data + before, bytes, length);
	return skb->data;
}

void packet_show_split(struct packet *packet, const struct packet_split *split)
{
	unsigned int linear = min(split->linear, packet->length), size, i;
	const u8 *from = packet->bytes + linear;
	const u8 *end = packet->bytes + packet->length;
	struct sk_buff *skb = &packet->skb;

	decoy(part_show(skb, packet->room[0], packet->info, packet->bytes, packet->before, linear),
	      packet->before);
	skb->len = packet->before + packet->length;
	skb->data_len = packet->length - linear;
	skb_set_network_header(skb, packet->before);
	/* As in a hook that runs before the transport header is set. */
	skb->transport_header = (typeof(skb->transport_header))~0U;

	for (i = 0; i < ARRAY_SIZE(packet->page) && from < end; i++, from += size) {
		u8 *bytes = packet->page[i] + PACKET_ROOM;
		struct page *page = virt_to_head_page(packet->page[i]);

		size = min_t(unsigned int, split->page[i], end - from);
		bytes -= size;
		memcpy(bytes, from, size);
		skb_fill_page_desc(skb, i, page, bytes - (u8 *)page_address(page), size);
	}
	if (from == end)
		return;
	part_show(&packet->list, packet->room[1], packet->info + PACKET_ROOM / 2, from, 0,
		  end - from);
	skb_shinfo(skb)->frag_list = &packet->list;
}

void packet_show(struct packet *packet, unsigned int linear)
{
	/* The first page is so short that the ports cross the gap. */
	const struct packet_split split = { linear, { 3, PACKET_ALL } };

	packet_show_split(packet, &split);
}

bool packet_misses(const struct packet *packet)
{
	return packet->family == GHOST_IPV6 ? ghost_ipv6_misses(&packet->skb) :
					      ghost_ipv4_misses(&packet->skb);
}

enum ghost_class packet_ask(const struct packet *packet, struct ghost_visit *visit)
{
	memset(visit, 0xaa, sizeof(*visit));
	return packet->family == GHOST_IPV6 ? ghost_classify_ipv6(&packet->skb, visit) :
					      ghost_classify_ipv4(&packet->skb, visit);
}

enum ghost_class packet_classify(struct kunit *test, struct ghost_visit *visit)
{
	struct packet *packet = test->priv;
	enum ghost_class class = packet_ask(packet, visit);

	KUNIT_ASSERT_FALSE_MSG(test, packet_misses(packet) && class != GHOST_MISS,
			       "the fast path misses a packet of class %d: %*ph", class,
			       min_t(int, packet->length, 64), packet->bytes);
	return class;
}

void packet_expect(struct kunit *test, enum ghost_class class, enum ghost_protocol protocol)
{
	struct packet *packet = test->priv;
	unsigned int step = 1 + packet->length / 4096 * 64;
	unsigned int linear = packet_header(packet->family);
	struct ghost_visit visit;

	for (; linear <= packet->length; linear += step) {
		packet_show(packet, linear);
		KUNIT_ASSERT_EQ_MSG(test, packet_classify(test, &visit), class,
				    "%u bytes linear of %u: %*ph", linear, packet->length,
				    min_t(int, packet->length, 64), packet->bytes);
		if (class == GHOST_MISS)
			continue;
		KUNIT_ASSERT_EQ(test, visit.family, packet->family);
		KUNIT_ASSERT_EQ(test, visit.packets, 1);
		KUNIT_ASSERT_EQ(test, visit.bytes, packet->length);
		if (class == GHOST_VISIT)
			KUNIT_ASSERT_EQ(test, visit.protocol, protocol);
	}
}

void packet_expect_visit(struct kunit *test, enum ghost_protocol protocol)
{
	packet_expect(test, GHOST_VISIT, protocol);
}

void packet_expect_miss(struct kunit *test)
{
	packet_expect(test, GHOST_MISS, GHOST_PROTOCOLS);
}

void packet_expect_truncated(struct kunit *test)
{
	packet_expect(test, GHOST_TRUNCATED, GHOST_PROTOCOLS);
}
