// SPDX-License-Identifier: GPL-2.0-only
#include <arpa/inet.h>
#include <stdio.h>
#include <string.h>

#include "prefix.h"
#include "text.h"

/**
 * ghost_prefix_mask() - clear the bits beyond the length
 *
 * Return: whether one of them was set.
 */
bool ghost_prefix_mask(struct ghost_prefix *prefix)
{
	bool host_bits = false;
	unsigned int i;

	for (i = 0; i < prefix->bytes; i++) {
		unsigned int bits = i * 8 >= prefix->length ? 0 : prefix->length - i * 8;
		uint8_t mask = bits >= 8 ? 0xff : 0xff00 >> bits;

		host_bits |= prefix->address[i] & ~mask;
		prefix->address[i] &= mask;
	}
	return host_bits;
}

/**
 * ghost_prefix_make() - make a prefix of what the kernel sent, which is not trusted
 *
 * Return: 0, or -1 when the parts make no prefix.
 */
int ghost_prefix_make(struct ghost_prefix *prefix, const void *address, size_t bytes,
		      uint8_t length)
{
	if ((bytes != 4 && bytes != 16) || length > bytes * 8)
		return -1;
	*prefix = (struct ghost_prefix){ .bytes = bytes, .length = length };
	memcpy(prefix->address, address, bytes);
	return 0;
}

/* Whether it is IPv4 written as ::ffff:a.b.c.d, which matches no packet. Then @ipv4 was meant. */
static bool is_mapped(const struct ghost_prefix *prefix, struct ghost_prefix *ipv4)
{
	static const uint8_t head[12] = { [10] = 0xff, [11] = 0xff };
	uint8_t length = prefix->length;

	/* A length of at most 32 was meant for IPv4. One from 33 to 95 leaves host bits. */
	if (prefix->bytes != 16 || memcmp(prefix->address, head, sizeof(head)) ||
	    (length > 32 && length < 96))
		return false;
	ghost_prefix_make(ipv4, prefix->address + sizeof(head), 4,
			  length < 96 ? length : length - 96);
	ghost_prefix_mask(ipv4);
	return true;
}

static int parse(const char *text, struct ghost_prefix *prefix, char *err, bool may_be_mapped)
{
	char address[INET6_ADDRSTRLEN], net[GHOST_PREFIX_LEN], quoted[GHOST_QUOTE_LEN];
	struct ghost_prefix ipv4;
	const char *slash = strchrnul(text, '/');
	uint32_t length;

	memset(prefix, 0, sizeof(*prefix));
	if ((size_t)(slash - text) >= sizeof(address))
		goto no_prefix;
	memcpy(address, text, slash - text);
	address[slash - text] = 0;

	if (inet_pton(AF_INET, address, prefix->address) == 1)
		prefix->bytes = 4;
	else if (inet_pton(AF_INET6, address, prefix->address) == 1)
		prefix->bytes = 16;
	else
		goto no_prefix;

	length = prefix->bytes * 8;
	if (*slash && ghost_number(slash + 1, 0, prefix->bytes * 8, &length)) {
		snprintf(err, GHOST_ERR_LEN, "'%s' has a wrong length; IPv%d takes /0 to /%d",
			 ghost_quote(quoted, text), prefix->bytes == 4 ? 4 : 6, prefix->bytes * 8);
		return -1;
	}
	prefix->length = length;

	if (!may_be_mapped && is_mapped(prefix, &ipv4)) {
		snprintf(err, GHOST_ERR_LEN, "'%s' is IPv4 written as IPv6; write %s",
			 ghost_quote(quoted, text), ghost_prefix_format(&ipv4, net));
		return -1;
	}
	if (ghost_prefix_mask(prefix)) {
		snprintf(err, GHOST_ERR_LEN, "%s has host bits; the network is %s", text,
			 ghost_prefix_format(prefix, net));
		return -1;
	}
	return 0;

no_prefix:
	snprintf(err, GHOST_ERR_LEN,
		 "'%s' is no prefix; write ADDRESS/LENGTH, such as 10.0.0.0/8 or 2001:db8::/32",
		 ghost_quote(quoted, text));
	return -1;
}

/**
 * ghost_prefix_parse() - read ADDRESS or ADDRESS/LENGTH
 * @text: the word
 * @prefix: set on success
 * @err: of %GHOST_ERR_LEN bytes, set on failure
 *
 * Return: 0, or -1.
 */
int ghost_prefix_parse(const char *text, struct ghost_prefix *prefix, char *err)
{
	return parse(text, prefix, err, false);
}

/**
 * ghost_prefix_parse_any() - the same, but take IPv4 written as IPv6 too, so that it can be deleted
 */
int ghost_prefix_parse_any(const char *text, struct ghost_prefix *prefix, char *err)
{
	return parse(text, prefix, err, true);
}

/**
 * ghost_prefix_format() - ADDRESS/LENGTH, always with the length
 * @buf: of %GHOST_PREFIX_LEN bytes
 */
const char *ghost_prefix_format(const struct ghost_prefix *prefix, char *buf)
{
	char address[INET6_ADDRSTRLEN];

	inet_ntop(prefix->bytes == 4 ? AF_INET : AF_INET6, prefix->address, address,
		  sizeof(address));
	snprintf(buf, GHOST_PREFIX_LEN, "%s/%u", address, prefix->length);
	return buf;
}

bool ghost_prefix_equal(const struct ghost_prefix *a, const struct ghost_prefix *b)
{
	return a->bytes == b->bytes && a->length == b->length &&
	       !memcmp(a->address, b->address, a->bytes);
}
