// SPDX-License-Identifier: GPL-2.0-only
/*
 * Replaces libmnl's socket by the Unix socket that GHOST_FAKE names, to which fake.py listens.
 *
 * An empty name stands for a kernel without netlink. "netns" prints the namespace of the socket.
 * GHOST_NO_GROUPS=1 makes joining a group fail. What a socket joins or leaves is told to fake.py.
 * GHOST_NO_MEMORY=N makes the Nth allocation of jansson fail.
 *
 * Packets of a letter and a number are for this file: see control().
 */
#include <errno.h>
#include <malloc.h>
#include <netdb.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#include <linux/netlink.h>
#include <linux/sock_diag.h>

#include <jansson.h>
#include <libmnl/libmnl.h>

#define PORTID 4242

struct mnl_socket {
	int fd;
};

static unsigned long pieces_left;
static unsigned int drops;
static unsigned int failures;
static atomic_uint later;

static void *piece(size_t size)
{
	return pieces_left && !--pieces_left ? NULL : malloc(size);
}

/* Overwrites what it frees, so that a use after that is seen. */
static void piece_free(void *memory)
{
	if (memory)
		memset(memory, 0xee, malloc_usable_size(memory));
	free(memory);
}

__attribute__((constructor)) static void memory_limit(void)
{
	const char *number = getenv("GHOST_NO_MEMORY");

	if (!number)
		return;
	pieces_left = strtoul(number, NULL, 10);
	json_set_alloc_funcs(piece, piece_free);
}

struct mnl_socket *mnl_socket_open2(int bus, int flags)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	const char *path = getenv("GHOST_FAKE");
	char netns[64] = "";
	struct mnl_socket *nl;

	(void)bus;
	if (!strcmp(path, "netns") && readlink("/proc/self/ns/net", netns, sizeof(netns) - 1) > 0)
		fprintf(stderr, "%s\n", netns);
	if (!*path || *netns) {
		errno = EAFNOSUPPORT;
		return NULL;
	}
	nl = malloc(sizeof(*nl));
	strncpy(address.sun_path, path, sizeof(address.sun_path) - 1);
	nl->fd = socket(AF_UNIX, SOCK_SEQPACKET | flags, 0);
	if (connect(nl->fd, (struct sockaddr *)&address, sizeof(address)))
		abort();
	return nl;
}

int mnl_socket_bind(struct mnl_socket *nl, unsigned int groups, pid_t pid)
{
	(void)nl;
	(void)groups;
	(void)pid;
	return 0;
}

unsigned int mnl_socket_get_portid(const struct mnl_socket *nl)
{
	(void)nl;
	return PORTID;
}

int mnl_socket_setsockopt(const struct mnl_socket *nl, int type, void *buf, socklen_t len)
{
	char told[16] = { type == NETLINK_ADD_MEMBERSHIP ? '+' : '-' };

	if (type != NETLINK_ADD_MEMBERSHIP && type != NETLINK_DROP_MEMBERSHIP)
		return 0;
	if (getenv("GHOST_NO_GROUPS")) {
		errno = EPERM;
		return -1;
	}
	memcpy(told + 1, buf, len);
	return send(nl->fd, told, 1 + len, MSG_NOSIGNAL) > 0 ? 0 : -1;
}

int getsockopt(int fd, int level, int name, void *restrict value, socklen_t *restrict size)
{
	uint32_t info[SK_MEMINFO_VARS] = { [SK_MEMINFO_DROPS] = drops };

	(void)fd;
	if (level != SOL_SOCKET || name != SO_MEMINFO || *size != sizeof(info))
		abort();
	memcpy(value, info, sizeof(info));
	return 0;
}

int clock_gettime(clockid_t clock, struct timespec *now)
{
	int err = syscall(SYS_clock_gettime, clock, now);

	if (clock == CLOCK_MONOTONIC)
		now->tv_sec += later;
	return err;
}

/*
 * One address has a name that a terminal must not get, and the names of others never come. Names
 * change after ten minutes.
 */
int getnameinfo(const struct sockaddr *restrict address, socklen_t length, char *restrict host,
		socklen_t size, char *restrict service, socklen_t room, int flags)
{
	const unsigned char *byte = (const unsigned char *)address + 4;

	(void)length;
	(void)service;
	(void)room;
	(void)flags;
	while (address->sa_family != AF_INET || byte[0] == 203)
		pause();
	snprintf(host, size, "%s-%u\033.example", later < 600 ? "host" : "new", byte[3]);
	return 0;
}

ssize_t mnl_socket_sendto(const struct mnl_socket *nl, const void *req, size_t size)
{
	if (failures) {
		failures--;
		errno = ENOBUFS;
		return -1;
	}
	return send(nl->fd, req, size, MSG_NOSIGNAL);
}

int mnl_socket_get_fd(const struct mnl_socket *nl)
{
	return nl->fd;
}

/*
 * "D<number>" is how many packets the kernel has dropped, "N<number>" how many requests now fail,
 * and "T<number>" by how many seconds the clock is fast.
 */
static bool control(char letter, unsigned int number)
{
	switch (letter) {
	case 'D':
		drops = number;
		return true;
	case 'N':
		failures = number;
		return true;
	case 'T':
		later = number;
		return true;
	}
	return false;
}

/*
 * A packet "E<number>" makes recvmsg() fail with that errno. One that begins with "FORGED" comes
 * from another process, all others come from the kernel.
 */
ssize_t recvmsg(int fd, struct msghdr *msg, int flags)
{
	struct sockaddr_nl from = { .nl_family = AF_NETLINK };
	char *buf = msg->msg_iov->iov_base;
	size_t size = msg->msg_iov->iov_len;
	ssize_t got = recv(fd, buf, size, flags | MSG_TRUNC);

	msg->msg_flags = got > (ssize_t)size ? MSG_TRUNC : 0;
	if (got > 1 && got < 8) {
		buf[got] = 0;
		if (*buf == 'E') {
			errno = atoi(buf + 1);
			return -1;
		}
		if (control(*buf, atoi(buf + 1)))
			return recvmsg(fd, msg, flags);
	}
	if (got > 6 && !memcmp(buf, "FORGED", 6)) {
		got -= 6;
		memmove(buf, buf + 6, got);
		from.nl_pid = PORTID + 1;
	}
	memcpy(msg->msg_name, &from, sizeof(from));
	msg->msg_namelen = sizeof(from);
	return got;
}

int recvmmsg(int fd, struct mmsghdr *packets, unsigned int n, int flags, struct timespec *timeout)
{
	unsigned int i;
	ssize_t got;

	(void)timeout;
	for (i = 0; i < n; i++) {
		got = recvmsg(fd, &packets[i].msg_hdr, flags);
		if (got < 0)
			return i ? (int)i : -1;
		packets[i].msg_len = got;
	}
	return i;
}

int mnl_socket_close(struct mnl_socket *nl)
{
	close(nl->fd);
	free(nl);
	return 0;
}
