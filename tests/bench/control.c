// SPDX-License-Identifier: GPL-2.0-only
/*
 * Measures what ghost688 costs apart from packets.
 *
 *	control lives		create and end a network namespace
 *	control policy N	policy-set with N prefixes on the allow-list
 *	control counters	counters-get
 *	control memory		bytes of a network namespace: in slabs, and in the per-CPU area
 *				of each possible CPU; then what a visit to the namespace adds to
 *				both. The namespaces stay.
 *
 * Prints nanoseconds of CPU time. On a machine that executes one instruction per nanosecond
 * these are instructions.
 */
#include <err.h>
#include <errno.h>
#include <arpa/inet.h>
#include <fcntl.h>
#include <glob.h>
#include <linux/genetlink.h>
#include <linux/netlink.h>
#include <net/if.h>
#include <sched.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include <ghost688.h>

#define LIVES 20
#define TRIES 15
#define WARM 60
#define HELD 240

static uint64_t now(void)
{
	struct timespec time;

	clock_gettime(CLOCK_MONOTONIC, &time);
	return time.tv_sec * 1000000000ULL + time.tv_nsec;
}

/* Sums the values of all lines of a file that match the format. */
static uint64_t proc_sum(const char *path, const char *format)
{
	unsigned long long value;
	uint64_t sum = 0;
	char line[256];
	FILE *file = fopen(path, "re");

	if (!file)
		err(1, "%s", path);
	while (fgets(line, sizeof(line), file)) {
		if (sscanf(line, format, &value) == 1)
			sum += value;
	}
	fclose(file);
	return sum;
}

static uint64_t busy(void)
{
	return now() - proc_sum("/proc/timer_list", " .idle_sleeptime : %llu nsecs");
}

static int namespace_open(void)
{
	int fd = open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC);

	if (fd < 0)
		err(1, "/proc/self/ns/net");
	return fd;
}

static void namespace_new(void)
{
	if (unshare(CLONE_NEWNET))
		err(1, "unshare");
}

static void namespace_enter(int fd)
{
	if (setns(fd, CLONE_NEWNET))
		err(1, "setns");
}

static uint64_t lives(int count, int home)
{
	uint64_t start = busy();
	int i;

	for (i = 0; i < count; i++)
		namespace_new();
	namespace_enter(home);
	/* The kernel ends namespaces in the background, with grace periods in between. */
	sleep(4);
	return busy() - start;
}

static int measure_lives(void)
{
	uint64_t least = UINT64_MAX, nothing = UINT64_MAX, took;
	int home = namespace_open(), i;

	for (i = 0; i < 4; i++) {
		took = lives(0, home);
		nothing = took < nothing ? took : nothing;
		took = lives(LIVES, home);
		least = took < least ? took : least;
	}
	printf("%llu\n", (unsigned long long)(least - nothing) / LIVES);
	return 0;
}

struct memory {
	int64_t slab;	/* bytes in use now */
	int64_t percpu;	/* bytes allocated since the last call, for each possible CPU */
};

static void trace_write(const char *file, const char *text)
{
	char path[256];
	int fd;

	snprintf(path, sizeof(path), "/sys/kernel/tracing/%s", file);
	fd = open(path, O_WRONLY | O_TRUNC | O_CLOEXEC);
	if (fd < 0 || write(fd, text, strlen(text)) != (ssize_t)strlen(text))
		err(1, "%s", path);
	close(fd);
}

/*
 * Percpu in /proc/meminfo counts whole pages and includes the allocator's reserve, so trace
 * the allocations themselves.
 */
static void percpu_watch(void)
{
	trace_write("buffer_size_kb", "16384");
	trace_write("events/percpu/percpu_alloc_percpu/enable", "1");
}

/* Bytes allocated since the last call, for each possible CPU. */
static int64_t percpu_asked(void)
{
	unsigned long long entries = 0, written = 0, size;
	FILE *trace = fopen("/sys/kernel/tracing/trace", "re");
	int64_t sum = 0;
	char line[512];
	char *at;

	if (!trace)
		err(1, "trace");
	while (fgets(line, sizeof(line), trace)) {
		if (sscanf(line, "# entries-in-buffer/entries-written: %llu/%llu", &entries,
			   &written) == 2)
			continue;
		at = strstr(line, " size=");
		if (at && sscanf(at, " size=%llu", &size) == 1)
			sum += size;
	}
	fclose(trace);
	if (entries != written)
		errx(1, "the trace buffer is too small");
	trace_write("trace", "\n");
	return sum;
}

/* In slabinfo a CPU's active slab counts as full until the cache is shrunk. */
static void slabs_shrink(void)
{
	glob_t found;
	size_t i;

	if (glob("/sys/kernel/slab/*/shrink", 0, NULL, &found))
		errx(1, "/sys/kernel/slab is empty");
	for (i = 0; i < found.gl_pathc; i++) {
		int fd = open(found.gl_pathv[i], O_WRONLY | O_CLOEXEC);

		if (fd < 0 || write(fd, "1", 1) != 1)
			err(1, "%s", found.gl_pathv[i]);
		close(fd);
	}
	globfree(&found);
}

/*
 * Bytes of the objects in use, each with its share of what its slab cannot use. Counting whole
 * slabs would be off by some 400 bytes a namespace, in either direction.
 */
static int64_t slabs_used(void)
{
	unsigned long long active, each, pages;
	double sum = 0;
	char line[512];
	FILE *file;

	/* Namespaces that end in the background have ended by then. */
	sleep(4);
	slabs_shrink();
	file = fopen("/proc/slabinfo", "re");
	if (!file)
		err(1, "/proc/slabinfo");
	while (fgets(line, sizeof(line), file)) {
		if (sscanf(line, "%*s %llu %*u %*u %llu %llu", &active, &each, &pages) == 3)
			sum += (double)active * pages * getpagesize() / each;
	}
	fclose(file);
	return sum;
}

static struct memory memory_now(void)
{
	return (struct memory) {
		.slab = slabs_used(),
		.percpu = percpu_asked(),
	};
}

static void memory_told(struct memory before, char end)
{
	struct memory now = memory_now();

	printf("%lld %lld%c", (long long)(now.slab - before.slab) / HELD,
	       (long long)now.percpu / HELD, end);
}

static void loopback_up(void)
{
	struct ifreq request = { .ifr_name = "lo", .ifr_flags = IFF_UP };
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	if (fd < 0 || ioctl(fd, SIOCSIFFLAGS, &request))
		err(1, "lo");
	close(fd);
}

static void say_to(uint16_t port)
{
	struct sockaddr_in to = {
		.sin_family = AF_INET,
		.sin_port = htons(port),
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK),
	};
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	if (fd < 0 || sendto(fd, "x", 1, 0, (struct sockaddr *)&to, sizeof(to)) != 1)
		err(1, "sendto");
	close(fd);
}

static int measure_memory(void)
{
	struct memory before;
	int held[HELD];
	int i;

	percpu_watch();
	/* The first namespaces reuse memory that earlier ones freed. */
	for (i = 0; i < WARM; i++) {
		namespace_new();
		namespace_open();
	}
	before = memory_now();
	for (i = 0; i < HELD; i++) {
		namespace_new();
		held[i] = namespace_open();
	}
	memory_told(before, ' ');
	for (i = 0; i < HELD; i++) {
		namespace_enter(held[i]);
		loopback_up();
		say_to(9);
	}
	before = memory_now();
	for (i = 0; i < HELD; i++) {
		namespace_enter(held[i]);
		say_to(688);
	}
	memory_told(before, '\n');
	fflush(stdout);
	trace_write("events/percpu/percpu_alloc_percpu/enable", "0");
	/* Keep the namespaces: later ones would reuse their memory and allocate nothing new. */
	if (!fork()) {
		for (i = 0; i <= STDERR_FILENO; i++)
			close(i);
		pause();
	}
	return 0;
}

static union {
	struct nlmsghdr header;
	char bytes[32768];
} request;

static void request_begin(uint16_t type, uint8_t command, uint16_t flags)
{
	struct genlmsghdr genl = { .cmd = command, .version = 1 };

	memset(&request, 0, sizeof(request));
	request.header.nlmsg_len = NLMSG_LENGTH(sizeof(genl));
	request.header.nlmsg_type = type;
	request.header.nlmsg_flags = NLM_F_REQUEST | flags;
	memcpy(NLMSG_DATA(&request.header), &genl, sizeof(genl));
}

static struct nlattr *put(uint16_t type, const void *data, size_t len)
{
	struct nlattr *attr = (void *)(request.bytes + NLMSG_ALIGN(request.header.nlmsg_len));

	attr->nla_type = type;
	attr->nla_len = NLA_HDRLEN + len;
	memcpy((char *)attr + NLA_HDRLEN, data, len);
	request.header.nlmsg_len = NLMSG_ALIGN(request.header.nlmsg_len) + NLA_ALIGN(attr->nla_len);
	return attr;
}

static void put_u32(uint16_t type, uint32_t value)
{
	put(type, &value, sizeof(value));
}

/* Sends the request and reads the whole answer. Returns the family id, if there is one. */
static uint16_t talk(int fd)
{
	static char answer[65536];
	uint16_t id = 0;

	if (send(fd, &request, request.header.nlmsg_len, 0) < 0)
		err(1, "netlink");
	for (;;) {
		struct nlmsghdr *header = (struct nlmsghdr *)answer;
		ssize_t got = recv(fd, answer, sizeof(answer), 0);
		unsigned int len = got;

		if (got < 0)
			err(1, "netlink");
		for (; NLMSG_OK(header, len); header = NLMSG_NEXT(header, len)) {
			char *at = (char *)NLMSG_DATA(header) + GENL_HDRLEN;
			char *end = (char *)header + header->nlmsg_len;

			if (header->nlmsg_type == NLMSG_ERROR) {
				errno = -*(int *)NLMSG_DATA(header);
				if (errno)
					err(1, "the kernel refused the request");
				return id;
			}
			if (header->nlmsg_type == NLMSG_DONE)
				return id;
			if (header->nlmsg_type != GENL_ID_CTRL)
				continue;
			while (at + NLA_HDRLEN <= end) {
				struct nlattr *attr = (struct nlattr *)at;

				if (attr->nla_type == CTRL_ATTR_FAMILY_ID)
					memcpy(&id, at + NLA_HDRLEN, sizeof(id));
				at += NLA_ALIGN(attr->nla_len);
			}
		}
	}
}

static int family_open(uint16_t *id)
{
	int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_GENERIC);

	if (fd < 0)
		err(1, "netlink");
	request_begin(GENL_ID_CTRL, CTRL_CMD_GETFAMILY, NLM_F_ACK);
	put(CTRL_ATTR_FAMILY_NAME, GHOST688_FAMILY_NAME, sizeof(GHOST688_FAMILY_NAME));
	*id = talk(fd);
	return fd;
}

/* Prefixes alternate between IPv4 and IPv6. */
static void put_prefix(unsigned int number)
{
	unsigned char address[16] = { 10, 77, number };
	struct nlattr *nest = put(GHOST688_A_POLICY_ALLOW | NLA_F_NESTED, "", 0);
	uint8_t length = number & 1 ? 48 : 24;

	if (number & 1)
		memcpy(address, (unsigned char []){ 0xfd, 0x77, number }, 3);
	put(GHOST688_A_PREFIX_ADDRESS, address, number & 1 ? 16 : 4);
	put(GHOST688_A_PREFIX_LENGTH, &length, sizeof(length));
	nest->nla_len = request.bytes + request.header.nlmsg_len - (char *)nest;
}

static int measure_request(int fd)
{
	uint64_t least = UINT64_MAX, took;
	int i;

	for (i = 0; i < TRIES; i++) {
		took = now();
		talk(fd);
		took = now() - took;
		least = took < least ? took : least;
	}
	printf("%llu\n", (unsigned long long)least);
	return 0;
}

static int measure_policy(unsigned int prefixes)
{
	uint16_t id;
	int fd = family_open(&id);
	unsigned int i;

	request_begin(id, GHOST688_CMD_POLICY_SET, NLM_F_ACK);
	for (i = GHOST688_A_POLICY_IN; i <= GHOST688_A_POLICY_OUT; i++)
		put_u32(i, GHOST688_ACTION_COUNT);
	for (i = 0; i < prefixes; i++)
		put_prefix(i);
	return measure_request(fd);
}

static int measure_counters(void)
{
	uint16_t id;
	int fd = family_open(&id);

	request_begin(id, GHOST688_CMD_COUNTERS_GET, NLM_F_DUMP);
	return measure_request(fd);
}

int main(int argc, char **argv)
{
	if (argc == 2 && !strcmp(argv[1], "lives"))
		return measure_lives();
	if (argc == 2 && !strcmp(argv[1], "memory"))
		return measure_memory();
	if (argc == 3 && !strcmp(argv[1], "policy"))
		return measure_policy(strtoul(argv[2], NULL, 10));
	if (argc == 2 && !strcmp(argv[1], "counters"))
		return measure_counters();
	errx(2, "usage: control lives|memory|counters|policy N");
}
