// SPDX-License-Identifier: GPL-2.0-only
/*
 * Generates random packets: all header chains, all protocols, and 688 in the right
 * place and in wrong ones.
 */
#include "generate.h"

#define CHAIN_MAX	40

static const u8 kinds[] = {
	NUMBER_HOP, NUMBER_ROUTING, NUMBER_DEST, NUMBER_AUTH, NUMBER_FRAGMENT,
};

/* RFC 8200, 4.1 */
static const u8 order[] = {
	NUMBER_HOP, NUMBER_DEST, NUMBER_ROUTING, NUMBER_FRAGMENT, NUMBER_AUTH, NUMBER_DEST,
};

static u8 random_number(struct rnd_state *random)
{
	static const u8 others[] = {
		1, 4, 41, 47, 50, 58, NUMBER_NONE, NUMBER_MOBILITY, 139, 140, 253, 255,
		NUMBER_HOP, NUMBER_ROUTING, NUMBER_FRAGMENT, NUMBER_AUTH, NUMBER_DEST,
	};

	if (one_in(random, 4))
		return others[below(random, ARRAY_SIZE(others))];
	return protocol_numbers[below(random, GHOST_PROTOCOLS)].number;
}

/* Offset and flags, mostly those of a first fragment or of an atomic one. */
static u16 random_fragment(struct rnd_state *random, u16 first)
{
	if (one_in(random, 4))
		return prandom_u32_state(random);
	return one_in(random, 2) ? first : 0;
}

static u16 random_port(struct rnd_state *random)
{
	return one_in(random, 2) ? 688 : prandom_u32_state(random);
}

/* Random bytes, many of which look like our port. */
static void noise(u8 *bytes, unsigned int length, struct rnd_state *random)
{
	static const u8 likes[] = { 688 >> 8, 688 & 0xff };
	unsigned int i;

	for (i = 0; i < length; i++) {
		u32 dice = prandom_u32_state(random);

		bytes[i] = dice & 3 ? likes[i & 1] : dice >> 8;
	}
}

/* A 16-bit length in a network header: correct, 688, or wrong. */
static void random_length(u8 *bytes, unsigned int right, struct rnd_state *random)
{
	u32 length = right;

	if (one_in(random, 3))
		length = one_in(random, 2) ? 688 : prandom_u32_state(random);
	if (one_in(random, 8))
		length = 0;
	bytes[0] = length >> 8;
	bytes[1] = length;
}

static unsigned int random_chain(u8 *chain, struct rnd_state *random)
{
	unsigned int count = 0, i;

	switch (below(random, 8)) {
	case 0:
	case 1:
	case 2:
		return 0;
	case 3:
	case 4:
	case 5:
		for (i = 0; i < ARRAY_SIZE(order); i++)
			if (one_in(random, 2))
				chain[count++] = order[i];
		return count;
	case 6:
		count = 1 + below(random, 5);
		break;
	default:
		count = 8 + below(random, CHAIN_MAX - 8 + 1);
	}
	for (i = 0; i < count; i++)
		chain[i] = kinds[below(random, ARRAY_SIZE(kinds))];
	return count;
}

static void random_extension(struct packet *packet, u8 kind, u8 next, unsigned int count,
			     struct rnd_state *random)
{
	unsigned int at = packet->length;
	u8 units = count > 5 ? below(random, 2) : below(random, 4);

	if (kind == NUMBER_FRAGMENT) {
		packet_add_fragment(packet, next, random_fragment(random, 1));
		return;
	}
	if (one_in(random, 64))
		units = prandom_u32_state(random);
	packet_add_extension(packet, kind, next, units);
	noise(packet->bytes + at + 2, min(packet->length - at - 2, 64U), random);
	if (kind == NUMBER_HOP && one_in(random, 4)) {
		/* The jumbo payload option. */
		packet->bytes[at + 2] = 0xc2;
		packet->bytes[at + 3] = 4;
	}
}

static void random_ipv4(struct packet *packet, struct rnd_state *random)
{
	unsigned int header = one_in(random, 2) ? 20 : 20 + 4 * below(random, 11);

	packet_begin_ipv4(packet, random_number(random), header);
	packet_set_fragment_ipv4(packet, 0x4000 ^ random_fragment(random, 0x6000));
	noise(packet->bytes + 20, header - 20, random);
}

static void random_ipv6(struct packet *packet, struct rnd_state *random)
{
	u8 chain[CHAIN_MAX + 1];
	unsigned int count = random_chain(chain, random), i;

	chain[count] = random_number(random);
	packet_begin_ipv6(packet, chain[0]);
	for (i = 0; i < count; i++)
		random_extension(packet, chain[i], chain[i + 1], count, random);
}

/* A packet as carried by a tunnel or quoted by an ICMP error. */
static void random_inside(struct packet *packet, struct rnd_state *random)
{
	u8 *bytes = packet_add(packet, below(random, 9));

	bytes = packet_add(packet, 20);
	bytes[0] = 0x45;
	bytes[9] = protocol_numbers[below(random, GHOST_PROTOCOLS)].number;
	packet_add_ports(packet, 40000, 688, 8);
}

void generate(struct packet *packet, enum ghost_family family, struct rnd_state *random)
{
	unsigned int header = packet_header(family), at;

	packet->before = one_in(random, 4) ? 14 : 0;
	if (family == GHOST_IPV4)
		random_ipv4(packet, random);
	else
		random_ipv6(packet, random);
	if (one_in(random, 8)) {
		random_inside(packet, random);
	} else {
		packet_add_ports(packet, random_port(random), random_port(random),
				 below(random, 24));
		at = packet->length;
		if (one_in(random, 2)) {
			packet_add(packet, 4 + below(random, 60));
			noise(packet->bytes + at, packet->length - at, random);
		}
	}
	if (family == GHOST_IPV4)
		random_length(packet->bytes + 2, packet->length, random);
	else
		random_length(packet->bytes + 4, packet->length - header, random);
}

/* Byte values that mean something to a parser: protocols, lengths, limits. */
static u8 random_telling(struct rnd_state *random)
{
	static const u8 telling[] = {
		0, 1, 2, 4, 6, 17, 33, 43, 44, 50, 51, 58, 59, 60, 127, 128, 132, 135, 136, 176,
		254, 255,
	};

	return telling[below(random, ARRAY_SIZE(telling))];
}

/* Inserts or removes a few bytes, which shifts the rest. */
static void shift(struct packet *packet, unsigned int least, struct rnd_state *random)
{
	unsigned int at = least + below(random, packet->length - least + 1);
	unsigned int count = 1 + below(random, 8);
	unsigned int rest = packet->length - at;

	if (one_in(random, 2)) {
		packet_add(packet, count);
		memmove(packet->bytes + at + count, packet->bytes + at, rest);
		noise(packet->bytes + at, count, random);
		return;
	}
	count = min(count, rest);
	memmove(packet->bytes + at, packet->bytes + at + count, rest - count);
	packet->length -= count;
}

/* Copies a few bytes over others. */
static void splice(struct packet *packet, struct rnd_state *random)
{
	unsigned int from = below(random, packet->length), to = below(random, packet->length);
	unsigned int count = 1 + below(random, 24);

	count = min3(count, packet->length - from, packet->length - to);
	memmove(packet->bytes + to, packet->bytes + from, count);
}

/* A byte that may hold a header's length or the next protocol. */
static u8 *random_field(struct packet *packet, struct rnd_state *random)
{
	unsigned int at;

	if (packet->family == GHOST_IPV4)
		return packet->bytes + (one_in(random, 2) ? 0 : 6 + below(random, 4));
	at = one_in(random, 3) ? 6 : 40 + 8 * below(random, 6) + below(random, 4);
	return packet->bytes + min(at, packet->length - 1);
}

void mutate(struct packet *packet, struct rnd_state *random)
{
	unsigned int least = packet_header(packet->family);
	unsigned int count = 1 + below(random, 3);
	u8 *byte;

	while (count--) {
		byte = packet->bytes + below(random, packet->length);
		switch (below(random, 8)) {
		case 0:
			*byte ^= 1 << below(random, 8);
			break;
		case 1:
			*byte = random_telling(random);
			break;
		case 2:
			*byte = 688 >> 8;
			if (byte + 1 < packet->bytes + packet->length)
				byte[1] = 688 & 0xff;
			break;
		case 3:
			byte = random_field(packet, random);
			*byte = (*byte & 0xf0) | below(random, 16);
			break;
		case 4:
			byte = random_field(packet, random);
			*byte = random_telling(random);
			break;
		case 5:
			splice(packet, random);
			break;
		case 6:
			shift(packet, least, random);
			break;
		default:
			packet->length = least + below(random, packet->length - least + 1);
		}
	}
}
