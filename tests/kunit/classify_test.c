// SPDX-License-Identifier: GPL-2.0-only
/*
 * classify: what both families have in common, and IPv4. Each expectation is checked
 * for every split of the packet into a linear and a paged part.
 */
#include "packet.h"
#include "state/words.h"

static const enum ghost_family families[] = { GHOST_IPV4, GHOST_IPV6 };

static bool number_is_ours(u8 number)
{
	unsigned int i;

	for (i = 0; i < GHOST_PROTOCOLS; i++)
		if (protocol_numbers[i].number == number)
			return true;
	return false;
}

/* Neither one of our protocols nor an extension header. */
static bool number_is_foreign(u8 number)
{
	switch (number) {
	case NUMBER_HOP:
	case NUMBER_ROUTING:
	case NUMBER_FRAGMENT:
	case NUMBER_AUTH:
	case NUMBER_DEST:
		return false;
	default:
		return !number_is_ours(number);
	}
}

static void every_protocol_to_688_is_a_visit(struct kunit *test)
{
	unsigned int f, p;

	for (f = 0; f < ARRAY_SIZE(families); f++)
		for (p = 0; p < GHOST_PROTOCOLS; p++) {
			packet_begin(test->priv, families[f], protocol_numbers[p].number);
			packet_add_ports(test->priv, 40000, 688, 20);
			packet_expect_visit(test, protocol_numbers[p].protocol);
		}
}

static void ports_alone_are_enough_for_a_visit(struct kunit *test)
{
	unsigned int f, p;

	for (f = 0; f < ARRAY_SIZE(families); f++)
		for (p = 0; p < GHOST_PROTOCOLS; p++) {
			packet_begin(test->priv, families[f], protocol_numbers[p].number);
			packet_add_ports(test->priv, 688, 688, 4);
			packet_expect_visit(test, protocol_numbers[p].protocol);
		}
}

static void source_port_688_alone_is_a_miss(struct kunit *test)
{
	unsigned int f, p;

	for (f = 0; f < ARRAY_SIZE(families); f++)
		for (p = 0; p < GHOST_PROTOCOLS; p++) {
			packet_begin(test->priv, families[f], protocol_numbers[p].number);
			packet_add_ports(test->priv, 688, 2049, 20);
			packet_expect_miss(test);
		}
}

static void ports_like_688_are_misses(struct kunit *test)
{
	static const u16 others[] = { 0, 687, 689, 0xb002, 0x0200, 0x00b0, 65535 };
	unsigned int f, i;

	for (f = 0; f < ARRAY_SIZE(families); f++) {
		for (i = 0; i < ARRAY_SIZE(others); i++) {
			packet_begin(test->priv, families[f], NUMBER_UDP);
			packet_add_ports(test->priv, 688, others[i], 8);
			packet_expect_miss(test);
		}
		for (i = 0; i < 16; i++) {
			packet_begin(test->priv, families[f], NUMBER_TCP);
			packet_add_ports(test->priv, 688, 688 ^ 1 << i, 20);
			packet_expect_miss(test);
		}
	}
}

static void other_protocols_with_688_in_that_place_are_misses(struct kunit *test)
{
	unsigned int f, number;

	for (f = 0; f < ARRAY_SIZE(families); f++)
		for (number = 0; number < 256; number++) {
			if (!number_is_foreign(number))
				continue;
			packet_begin(test->priv, families[f], number);
			packet_add_ports(test->priv, 688, 688, 20);
			packet_expect_miss(test);
		}
}

/* In IPv4 these numbers are ordinary protocols. */
static void ipv6_extension_numbers_in_ipv4_are_misses(struct kunit *test)
{
	static const u8 numbers[] = {
		NUMBER_HOP, NUMBER_ROUTING, NUMBER_FRAGMENT, NUMBER_AUTH, NUMBER_DEST,
	};
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(numbers); i++) {
		packet_begin_ipv4(test->priv, numbers[i], 20);
		packet_add_ports(test->priv, 688, 688, 20);
		packet_expect_miss(test);
	}
}

static void a_packet_cut_in_its_ports_is_truncated(struct kunit *test)
{
	unsigned int f, p, length;

	for (f = 0; f < ARRAY_SIZE(families); f++)
		for (p = 0; p < GHOST_PROTOCOLS; p++)
			for (length = 0; length < 4; length++) {
				packet_begin(test->priv, families[f], protocol_numbers[p].number);
				packet_add_ports(test->priv, 688, 688, length);
				packet_expect_truncated(test);
			}
}

static void a_cut_packet_of_another_protocol_is_a_miss(struct kunit *test)
{
	static const u8 numbers[] = { 1, 2, 47, 50, 58, 115 };
	unsigned int f, i, length;

	for (f = 0; f < ARRAY_SIZE(families); f++)
		for (i = 0; i < ARRAY_SIZE(numbers); i++)
			for (length = 0; length < 4; length++) {
				packet_begin(test->priv, families[f], numbers[i]);
				packet_add_ports(test->priv, 688, 688, length);
				packet_expect_miss(test);
			}
}

static void bytes_count_from_the_network_header_on(struct kunit *test)
{
	struct packet *packet = test->priv;
	unsigned int f;

	for (f = 0; f < ARRAY_SIZE(families); f++) {
		packet->before = 14;
		packet_begin(packet, families[f], NUMBER_SCTP);
		packet_add_ports(packet, 1, 688, 12);
		packet_expect_visit(test, GHOST_SCTP);
		packet_begin(packet, families[f], NUMBER_SCTP);
		packet_add_ports(packet, 1, 688, 3);
		packet_expect_truncated(test);
	}
}

/* If this fails, the module may still be correct, but it is slow. */
static void the_fast_path_suffices_for_most_misses(struct kunit *test)
{
	struct packet *packet = test->priv;
	unsigned int f, p, header;

	for (f = 0; f < ARRAY_SIZE(families); f++)
		for (p = 0; p < GHOST_PROTOCOLS; p++) {
			packet_begin(packet, families[f], protocol_numbers[p].number);
			packet_add_ports(packet, 688, 80, 4);
			packet_show(packet, PACKET_ALL);
			KUNIT_EXPECT_TRUE(test, packet_misses(packet));
		}
	for (header = 20; header <= 60; header += 4) {
		packet_begin_ipv4(packet, NUMBER_TCP, header);
		packet_add_ports(packet, 688, 80, 20);
		packet_show(packet, PACKET_ALL);
		KUNIT_EXPECT_TRUE(test, packet_misses(packet));
	}
}

static void ipv4_options_are_stepped_over(struct kunit *test)
{
	struct packet *packet = test->priv;
	unsigned int header;

	for (header = 20; header <= 60; header += 4) {
		packet_begin_ipv4(packet, NUMBER_TCP, header);
		packet_add_ports(packet, 1, 688, 20);
		packet_expect_visit(test, GHOST_TCP);

		packet_begin_ipv4(packet, NUMBER_TCP, header);
		packet_add_ports(packet, 1, 80, 20);
			/* Write 688 where the port would be without options. */
		if (header > 20) {
			packet->bytes[22] = 688 >> 8;
			packet->bytes[23] = 688 & 0xff;
		}
		packet_expect_miss(test);
	}
}

static void an_ipv4_header_too_short_is_a_miss(struct kunit *test)
{
	struct packet *packet = test->priv;
	unsigned int header, i;

	for (header = 0; header < 20; header += 4) {
		packet_begin_ipv4(packet, NUMBER_UDP, header);
		packet_add_ports(packet, 688, 688, 20);
		for (i = 12; i < 20; i += 2) {
			packet->bytes[i] = 688 >> 8;
			packet->bytes[i + 1] = 688 & 0xff;
		}
		packet_expect_miss(test);
	}
}

static void an_ipv4_header_longer_than_the_packet_is_truncated(struct kunit *test)
{
	struct packet *packet = test->priv;

	packet_begin_ipv4(packet, NUMBER_UDP, 60);
	packet_add_ports(packet, 688, 688, 4);
	for (packet->length = 63; packet->length >= 20; packet->length--)
		packet_expect_truncated(test);
}

static void the_first_ipv4_fragment_decides(struct kunit *test)
{
	static const u16 first[] = { 0x0000, 0x2000, 0x4000, 0x6000, 0x8000, 0xe000 };
	static const u16 later[] = { 0x0001, 0x2001, 0x00ff, 0x0100, 0x1fff, 0x3fff, 0x4001 };
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(first); i++) {
		packet_begin_ipv4(test->priv, NUMBER_UDP, 20);
		packet_set_fragment_ipv4(test->priv, first[i]);
		packet_add_ports(test->priv, 1, 688, 16);
		packet_expect_visit(test, GHOST_UDP);
	}
	for (i = 0; i < ARRAY_SIZE(later); i++) {
		packet_begin_ipv4(test->priv, NUMBER_UDP, 20);
		packet_set_fragment_ipv4(test->priv, later[i]);
		packet_add_ports(test->priv, 1, 688, 16);
		packet_expect_miss(test);
	/* A short later fragment is not truncated either: its ports are elsewhere. */
		packet_begin_ipv4(test->priv, NUMBER_UDP, 20);
		packet_set_fragment_ipv4(test->priv, later[i]);
		packet_add_ports(test->priv, 1, 688, 2);
		packet_expect_miss(test);
	}
}

static void each_protocol_bears_its_iana_number(struct kunit *test)
{
	unsigned int p;

	for (p = 0; p < GHOST_PROTOCOLS; p++)
		KUNIT_EXPECT_EQ(test, ghost_protocol_number(protocol_numbers[p].protocol),
				protocol_numbers[p].number);
}

static struct kunit_case classify_cases[] = {
	KUNIT_CASE(every_protocol_to_688_is_a_visit),
	KUNIT_CASE(ports_alone_are_enough_for_a_visit),
	KUNIT_CASE(source_port_688_alone_is_a_miss),
	KUNIT_CASE(ports_like_688_are_misses),
	KUNIT_CASE(other_protocols_with_688_in_that_place_are_misses),
	KUNIT_CASE(ipv6_extension_numbers_in_ipv4_are_misses),
	KUNIT_CASE(a_packet_cut_in_its_ports_is_truncated),
	KUNIT_CASE(a_cut_packet_of_another_protocol_is_a_miss),
	KUNIT_CASE(bytes_count_from_the_network_header_on),
	KUNIT_CASE(the_fast_path_suffices_for_most_misses),
	KUNIT_CASE(ipv4_options_are_stepped_over),
	KUNIT_CASE(an_ipv4_header_too_short_is_a_miss),
	KUNIT_CASE(an_ipv4_header_longer_than_the_packet_is_truncated),
	KUNIT_CASE(the_first_ipv4_fragment_decides),
	KUNIT_CASE(each_protocol_bears_its_iana_number),
	{}
};

static struct kunit_suite classify_suite = {
	.name = "ghost688_classify",
	.init = packet_init,
	.exit = packet_exit,
	.test_cases = classify_cases,
};

kunit_test_suites(&classify_suite);
