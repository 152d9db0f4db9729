// SPDX-License-Identifier: GPL-2.0-only
/*
 * Packets for tests, byte by byte as the RFCs draw them.
 */
#include <linux/mm.h>
#include <linux/vmalloc.h>

#include "packet.h"

/* A multiple of 8: KASAN sees its very end; no whole page: a read beyond does not fault. */
#define PACKET_ROOM	1000

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

	if (!packet)
		return -ENOMEM;
	test->priv = packet;
	packet->room = vmalloc(PACKET_ROOM);
	packet->info = vmalloc(PACKET_ROOM);
	packet->page[0] = alloc_page(GFP_KERNEL);
	packet->page[1] = alloc_page(GFP_KERNEL);
	if (!packet->room || !packet->info || !packet->page[0] || !packet->page[1]) {
		packet_exit(test);
		return -ENOMEM;
	}
	/* An skb's end, where its shared info is, lies behind its head. */
	if (packet->room > packet->info)
		swap(packet->room, packet->info);
	return 0;
}

void packet_exit(struct kunit *test)
{
	struct packet *packet = test->priv;
	unsigned int i;

	if (!packet)
		return;
	for (i = 0; i < ARRAY_SIZE(packet->page); i++)
		if (packet->page[i])
			__free_page(packet->page[i]);
	vfree(packet->info);
	vfree(packet->room);
	test->priv = NULL;
}

static u8 *packet_add(struct packet *packet, unsigned int length)
{
	u8 *bytes = packet->bytes + packet->length;

	if (WARN_ON_ONCE(packet->length + length > PACKET_MAX))
		return packet->bytes;
	memset(bytes, 0, length);
	packet->length += length;
	return bytes;
}

/* 688 where no port is: as a length, as a flow label, before the packet. */
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

/* @header: its length in bytes with options, a multiple of 4. */
void packet_begin_ipv4(struct packet *packet, u8 number, unsigned int header)
{
	u8 *bytes;

	packet->length = 0;
	bytes = packet_add(packet, max(header, 20U));
	bytes[0] = 0x40 | header / 4;
	decoy(bytes + 2, 2);
	bytes[8] = 64;
	bytes[9] = number;
	/* Options that look like ports, but not like ours. */
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

	packet->length = 0;
	bytes = packet_add(packet, 40);
	bytes[0] = 0x60;
	decoy(bytes + 2, 2);
	bytes[6] = number;
	bytes[7] = 64;
}

/* @units: what stands in the header's length byte, whatever it counts. */
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
	bytes[1] = 0xff; /* reserved, and no length */
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

void packet_show(struct packet *packet, unsigned int linear)
{
	const u8 *from = packet->bytes;
	struct sk_buff *skb = &packet->skb;
	unsigned int rest, size, i;

	linear = min(linear, packet->length);
	rest = packet->length - linear;

	memset(skb, 0, sizeof(*skb));
	memset(packet->info, 0, sizeof(struct skb_shared_info));
	skb->head = packet->room;
	skb->data = packet->room + PACKET_ROOM - packet->before - linear;
	skb_set_tail_pointer(skb, packet->before + linear);
	skb_set_end_offset(skb, packet->info - packet->room);
	skb->len = packet->before + packet->length;
	skb->data_len = rest;
	skb_set_network_header(skb, packet->before);
	/* As in a hook that comes before it is known. */
	skb->transport_header = (typeof(skb->transport_header))~0U;

	decoy(skb->data, packet->before);
	memcpy(skb->data + packet->before, from, linear);
	from += linear;
	/* The first page holds so little that ports lie across the gap. */
	for (i = 0; rest; i++) {
		size = i ? rest : min(rest, 3U);
		memcpy(page_address(packet->page[i]), from, size);
		skb_fill_page_desc(skb, i, packet->page[i], 0, size);
		from += size;
		rest -= size;
	}
}

bool packet_misses(const struct packet *packet)
{
	return packet->bytes[0] >> 4 == 6 ? ghost_ipv6_misses(&packet->skb) :
					    ghost_ipv4_misses(&packet->skb);
}

enum ghost_class packet_classify(struct kunit *test, struct ghost_visit *visit)
{
	struct packet *packet = test->priv;
	enum ghost_class class;

	memset(visit, 0xaa, sizeof(*visit));
	class = packet->bytes[0] >> 4 == 6 ? ghost_classify_ipv6(&packet->skb, visit) :
					     ghost_classify_ipv4(&packet->skb, visit);
	KUNIT_ASSERT_FALSE_MSG(test, packet_misses(packet) && class != GHOST_MISS,
			       "the cheap no drops a packet of class %d: %*ph", class,
			       min_t(int, packet->length, 64), packet->bytes);
	return class;
}

void packet_expect(struct kunit *test, enum ghost_class class, enum ghost_protocol protocol)
{
	struct packet *packet = test->priv;
	bool ipv6 = packet->bytes[0] >> 4 == 6;
	struct ghost_visit visit;
	unsigned int linear;

	for (linear = ipv6 ? 40 : 20; linear <= packet->length; linear++) {
		packet_show(packet, linear);
		KUNIT_ASSERT_EQ_MSG(test, packet_classify(test, &visit), class,
				    "%u bytes linear of %u: %*ph", linear, packet->length,
				    min_t(int, packet->length, 64), packet->bytes);
		if (class == GHOST_MISS)
			continue;
		KUNIT_ASSERT_EQ(test, visit.family, ipv6 ? GHOST_IPV6 : GHOST_IPV4);
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
