/* SPDX-License-Identifier: GPL-2.0-only */
/* The wire: one generic netlink socket that talks to the module. */
#ifndef GHOST_GENL_H
#define GHOST_GENL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <libmnl/libmnl.h>

/* The largest request is a policy of 256 prefixes, 32 bytes each. */
#define GHOST_REQUEST_SIZE 16384
/* The largest answer is that of counters-reset, near 12 KiB; the kernel caps dumps at 32. */
#define GHOST_ANSWER_SIZE 65536

/* A dump whose source changed underneath is asked for again, so often at most. */
#define GHOST_DUMP_TRIES 8

/**
 * struct ghost_genl - the socket, the family's numbers, and the kernel's last complaint
 * @id: family id
 * @found: family id, while it is looked for
 * @abi: the module's family version
 * @text: extack text, "" when the kernel gave none
 * @bad: offset of the attribute that the kernel named, in the request; 0 for none
 * @missing: type of the attribute that the kernel missed, 0 for none
 */
struct ghost_genl {
	struct mnl_socket *socket;
	struct nlmsghdr *request;
	void *answer;
	uint32_t sequence;
	uint16_t id;
	uint16_t found;
	uint32_t abi;
	char text[256];
	uint32_t bad;
	uint32_t missing;
};

/* Gets each answer that is one; a negative errno ends the talk. */
typedef int (*ghost_genl_fn)(const struct nlmsghdr *answer, void *arg);

int ghost_genl_open(struct ghost_genl *genl);
void ghost_genl_close(struct ghost_genl *genl);
struct nlmsghdr *ghost_genl_request(struct ghost_genl *genl, uint8_t cmd, uint16_t flags);
int ghost_genl_talk(struct ghost_genl *genl, ghost_genl_fn fn, void *arg);

#endif
