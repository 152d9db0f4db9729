// SPDX-License-Identifier: GPL-2.0-only
#include <stdio.h>
#include <string.h>

#include <ghost688.h>

#include "words.h"

const struct ghost_word ghost_actions[] = {
	{ "off", GHOST688_ACTION_OFF },
	{ "count", GHOST688_ACTION_COUNT },
	{ "log", GHOST688_ACTION_LOG },
	{ "drop", GHOST688_ACTION_DROP },
	{ "drop,log", GHOST688_ACTION_DROP_LOG },
	{ "reject", GHOST688_ACTION_REJECT },
	{ "reject,log", GHOST688_ACTION_REJECT_LOG },
	{ NULL, 0 }
};

const struct ghost_word ghost_directions[] = {
	{ "in", GHOST688_DIRECTION_IN },
	{ "forward", GHOST688_DIRECTION_FORWARD },
	{ "out", GHOST688_DIRECTION_OUT },
	{ NULL, 0 }
};

const struct ghost_word ghost_families[] = {
	{ "ipv4", 4 },
	{ "ipv6", 6 },
	{ NULL, 0 }
};

/* IANA's numbers. New system headers have no names for DCCP and UDP-Lite any more. */
const struct ghost_word ghost_protocols[] = {
	{ "tcp", 6 },
	{ "udp", 17 },
	{ "dccp", 33 },
	{ "sctp", 132 },
	{ "udplite", 136 },
	{ NULL, 0 }
};

/* The number of each protocol's bit in a source. */
const struct ghost_word ghost_protocol_bits[] = {
	{ "tcp", GHOST688_PROTOCOL_TCP },
	{ "udp", GHOST688_PROTOCOL_UDP },
	{ "udplite", GHOST688_PROTOCOL_UDPLITE },
	{ "sctp", GHOST688_PROTOCOL_SCTP },
	{ "dccp", GHOST688_PROTOCOL_DCCP },
	{ "truncated", GHOST688_PROTOCOL_TRUNCATED },
	{ NULL, 0 }
};

const struct ghost_word ghost_verdicts[] = {
	{ "passed", GHOST688_VERDICT_PASSED },
	{ "dropped", GHOST688_VERDICT_DROPPED },
	{ "rejected", GHOST688_VERDICT_REJECTED },
	{ "allowed", GHOST688_VERDICT_ALLOWED },
	{ "reply", GHOST688_VERDICT_REPLY },
	{ NULL, 0 }
};

const struct ghost_word ghost_reasons[] = {
	{ "truncated", GHOST688_REASON_TRUNCATED },
	{ "allowed", GHOST688_REASON_ALLOWED },
	{ "translated", GHOST688_REASON_TRANSLATED },
	{ NULL, 0 }
};

/* What a reset was of. */
const struct ghost_word ghost_tables[] = {
	{ "counters", GHOST688_TABLE_COUNTERS },
	{ "sources", GHOST688_TABLE_SOURCES },
	{ NULL, 0 }
};

/**
 * ghost_word_value() - the number that a word stands for
 *
 * Return: 0, or -1 when @table does not have the word.
 */
int ghost_word_value(const struct ghost_word *table, const char *word, uint32_t *value)
{
	for (; table->word; table++) {
		if (!strcmp(table->word, word)) {
			*value = table->value;
			return 0;
		}
	}
	return -1;
}

/**
 * ghost_word_name() - the word for a number
 * @buf: of %GHOST_WORD_LEN bytes, used for a number that only a newer module knows
 */
const char *ghost_word_name(const struct ghost_word *table, uint32_t value, char *buf)
{
	for (; table->word; table++) {
		if (table->value == value)
			return table->word;
	}
	snprintf(buf, GHOST_WORD_LEN, "unknown(%u)", value);
	return buf;
}

/**
 * ghost_word_list() - all words of a table, with blanks between
 * @buf: of %GHOST_WORDS_LEN bytes
 */
const char *ghost_word_list(const struct ghost_word *table, char *buf)
{
	const char *space = "";
	size_t used = 0;

	for (*buf = 0; table->word && used < GHOST_WORDS_LEN; table++, space = " ")
		used += snprintf(buf + used, GHOST_WORDS_LEN - used, "%s%s", space, table->word);
	return buf;
}

/**
 * ghost_word_bits() - the words for the bits of a number, with commas between; "-" for none
 * @table: the number of each bit
 * @buf: of %GHOST_BITS_LEN bytes
 */
const char *ghost_word_bits(const struct ghost_word *table, uint32_t bits, char *buf)
{
	char word[GHOST_WORD_LEN];
	size_t used = 0;
	uint32_t bit;

	strcpy(buf, "-");
	for (bit = 0; bit < 32; bit++) {
		if (bits & 1u << bit)
			used += snprintf(buf + used, GHOST_BITS_LEN - used, "%s%s",
					 used ? "," : "", ghost_word_name(table, bit, word));
	}
	return buf;
}
