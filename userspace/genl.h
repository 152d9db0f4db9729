/* SPDX-License-Identifier: GPL-2.0-only */
/* A generic netlink socket, and requests and answers on it. */
#ifndef GHOST_GENL_H
#define GHOST_GENL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <sys/socket.h>

#include <libmnl/libmnl.h>

/* The largest request is a policy of 256 prefixes, 32 bytes each. */
#define GHOST_REQUEST_SIZE 16384
/* The largest answer is counters-reset's, near 12 KiB. A part of a dump has at most 32 KiB. */
#define GHOST_ANSWER_SIZE 65536

/* How many times a dump is requested if changes interrupt it. */
#define GHOST_DUMP_TRIES 8

/* Multicast groups: one of the controller's, and those of the module. */
enum ghost_group { GHOST_GROUP_NOTIFY, GHOST_GROUP_POLICY, GHOST_GROUP_HITS, GHOST_GROUPS };

/**
 * struct ghost_genl - the socket, the family's numbers, and the last error
 * @socket: bound
 * @request: of %GHOST_REQUEST_SIZE bytes
 * @answer: of %GHOST_ANSWER_SIZE bytes
 * @sequence: of the last request
 * @id: the family that requests go to
 * @found: the module's family, while @id still is the controller's
 * @abi: the module's family version
 * @group: the number of each &enum ghost_group; 0 if there is no such group
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
	uint32_t group[GHOST_GROUPS];
	char text[256];
	uint32_t bad;
	uint32_t missing;
};

/* Called for each message of an answer. Returns 0, or a negative errno to get no more of them. */
typedef int (*ghost_genl_fn)(const struct nlmsghdr *answer, void *arg);

int ghost_genl_open(struct ghost_genl *genl);
void ghost_genl_close(struct ghost_genl *genl);
struct nlmsghdr *ghost_genl_request(struct ghost_genl *genl, uint8_t cmd, uint16_t flags);
int ghost_genl_send(struct ghost_genl *genl);
int ghost_genl_end(struct ghost_genl *genl, const struct nlmsghdr *nlh);
bool ghost_genl_is_kernel(const struct msghdr *msg);
int ghost_genl_talk(struct ghost_genl *genl, ghost_genl_fn fn, void *arg);

#endif
