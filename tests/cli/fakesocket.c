// SPDX-License-Identifier: GPL-2.0-only
/*
 * libmnl's socket, led to the Unix socket that GHOST_FAKE names; fake.py is behind it.
 *
 * An empty name is a kernel without netlink; "netns" tells where the socket would be.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <libmnl/libmnl.h>

#define PORTID 4242

struct mnl_socket {
	int fd;
};

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
	(void)nl;
	(void)type;
	(void)buf;
	(void)len;
	return 0;
}

ssize_t mnl_socket_sendto(const struct mnl_socket *nl, const void *req, size_t size)
{
	return send(nl->fd, req, size, MSG_NOSIGNAL);
}

/* A packet "E<number>" is an errno of recv() itself. */
ssize_t mnl_socket_recvfrom(const struct mnl_socket *nl, void *buf, size_t size)
{
	ssize_t got = recv(nl->fd, buf, size, MSG_TRUNC);

	if (got > (ssize_t)size) {
		errno = ENOSPC;
		return -1;
	}
	if (got > 1 && got < 8 && *(char *)buf == 'E') {
		((char *)buf)[got] = 0;
		errno = atoi((char *)buf + 1);
		return -1;
	}
	return got;
}

int mnl_socket_close(struct mnl_socket *nl)
{
	close(nl->fd);
	free(nl);
	return 0;
}
