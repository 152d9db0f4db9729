// SPDX-License-Identifier: GPL-2.0-only
/*
 * Measures what one packet costs on its way from one network namespace to another.
 *
 *	pace FROM TO FAMILY MODE PORT FATE [SOURCES]
 *
 * FAMILY is ipv4 or ipv6. MODE is
 *	datagram	64 bytes over UDP to PORT
 *	stream		64 bytes over TCP to PORT, where TO listens, and the ACK for them
 *	answer		64 bytes over UDP to PORT, from the port that TO is connected to
 *	answer-stream	64 bytes over TCP to PORT, from which TO has connected
 *	frames		UDP to PORT, injected below IP, from SOURCES different addresses
 * FATE is
 *	arrives		each packet arrives
 *	dropped		no packet arrives
 *	unheard		no packet arrives, and no socket is bound to PORT
 *	apart		as unheard; what a packet wakes runs before the next one, and is not timed
 *	flood		as unheard, for two seconds; prints packets sent, and packets a second
 *
 * Prints nanoseconds for each packet, from the fastest of many batches: a timer tick disturbed
 * none of its packets. On a machine that executes one instruction per nanosecond these are
 * instructions.
 */
#include <arpa/inet.h>
#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <net/if.h>
#include <netinet/in.h>
#include <netinet/ip.h>
#include <netinet/ip6.h>
#include <netinet/tcp.h>
#include <netinet/udp.h>
#include <sched.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define PAYLOAD 64
#define BATCHES 15
#define BATCH 100
#define OTHER_PORT 2049
#define MAX_SOURCES 10000

union address {
	struct sockaddr any;
	struct sockaddr_in in;
	struct sockaddr_in6 in6;
};

struct frame {
	unsigned char bytes[ETH_HLEN + sizeof(struct ip6_hdr) + sizeof(struct udphdr) + PAYLOAD];
	size_t len;
};

static int family;
static bool arrives, unheard, apart;
static char payload[PAYLOAD];
static struct frame *frames;
static unsigned int sources = 1;

static int out = -1, in = -1;

static void enter(const char *netns)
{
	char path[64];
	int fd;

	snprintf(path, sizeof(path), "/run/netns/%s", netns);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0 || setns(fd, CLONE_NEWNET))
		err(1, "%s", path);
	close(fd);
}

/* On the link, the sender has number 1 and the receiver number 2. */
static socklen_t address_set(union address *address, int number, unsigned int port)
{
	char text[INET6_ADDRSTRLEN];

	memset(address, 0, sizeof(*address));
	address->any.sa_family = family;
	if (family == AF_INET) {
		snprintf(text, sizeof(text), "10.88.0.%d", number);
		inet_pton(family, text, &address->in.sin_addr);
		address->in.sin_port = htons(port);
		return sizeof(address->in);
	}
	snprintf(text, sizeof(text), "fd88::%d", number);
	inet_pton(family, text, &address->in6.sin6_addr);
	address->in6.sin6_port = htons(port);
	return sizeof(address->in6);
}

static int socket_at(const char *netns, int type, int number, unsigned int port)
{
	const int one = 1;
	union address address;
	socklen_t len = address_set(&address, number, port);
	int fd;

	enter(netns);
	fd = socket(family, type | SOCK_CLOEXEC, 0);
	if (fd < 0)
		err(1, "socket");
	if (setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one)) ||
	    bind(fd, &address.any, len))
		err(1, "bind to port %u", port);
	return fd;
}

static void connect_to(int fd, int number, unsigned int port)
{
	union address address;
	socklen_t len = address_set(&address, number, port);

	if (connect(fd, &address.any, len))
		err(1, "connect to port %u", port);
}

static void open_datagram(const char *from, const char *to, unsigned int port)
{
	in = socket_at(to, SOCK_DGRAM, 2, unheard ? OTHER_PORT : port);
	out = socket_at(from, SOCK_DGRAM, 1, OTHER_PORT);
	connect_to(out, 2, port);
}

static void open_answer(const char *from, const char *to, unsigned int port)
{
	char byte = 0;

	open_datagram(from, to, port);
	connect_to(in, 1, OTHER_PORT);
	/* TO sends first, so that conntrack takes later packets for answers. */
	if (send(in, &byte, 1, 0) != 1 || recv(out, &byte, 1, 0) != 1)
		err(1, "ask");
}

/* Returns the client's end. */
static int open_pair(const char *client, int client_number, unsigned int client_port,
		     const char *server, int server_number, unsigned int server_port, int *accepted)
{
	int listener = socket_at(server, SOCK_STREAM, server_number, server_port);
	int fd;

	if (listen(listener, 1))
		err(1, "listen");
	fd = socket_at(client, SOCK_STREAM, client_number, client_port);
	connect_to(fd, server_number, server_port);
	*accepted = accept(listener, NULL, NULL);
	if (*accepted < 0)
		err(1, "accept");
	close(listener);
	return fd;
}

static void open_stream(const char *from, const char *to, unsigned int port)
{
	out = open_pair(from, 1, OTHER_PORT, to, 2, port, &in);
}

static void open_answer_stream(const char *from, const char *to, unsigned int port)
{
	in = open_pair(to, 2, port, from, 1, OTHER_PORT, &out);
}

static uint32_t sum(uint32_t sum, const void *data, size_t len)
{
	const unsigned char *byte = data;
	size_t i;

	for (i = 0; i < len; i++)
		sum += i & 1 ? byte[i] : byte[i] << 8;
	return sum;
}

static uint16_t fold(uint32_t sum)
{
	while (sum >> 16)
		sum = (sum & 0xffff) + (sum >> 16);
	return htons(~sum);
}

/* From 10.89.x.y or fd89:0:0:xy::1: each address has a network of its own. */
static void frame_make(struct frame *frame, unsigned int source, unsigned int port)
{
	static const unsigned char macs[] = { 2, 6, 0x88, 0, 0, 2, 2, 6, 0x88, 0, 0, 1 };
	struct udphdr udp = { .source = htons(OTHER_PORT), .dest = htons(port), };
	unsigned char *at = frame->bytes, *addresses;
	union address from, to;
	size_t size;

	udp.len = htons(sizeof(udp) + PAYLOAD);
	memcpy(at, macs, sizeof(macs));
	at += sizeof(macs);
	*at++ = family == AF_INET ? ETH_P_IP >> 8 : ETH_P_IPV6 >> 8;
	*at++ = family == AF_INET ? ETH_P_IP & 0xff : ETH_P_IPV6 & 0xff;
	address_set(&from, 1, 0);
	address_set(&to, 2, 0);
	if (family == AF_INET) {
		struct iphdr iph = {
			.version = 4, .ihl = 5, .ttl = 64, .protocol = IPPROTO_UDP,
			.tot_len = htons(sizeof(iph) + sizeof(udp) + PAYLOAD),
			.saddr = htonl((10 << 24) + (89 << 16) + source),
			.daddr = to.in.sin_addr.s_addr,
		};

		iph.check = fold(sum(0, &iph, sizeof(iph)));
		addresses = at + offsetof(struct iphdr, saddr);
		size = 2 * sizeof(iph.saddr);
		memcpy(at, &iph, sizeof(iph));
		at += sizeof(iph);
	} else {
		struct ip6_hdr iph = { .ip6_nxt = IPPROTO_UDP, .ip6_hlim = 64, };

		iph.ip6_vfc = 0x60;
		iph.ip6_plen = udp.len;
		iph.ip6_src = from.in6.sin6_addr;
		iph.ip6_src.s6_addr[1] = 0x89;
		iph.ip6_src.s6_addr[6] = source >> 8;
		iph.ip6_src.s6_addr[7] = source;
		iph.ip6_dst = to.in6.sin6_addr;
		addresses = at + offsetof(struct ip6_hdr, ip6_src);
		size = 2 * sizeof(iph.ip6_src);
		memcpy(at, &iph, sizeof(iph));
		at += sizeof(iph);
	}
	udp.check = fold(sum(sum(sum(IPPROTO_UDP + ntohs(udp.len), addresses, size),
				 &udp, sizeof(udp)), payload, PAYLOAD));
	memcpy(at, &udp, sizeof(udp));
	memcpy(at + sizeof(udp), payload, PAYLOAD);
	frame->len = at + sizeof(udp) + PAYLOAD - frame->bytes;
}

static void open_frames(const char *from, const char *to, unsigned int port)
{
	struct sockaddr_ll wire = { .sll_family = AF_PACKET, };
	unsigned int i;

	in = socket_at(to, SOCK_DGRAM, 2, unheard ? OTHER_PORT : port);
	enter(from);
	/* With protocol 0 the socket receives nothing. */
	out = socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC, 0);
	wire.sll_ifindex = if_nametoindex("wire");
	if (out < 0 || bind(out, (struct sockaddr *)&wire, sizeof(wire)))
		err(1, "packet socket");
	frames = calloc(sources, sizeof(*frames));
	if (!frames)
		err(1, "frames");
	for (i = 0; i < sources; i++)
		frame_make(&frames[i], i + 1, port);
}

static void send_one(void)
{
	static unsigned int next;
	const void *data = payload;
	size_t len = PAYLOAD;

	if (frames) {
		data = frames[next].bytes;
		len = frames[next].len;
		if (++next == sources)
			next = 0;
	}
	if (send(out, data, len, 0) != (ssize_t)len)
		err(1, "send");
}

static uint64_t now(void)
{
	struct timespec time;

	clock_gettime(CLOCK_MONOTONIC, &time);
	return time.tv_sec * 1000000000ULL + time.tv_nsec;
}

/* While this runs, no other process does. */
static void run_first(void)
{
	const struct sched_param first = { .sched_priority = 1 };

	if (sched_setscheduler(0, SCHED_FIFO, &first))
		err(1, "scheduler");
}

static uint64_t batch(void)
{
	char buffer[2 * PAYLOAD];
	uint64_t start = now(), pauses = 0, paused;
	int i;

	for (i = 0; i < BATCH; i++) {
		send_one();
		if (arrives && recv(in, buffer, sizeof(buffer), 0) != PAYLOAD)
			err(1, "a packet did not arrive");
		if (apart) {
			paused = now();
			usleep(1000);
			pauses += now() - paused;
		}
	}
	return now() - start - pauses;
}

static void nothing_arrived(void)
{
	char buffer[2 * PAYLOAD];

	if (recv(in, buffer, sizeof(buffer), MSG_DONTWAIT) >= 0)
		errx(1, "a packet arrived");
	if (errno != EAGAIN)
		err(1, "receive");
}

static int flood(void)
{
	uint64_t start = now(), took, count = 0;
	int i;

	do {
		for (i = 0; i < BATCH; i++)
			send_one();
		count += BATCH;
		took = now() - start;
	} while (took < 2000000000ULL);
	printf("%llu %.0f\n", (unsigned long long)count, count * 1e9 / took);
	return 0;
}

static const struct {
	const char *name;
	void (*open)(const char *from, const char *to, unsigned int port);
} modes[] = {
	{ "datagram", open_datagram },
	{ "stream", open_stream },
	{ "answer", open_answer },
	{ "answer-stream", open_answer_stream },
	{ "frames", open_frames },
	{ NULL, NULL }
};

int main(int argc, char **argv)
{
	const struct timeval patience = { .tv_sec = 2 };
	const int one = 1;
	uint64_t least = UINT64_MAX, took;
	int i;

	if (argc < 7 || argc > 8)
		errx(2, "usage: pace FROM TO FAMILY MODE PORT FATE [SOURCES]");
	family = strcmp(argv[3], "ipv6") ? AF_INET : AF_INET6;
	arrives = !strcmp(argv[6], "arrives");
	apart = !strcmp(argv[6], "apart");
	unheard = apart || !strcmp(argv[6], "unheard") || !strcmp(argv[6], "flood");
	if (argc == 8)
		sources = strtoul(argv[7], NULL, 10);
	if (!sources || sources > MAX_SOURCES)
		errx(2, "SOURCES must be 1 to %d", MAX_SOURCES);
	for (i = 0; modes[i].name && strcmp(modes[i].name, argv[4]); i++)
		;
	if (!modes[i].name)
		errx(2, "unknown mode %s", argv[4]);
	modes[i].open(argv[1], argv[2], strtoul(argv[5], NULL, 10));

	if (!strcmp(argv[6], "flood"))
		return flood();

	/* Fails on anything but TCP, which is fine. */
	setsockopt(out, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
	if (setsockopt(in, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience)))
		err(1, "timeout");

	if (apart)
		run_first();
	/* Warm up the caches, and TCP's congestion window. */
	for (i = 0; i < 5; i++)
		batch();
	for (i = 0; i < BATCHES; i++) {
		took = batch();
		least = took < least ? took : least;
	}
	if (!arrives)
		nothing_arrived();
	printf("%.2f\n", (double)least / BATCH);
	return 0;
}
