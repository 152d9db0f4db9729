// SPDX-License-Identifier: GPL-2.0-only
/*
 * policyfile_fuzz SEED COUNT: random policies are printed and parsed again, and so are the same
 * texts with random changes. Each text either parses to a policy that prints and parses to itself,
 * or gives an error at a place inside the text, in one line without control characters.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "keys.h"
#include "policy.h"
#include "policyfile.h"
#include "words.h"

#define CHECK(what) do {							\
	if (!(what)) {								\
		fprintf(stderr, "%s is not so, iteration %u, text:\n%.*s\n",	\
			#what, iteration, (int)length, text);			\
		abort();							\
	}									\
} while (0)

static uint64_t state;
static unsigned int iteration, taken, refused;

static uint32_t dice(uint32_t n)
{
	state ^= state << 13;
	state ^= state >> 7;
	state ^= state << 17;
	return (state >> 16) % n;
}

static char *print(const struct ghost_policy *policy, size_t *length)
{
	char *text;
	FILE *file = open_memstream(&text, length);

	ghost_policyfile_print(policy, file);
	fclose(file);
	return text;
}

static void prefix_make(struct ghost_prefix *prefix, unsigned int distinct)
{
	uint8_t address[16] = { 0 };
	uint8_t bytes = dice(2) ? 4 : 16, length = 16 + dice(bytes * 8 - 15);

	/* The first two bytes give the kind of address; the others may be anything. */
	address[0] = distinct >> 8;
	address[1] = distinct;
	for (unsigned int i = 2; i < bytes; i++) {
		unsigned int bits = i * 8 >= length ? 0 : length - i * 8;

		address[i] = dice(4) ? dice(256) & (bits >= 8 ? 0xff : 0xff00 >> bits) : 0;
	}
	ghost_prefix_make(prefix, address, bytes, length);
}

static void policy_make(struct ghost_policy *policy)
{
	const struct ghost_key *key;

	*policy = (struct ghost_policy){
		.n_allow = dice(8) ? dice(6) : dice(GHOST688_ALLOW_MAX + 1),
	};
	for (key = ghost_keys; key->name; key++) {
		uint32_t words = 0;

		while (key->word.attr && key->word.words[words].word)
			words++;
		if (words)
			policy->value[key->word.attr] = key->word.words[dice(words)].value;
		if (key->number.attr && ghost_key_has_attr(key, policy, key->number.attr))
			policy->value[key->number.attr] =
				key->number.min + dice(key->number.max - key->number.min + 1);
	}
	for (unsigned int i = 0; i < policy->n_allow; i++)
		prefix_make(&policy->allow[i], i);
}

static void fault_check(const char *text, size_t length, const struct ghost_fault *fault)
{
	const char *line = text, *end = text + length;
	unsigned int n;

	CHECK(fault->line >= 1 && fault->column >= 1);
	for (n = 1; n < fault->line; n++) {
		const char *next = memchr(line, '\n', end - line);

		/* An error at the end of the file is one line after the last one. */
		CHECK(next || n + 1 == fault->line);
		line = next ? next + 1 : end;
	}
	end = memchr(line, '\n', end - line) ?: end;
	CHECK(fault->column <= (size_t)(end - line) + 1);
	CHECK(*fault->text && strlen(fault->text) < sizeof(fault->text) - 1);
	for (const char *c = fault->text; *c; c++)
		CHECK(*c >= 0x20 && *c < 0x7f);
}

/* Parses a copy of exactly this size, so that a read beyond its end is seen. */
static int parse(const char *from, size_t length, struct ghost_policy *policy)
{
	struct ghost_fault fault = { 0 };
	char *text = malloc(length);
	int err;

	memcpy(text, from, length);
	err = ghost_policyfile_parse(text, length, policy, &fault);
	if (err)
		fault_check(text, length, &fault);
	free(text);
	return err;
}

static void damage(char *text, size_t *length, size_t room)
{
	static const char *const scraps[] = {
		"\n", "\r\n", "#", " ", "\t", "allow", "in off\n", "::/0", "0.0.0.0/0", "/", ",log",
		"nflog:65536", "18446744073709551617", "-1", "\xff", "\033[m", "10.0.0.1/8", "=",
		"allow ::ffff:1.2.3.4\n", "log-rate 1/s\n",
	};
	size_t at = dice(*length + 1), n;
	const char *scrap;

	switch (dice(5)) {
	case 0:
		if (at < *length)
			text[at] = dice(256);
		break;
	case 1:
		*length = at;
		break;
	case 2:
		n = dice(40);
		if (at + n > *length)
			n = *length - at;
		memmove(text + at, text + at + n, *length - at - n);
		*length -= n;
		break;
	case 3:
		scrap = scraps[dice(sizeof(scraps) / sizeof(scraps[0]))];
		n = strlen(scrap);
		if (*length + n > room)
			return;
		memmove(text + at + n, text + at, *length - at);
		memcpy(text + at, scrap, n);
		*length += n;
		break;
	case 4:
		n = dice(64) ? dice(40) : dice(2000);
		if (*length + n > room)
			return;
		memmove(text + at + n, text + at, *length - at);
		memset(text + at, dice(2) ? 'x' : dice(256), n);
		*length += n;
		break;
	}
}

static bool equal(const struct ghost_policy *a, const struct ghost_policy *b)
{
	if (memcmp(a->value, b->value, sizeof(a->value)) || a->n_allow != b->n_allow)
		return false;
	for (unsigned int i = 0; i < a->n_allow; i++) {
		if (!ghost_prefix_equal(&a->allow[i], &b->allow[i]))
			return false;
	}
	return true;
}

static void round_trip(const struct ghost_policy *policy)
{
	struct ghost_policy back;
	size_t length;
	char *text = print(policy, &length);

	CHECK(!parse(text, length, &back));
	CHECK(equal(policy, &back));
	free(text);
}

int main(int argc, char **argv)
{
	static char text[65536];
	struct ghost_policy policy, other;
	unsigned int count;

	if (argc != 3)
		return 2;
	state = strtoull(argv[1], NULL, 10) | 1;
	count = strtoul(argv[2], NULL, 10);
	for (iteration = 0; iteration < count; iteration++) {
		size_t length;
		char *printed;

		policy_make(&policy);
		round_trip(&policy);
		printed = print(&policy, &length);
		memcpy(text, printed, length);
		free(printed);
		for (unsigned int n = 1 + dice(3); n; n--) {
			damage(text, &length, sizeof(text));
			if (parse(text, length, &other)) {
				refused++;
			} else {
				taken++;
				round_trip(&other);
			}
		}
	}
	printf("%u %u\n", taken, refused);
	return 0;
}
