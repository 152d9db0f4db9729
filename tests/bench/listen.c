// SPDX-License-Identifier: GPL-2.0-only
/*
 * Listens to the hits of its network namespace.
 *
 *	listen
 *
 * Prints "listening" when it does. On SIGTERM it reads what is left, and prints how many hits
 * it got, how many it missed, and how many the hit rate suppressed.
 */
#include <err.h>
#include <errno.h>
#include <linux/genetlink.h>
#include <linux/netlink.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <ghost688.h>

#define BUFFER (64 << 20)
#define MAX_CPUS 1024

struct position {
	uint64_t seq;
	uint64_t suppressed;
};

static struct position last[MAX_CPUS], first[MAX_CPUS];
static unsigned long long hits, missed;
static uint32_t family, group;
static int fd;
static char answer[262144];

static void send_request(uint16_t type, uint8_t command, const char *name)
{
	struct {
		struct nlmsghdr header;
		struct genlmsghdr genl;
		struct nlattr attr;
		char name[16];
	} request = {
		.header.nlmsg_len = NLMSG_LENGTH(GENL_HDRLEN),
		.header.nlmsg_type = type,
		.header.nlmsg_flags = NLM_F_REQUEST | NLM_F_ACK,
		.genl = { .cmd = command, .version = 1 },
	};

	if (name) {
		request.attr.nla_type = CTRL_ATTR_FAMILY_NAME;
		request.attr.nla_len = NLA_HDRLEN + strlen(name) + 1;
		strncpy(request.name, name, sizeof(request.name) - 1);
		request.header.nlmsg_len += NLA_ALIGN(request.attr.nla_len);
	}
	if (send(fd, &request, request.header.nlmsg_len, 0) < 0)
		err(1, "netlink");
}

/* The attribute at a place, or NULL at the end. */
static const struct nlattr *attr_at(const void *at, const void *end)
{
	return (const char *)at + NLA_HDRLEN <= (const char *)end ? at : NULL;
}

static const struct nlattr *attr_after(const struct nlattr *attr, const void *end)
{
	return attr_at((const char *)attr + NLA_ALIGN(attr->nla_len), end);
}

static const void *attr_end(const struct nlattr *attr)
{
	return (const char *)attr + attr->nla_len;
}

static const void *value(const struct nlattr *attr)
{
	return (const char *)attr + NLA_HDRLEN;
}

static bool is(const struct nlattr *attr, unsigned int type)
{
	return (attr->nla_type & NLA_TYPE_MASK) == type;
}

static void read_group(const struct nlattr *nest)
{
	const void *end = attr_end(nest);
	const struct nlattr *attr;
	const char *name = "";
	uint32_t id = 0;

	for (attr = attr_at(value(nest), end); attr; attr = attr_after(attr, end)) {
		if (is(attr, CTRL_ATTR_MCAST_GRP_NAME))
			name = value(attr);
		if (is(attr, CTRL_ATTR_MCAST_GRP_ID))
			memcpy(&id, value(attr), sizeof(id));
	}
	if (!strcmp(name, GHOST688_MCGRP_HITS))
		group = id;
}

static void read_family(const struct nlattr *attr)
{
	const void *end = attr_end(attr);
	const struct nlattr *nest;
	uint16_t id;

	if (is(attr, CTRL_ATTR_FAMILY_ID)) {
		memcpy(&id, value(attr), sizeof(id));
		family = id;
	}
	if (!is(attr, CTRL_ATTR_MCAST_GROUPS))
		return;
	for (nest = attr_at(value(attr), end); nest; nest = attr_after(nest, end))
		read_group(nest);
}

/* A hit has these among others, and a position has nothing else. */
static uint32_t read_position(struct position *now, const void *start, const void *end)
{
	const struct nlattr *attr;
	uint32_t cpu = 0;

	memset(now, 0, sizeof(*now));
	for (attr = attr_at(start, end); attr; attr = attr_after(attr, end)) {
		if (is(attr, GHOST688_A_HIT_CPU))
			memcpy(&cpu, value(attr), sizeof(cpu));
		if (is(attr, GHOST688_A_HIT_SEQ))
			memcpy(&now->seq, value(attr), sizeof(now->seq));
		if (is(attr, GHOST688_A_HIT_SUPPRESSED))
			memcpy(&now->suppressed, value(attr), sizeof(now->suppressed));
	}
	if (cpu >= MAX_CPUS)
		errx(1, "CPU %u", cpu);
	return cpu;
}

static void read_hit(const void *start, const void *end)
{
	struct position now;
	const uint32_t cpu = read_position(&now, start, end);

	hits++;
	missed += now.seq - last[cpu].seq - 1;
	last[cpu] = now;
}

static void read_positions(const void *start, const void *end)
{
	const struct nlattr *nest;
	struct position now;

	for (nest = attr_at(start, end); nest; nest = attr_after(nest, end)) {
		const uint32_t cpu = read_position(&now, value(nest), attr_end(nest));

		missed += now.seq - last[cpu].seq;
		last[cpu] = now;
	}
}

/* Returns true at the end of an answer. */
static bool read_message(const struct nlmsghdr *header)
{
	const struct genlmsghdr *genl = NLMSG_DATA(header);
	const char *start = (const char *)genl + GENL_HDRLEN;
	const char *end = (const char *)header + header->nlmsg_len;
	const struct nlattr *attr;

	if (header->nlmsg_type == NLMSG_ERROR) {
		errno = -*(const int *)NLMSG_DATA(header);
		if (errno)
			err(1, "the kernel refused the request");
		return true;
	}
	if (header->nlmsg_type == GENL_ID_CTRL) {
		for (attr = attr_at(start, end); attr; attr = attr_after(attr, end))
			read_family(attr);
	} else if (genl->cmd == GHOST688_CMD_HIT_NTF) {
		read_hit(start, end);
	} else if (genl->cmd == GHOST688_CMD_HITS_LISTEN) {
		read_positions(start, end);
	}
	return false;
}

/* Reads until the end of an answer, or until the signal comes. */
static void read_all(void)
{
	bool end = false;

	while (!end) {
		const struct nlmsghdr *header = (const void *)answer;
		ssize_t got = recv(fd, answer, sizeof(answer), 0);
		unsigned int len = got;

		if (got < 0 && errno == EINTR)
			return;
		if (got < 0)
			err(1, "netlink");
		for (; NLMSG_OK(header, len); header = NLMSG_NEXT(header, len))
			end = read_message(header);
	}
}

static void ask(uint16_t type, uint8_t command, const char *name)
{
	send_request(type, command, name);
	read_all();
}

static void stop(int number)
{
	(void)number;
}

int main(void)
{
	const struct sigaction action = { .sa_handler = stop };
	const int buffer = BUFFER, one = 1;
	unsigned long long suppressed = 0;
	sigset_t term;
	int cpu;

	/* The signal comes only while it waits for hits. */
	sigemptyset(&term);
	sigaddset(&term, SIGTERM);
	if (sigprocmask(SIG_BLOCK, &term, NULL) || sigaction(SIGTERM, &action, NULL))
		err(1, "signal");

	fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_GENERIC);
	if (fd < 0 || setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &buffer, sizeof(buffer)) ||
	    setsockopt(fd, SOL_NETLINK, NETLINK_NO_ENOBUFS, &one, sizeof(one)))
		err(1, "netlink");
	ask(GENL_ID_CTRL, CTRL_CMD_GETFAMILY, GHOST688_FAMILY_NAME);
	if (setsockopt(fd, SOL_NETLINK, NETLINK_ADD_MEMBERSHIP, &group, sizeof(group)))
		err(1, "group " GHOST688_MCGRP_HITS);
	ask(family, GHOST688_CMD_HITS_LISTEN, NULL);
	memcpy(first, last, sizeof(first));
	missed = 0;

	puts("listening");
	fflush(stdout);
	sigprocmask(SIG_UNBLOCK, &term, NULL);
	read_all();
	sigprocmask(SIG_BLOCK, &term, NULL);
	ask(family, GHOST688_CMD_HITS_LISTEN, NULL);
	for (cpu = 0; cpu < MAX_CPUS; cpu++)
		suppressed += last[cpu].suppressed - first[cpu].suppressed;
	printf("%llu %llu %llu\n", hits, missed, suppressed);
	return 0;
}
