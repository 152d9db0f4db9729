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
 * @policy_group: id of the multicast group, 0 when there is none
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
	uint32_t policy_group;
	char text[256];
	uint32_t bad;
	uint32_t missing;
};

/* Gets each answer that is one; a negative errno ends the talk. */
typedef int (*ghost_genl_fn)(const struct nlmsghdr *answer, void *arg);

int ghost_genl_open(struct ghost_genl *genl);
int ghost_genl_open_any(struct ghost_genl *genl);
void ghost_genl_close(struct ghost_genl *genl);
struct nlmsghdr *ghost_genl_request(struct ghost_genl *genl, uint8_t cmd, uint16_t flags);
int ghost_genl_talk(struct ghost_genl *genl, ghost_genl_fn fn, void *arg);
int ghost_genl_failed(const struct ghost_genl *genl, int err, const char *what, const char *where);

int ghost_attr_u8(const struct nlattr *attr, uint8_t *value);
int ghost_attr_u16(const struct nlattr *attr, uint16_t *value);
int ghost_attr_u32(const struct nlattr *attr, uint32_t *value);
int ghost_attr_u64(const struct nlattr *attr, uint64_t *value);
int ghost_attr_string(const struct nlattr *attr, char *buf, size_t size);

#endif
