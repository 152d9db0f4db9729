// SPDX-License-Identifier: GPL-2.0-only
#include <arpa/inet.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "hit.h"
#include "hitline.h"
#include "moment.h"
#include "names.h"
#include "output.h"
#include "text.h"
#include "words.h"

#define ATTR(name) GHOST688_A_HIT_##name
#define HAS(hit, name) ghost_hit_has(hit, ATTR(name))

static const char *address_format(const struct ghost_address *address, char *buf)
{
	inet_ntop(address->bytes == 4 ? AF_INET : AF_INET6, address->address, buf,
		  INET6_ADDRSTRLEN);
	return buf;
}

/* As in 192.0.2.1(host.example):688 and [2001:db8::1]:688. */
static void end_print(const struct ghost_address *address, bool has_port, uint16_t port)
{
	char text[INET6_ADDRSTRLEN], name[GHOST_NAME_LEN];
	bool brackets = has_port && address->bytes == 16;

	ghost_names_address(address->address, address->bytes, name);
	printf("%s%s%s", brackets ? "[" : "", address_format(address, text), brackets ? "]" : "");
	if (*name)
		printf("(%s)", name);
	if (has_port)
		printf(":%u", port);
}

/* What the destination was before translation, and the source if that was translated. */
static void original_print(const struct ghost_hit *hit)
{
	if (HAS(hit, ORIGINAL_SOURCE) &&
	    (memcmp(&hit->original_source, &hit->source, sizeof(hit->source)) ||
	     hit->original_source_port != hit->source_port)) {
		fputs(" sent-from=", stdout);
		end_print(&hit->original_source, HAS(hit, ORIGINAL_SOURCE_PORT),
			  hit->original_source_port);
	}
	if (HAS(hit, ORIGINAL_DESTINATION) &&
	    (memcmp(&hit->original_destination, &hit->destination, sizeof(hit->destination)) ||
	     hit->original_destination_port != hit->destination_port)) {
		fputs(" sent-to=", stdout);
		end_print(&hit->original_destination, HAS(hit, ORIGINAL_DESTINATION_PORT),
			  hit->original_destination_port);
	}
}

/* In out the sender as far as it is known; else the interfaces. */
static void who_print(const struct ghost_hit *hit)
{
	char name[GHOST_NAME_LEN], quoted[GHOST_QUOTE_LEN];

	if (!HAS(hit, UID) && !HAS(hit, COMM)) {
		if (HAS(hit, IN_IFNAME))
			printf(" in=%s", ghost_quote_name(quoted, hit->in_ifname));
		if (HAS(hit, OUT_IFNAME))
			printf(" out=%s", ghost_quote_name(quoted, hit->out_ifname));
	}
	if (HAS(hit, UID)) {
		printf(" uid=%u", hit->uid);
		if (*ghost_names_user(hit->uid, name))
			printf("(%s)", name);
	}
	if (HAS(hit, PID))
		printf(" pid=%u", hit->pid);
	if (HAS(hit, COMM))
		printf(" comm=%s", ghost_quote_name(quoted, hit->comm));
}

/**
 * ghost_hit_print() - print a hit as a line for people
 */
void ghost_hit_print(const struct ghost_hit *hit)
{
	const char *verdict, *reason = NULL;
	char word[GHOST_WORD_LEN], why[GHOST_WORD_LEN];
	bool passes = hit->verdict != GHOST688_VERDICT_DROPPED &&
		      hit->verdict != GHOST688_VERDICT_REJECTED;
	int width;

	ghost_moment_print(hit->time);
	printf("%-7s ", ghost_word_name(ghost_directions, hit->direction, word));
	verdict = ghost_word_name(ghost_verdicts, hit->verdict, word);
	/* The verdict "allowed" says it. */
	if (HAS(hit, REASON) && hit->reason != GHOST688_REASON_ALLOWED)
		reason = ghost_word_name(ghost_reasons, hit->reason, why);
	width = printf("%s%s%s%s%s", ghost_colour(passes ? GHOST_GREEN : GHOST_RED), verdict,
		       reason ? "," : "", reason ? reason : "", ghost_colour(GHOST_PLAIN));
	width -= strlen(ghost_colour(GHOST_GREEN)) + strlen(ghost_colour(GHOST_PLAIN));
	printf("%*s %-4s ", width < 8 ? 8 - width : 0, "", HAS(hit, PROTOCOL) ?
	       ghost_word_name(ghost_protocols, hit->protocol, word) : "-");
	end_print(&hit->source, HAS(hit, SOURCE_PORT), hit->source_port);
	fputs(" -> ", stdout);
	end_print(&hit->destination, HAS(hit, DESTINATION_PORT), hit->destination_port);
	original_print(hit);
	if (hit->packets > 1)
		printf(" packets=%u", hit->packets);
	who_print(hit);
	putchar('\n');
}

/* An object, and the hit that is added to it: each of its attributes if the hit has it. */
struct pair {
	json_t *object;
	const struct ghost_hit *hit;
};

static void number_add(struct pair pair, enum ghost688_a_hit attr, const char *key, uint64_t value)
{
	if (ghost_hit_has(pair.hit, attr))
		ghost_json_add(pair.object, key, ghost_json_u64(value));
}

static void name_add(struct pair pair, enum ghost688_a_hit attr, const char *key, const char *name)
{
	if (ghost_hit_has(pair.hit, attr))
		ghost_json_add(pair.object, key, ghost_json_name(name));
}

static void word_add(struct pair pair, enum ghost688_a_hit attr, const char *key, uint32_t value,
		     const struct ghost_word *table)
{
	char word[GHOST_WORD_LEN];

	if (ghost_hit_has(pair.hit, attr))
		ghost_json_add(pair.object, key, json_string(ghost_word_name(table, value, word)));
}

static void address_add(struct pair pair, enum ghost688_a_hit attr, const char *key,
			const struct ghost_address *address)
{
	char text[INET6_ADDRSTRLEN];

	if (ghost_hit_has(pair.hit, attr))
		ghost_json_add(pair.object, key, json_string(address_format(address, text)));
}

static void originals_add(struct pair pair, const struct ghost_hit *hit)
{
	address_add(pair, ATTR(ORIGINAL_SOURCE), "original-source", &hit->original_source);
	number_add(pair, ATTR(ORIGINAL_SOURCE_PORT), "original-source-port",
		   hit->original_source_port);
	address_add(pair, ATTR(ORIGINAL_DESTINATION), "original-destination",
		    &hit->original_destination);
	number_add(pair, ATTR(ORIGINAL_DESTINATION_PORT), "original-destination-port",
		   hit->original_destination_port);
}

static void interfaces_add(struct pair pair, const struct ghost_hit *hit)
{
	if (hit->direction == GHOST688_DIRECTION_OUT)
		name_add(pair, ATTR(OUT_IFNAME), "interface", hit->out_ifname);
	else
		name_add(pair, ATTR(IN_IFNAME), "interface", hit->in_ifname);
	number_add(pair, ATTR(IN_IFINDEX), "in-ifindex", hit->in_ifindex);
	name_add(pair, ATTR(IN_IFNAME), "in-interface", hit->in_ifname);
	number_add(pair, ATTR(OUT_IFINDEX), "out-ifindex", hit->out_ifindex);
	name_add(pair, ATTR(OUT_IFNAME), "out-interface", hit->out_ifname);
}

static void sender_add(struct pair pair, const struct ghost_hit *hit)
{
	number_add(pair, ATTR(UID), "uid", hit->uid);
	number_add(pair, ATTR(PID), "pid", hit->pid);
	name_add(pair, ATTR(COMM), "comm", hit->comm);
	number_add(pair, ATTR(CGROUP), "cgroup", hit->cgroup);
	number_add(pair, ATTR(COOKIE), "cookie", hit->cookie);
}

static void names_add(struct pair pair, const struct ghost_hit *hit)
{
	char name[GHOST_NAME_LEN];

	if (*ghost_names_address(hit->source.address, hit->source.bytes, name))
		ghost_json_add(pair.object, "source-name", json_string(name));
	if (*ghost_names_address(hit->destination.address, hit->destination.bytes, name))
		ghost_json_add(pair.object, "destination-name", json_string(name));
	if (HAS(hit, UID) && *ghost_names_user(hit->uid, name))
		ghost_json_add(pair.object, "user", json_string(name));
}

/**
 * ghost_hit_print_json() - print a hit as a line of JSON
 *
 * Return: the exit status.
 */
int ghost_hit_print_json(const struct ghost_hit *hit)
{
	struct pair pair = { json_object(), hit };

	number_add(pair, ATTR(CPU), "cpu", hit->cpu);
	number_add(pair, ATTR(SEQ), "seq", hit->seq);
	ghost_moment_json(pair.object, hit->time);
	number_add(pair, ATTR(BOOT_TIME), "boot-time", hit->boot_time);
	word_add(pair, ATTR(DIRECTION), "direction", hit->direction, ghost_directions);
	word_add(pair, ATTR(FAMILY), "family", hit->family, ghost_families);
	word_add(pair, ATTR(PROTOCOL), "protocol", hit->protocol, ghost_protocols);
	word_add(pair, ATTR(VERDICT), "verdict", hit->verdict, ghost_verdicts);
	word_add(pair, ATTR(REASON), "reason", hit->reason, ghost_reasons);
	address_add(pair, ATTR(SOURCE), "source", &hit->source);
	number_add(pair, ATTR(SOURCE_PORT), "source-port", hit->source_port);
	address_add(pair, ATTR(DESTINATION), "destination", &hit->destination);
	number_add(pair, ATTR(DESTINATION_PORT), "destination-port", hit->destination_port);
	originals_add(pair, hit);
	interfaces_add(pair, hit);
	number_add(pair, ATTR(PACKETS), "packets", hit->packets);
	number_add(pair, ATTR(BYTES), "bytes", hit->bytes);
	number_add(pair, ATTR(TCP_FLAGS), "tcp-flags", hit->tcp_flags);
	sender_add(pair, hit);
	names_add(pair, hit);
	return ghost_json_print(pair.object);
}
