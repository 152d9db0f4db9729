/* SPDX-License-Identifier: GPL-2.0-only */
/* What all keys of a policy have in common: how a value is read and written as text. */
#ifndef GHOST_KEY_H
#define GHOST_KEY_H

#include <stdbool.h>
#include <stdint.h>

struct ghost_policy;
struct ghost_word;

enum ghost_key_kind {
	GHOST_KEY_ACTION,	/* drop */
	GHOST_KEY_WORD,		/* exempt */
	GHOST_KEY_NUMBER,	/* 20 */
	GHOST_KEY_RATE,		/* 10/s: a number, and a word that is its unit */
	GHOST_KEY_TARGET,	/* syslog or nflog:7: a word, and after one of them a number */
};

/**
 * struct ghost_key - a key that occurs once in a policy
 * @name: its name
 * @kind: how its value is written; set ACTION without a key is for each GHOST_KEY_ACTION
 * @required: a policy file must have it
 * @word: the part of the value that is a word
 * @word.attr: its netlink attribute, a u32; 0 if there is no such part
 * @word.words: the valid words
 * @word.standard: the default
 * @number: the part of the value that is a number
 * @number.attr: its netlink attribute; 0 if there is no such part
 * @number.is_u16: the attribute is a u16 and not a u32
 * @number.name: what help calls it
 * @number.min: the smallest one
 * @number.max: the largest one
 * @number.standard: the default
 * @number.follows: for GHOST_KEY_TARGET, the word that it follows; with another word it is 0, and
 *	the attribute is absent
 */
struct ghost_key {
	const char *name;
	enum ghost_key_kind kind;
	bool required;
	struct {
		uint16_t attr;
		const struct ghost_word *words;
		uint32_t standard;
	} word;
	struct {
		uint16_t attr;
		bool is_u16;
		const char *name;
		uint32_t min;
		uint32_t max;
		uint32_t standard;
		uint32_t follows;
	} number;
};

/* Fits any value of any key. */
#define GHOST_VALUE_LEN 64

/* Fits what ghost_key_values() and ghost_key_offers() write. */
#define GHOST_VALUES_LEN 256

int ghost_action_parse(const char *text, uint32_t *action, const char *key, char *err);
int ghost_key_parse(const struct ghost_key *key, struct ghost_policy *policy, const char *text,
		    char *err);
const char *ghost_key_format(const struct ghost_key *key, const struct ghost_policy *policy,
			     char *buf);
const char *ghost_key_values(const struct ghost_key *key, char *buf);
const char *ghost_key_offers(const struct ghost_key *key, char *buf);
void ghost_key_set_absent(const struct ghost_key *key, struct ghost_policy *policy);
bool ghost_key_is_absent(const struct ghost_key *key, const struct ghost_policy *policy);
bool ghost_key_has_attr(const struct ghost_key *key, const struct ghost_policy *policy,
			uint16_t attr);

#endif
