// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <linux/genetlink.h>
#include <linux/netlink.h>
#include <linux/sock_diag.h>

#include <ghost688.h>

#include "events.h"
#include "failure.h"
#include "message.h"
#include "module.h"

/* How many packets are read at once. */
#define BATCH 32
/* The answer to hits-listen has some 40 bytes for each CPU; all other messages are shorter. */
#define PACKET_SIZE 65536
/* The kernel doubles it, and takes about 1 KiB of that for each hit: enough for 60,000. */
#define QUEUE_SIZE (32 << 20)

/* Microseconds that a module takes to look at its group, with much to spare. */
#define SETTLING 100000

struct ghost_events_batch {
	struct mmsghdr packet[BATCH];
	struct sockaddr_nl from[BATCH];
	struct iovec room[BATCH];
	char data[BATCH][PACKET_SIZE];
};

static int join(struct ghost_events *events, enum ghost_group group)
{
	int number = events->genl.group[group];

	if (!number)
		return -EOPNOTSUPP;
	return mnl_socket_setsockopt(events->genl.socket, NETLINK_ADD_MEMBERSHIP, &number,
				     sizeof(number)) ? -errno : 0;
}

/* In this order, so that whoever sees that a policy change is told knows that hits are, too. */
static int listen_begin(struct ghost_events *events)
{
	int err = join(events, GHOST_GROUP_HITS);

	if (!err)
		err = ghost_events_ask(events);
	return err ? err : join(events, GHOST_GROUP_POLICY);
}

/* The module was loaded again. It may be gone already, which its event will tell. */
static int back(struct ghost_events *events, const struct ghost_genl *module, ghost_events_fn fn,
		void *arg)
{
	int err;

	events->genl.id = module->found;
	events->genl.abi = module->abi;
	memcpy(events->genl.group, module->group, sizeof(module->group));
	if (ghost_module_abi(&events->genl))
		return GHOST_EVENTS_TOLD;
	ghost_gaps_restart(&events->gaps);
	/* A module that is just being loaded throws out whoever is in its group already. */
	usleep(SETTLING);
	err = listen_begin(events);
	if (err == -ENOENT || err == -EINVAL)
		return 0;
	events->gone = false;
	return err ? err : fn(GHOST_EVENT_BACK, NULL, arg);
}

/*
 * The module is gone. If the events that told it were lost, it may be back, so look for it. Events
 * are not: looking uses a socket of its own.
 */
static int gone(struct ghost_events *events, bool look, ghost_events_fn fn, void *arg)
{
	struct ghost_genl other;
	int err = 0;

	events->asked = false;
	if (!events->gone) {
		events->gone = true;
		err = fn(GHOST_EVENT_GONE, NULL, arg);
	}
	if (err || !look)
		return err;
	if (ghost_genl_open(&other))
		return GHOST_EVENTS_TOLD;
	err = ghost_module_find(&other);
	if (!err)
		err = back(events, &other, fn, arg);
	ghost_genl_close(&other);
	return err == -ENOENT ? 0 : err;
}

/* What the controller tells of all families. */
static int family_event(struct ghost_events *events, const struct nlmsghdr *message, uint8_t cmd,
			ghost_events_fn fn, void *arg)
{
	struct ghost_genl module = { 0 };

	if (cmd != CTRL_CMD_NEWFAMILY && cmd != CTRL_CMD_DELFAMILY)
		return 0;
	if (ghost_module_family(message, &module) || !module.abi)
		return 0;
	if (cmd == CTRL_CMD_DELFAMILY)
		return module.found == events->genl.id ? gone(events, false, fn, arg) : 0;
	/* Listening already: the event was in the queue when the module was found. */
	if (!events->gone && module.found == events->genl.id)
		return 0;
	return back(events, &module, fn, arg);
}

static int message_read(struct ghost_events *events, const struct nlmsghdr *message,
			ghost_events_fn fn, void *arg)
{
	const struct genlmsghdr *header = mnl_nlmsg_get_payload(message);
	int err;

	if (message->nlmsg_type == NLMSG_ERROR) {
		if (message->nlmsg_seq != events->genl.sequence)
			return 0;
		err = ghost_genl_end(&events->genl, message);
		/* The first request succeeded, so the module goes on sending hits. */
		if (err == -ENOMEM && events->gaps.begun) {
			events->again = true;
			return 0;
		}
		return err == -ENOENT ? gone(events, true, fn, arg) : err;
	}
	if (mnl_nlmsg_get_payload_len(message) < sizeof(*header))
		return -EPROTO;
	if (message->nlmsg_type == GENL_ID_CTRL)
		return family_event(events, message, header->cmd, fn, arg);
	if (message->nlmsg_type != events->genl.id)
		return 0;
	switch (header->cmd) {
	case GHOST688_CMD_HIT_NTF:
		return fn(GHOST_EVENT_HIT, message, arg);
	case GHOST688_CMD_POLICY_NTF:
		return fn(GHOST_EVENT_POLICY, message, arg);
	case GHOST688_CMD_RESET_NTF:
		return fn(GHOST_EVENT_RESET, message, arg);
	case GHOST688_CMD_HITS_LISTEN:
		if (message->nlmsg_seq == events->genl.sequence)
			events->asked = false;
		return ghost_gaps_answer(&events->gaps, message);
	}
	return 0;
}

static int packet_read(struct ghost_events *events, const struct mmsghdr *packet,
		       ghost_events_fn fn, void *arg)
{
	const struct nlmsghdr *message = packet->msg_hdr.msg_iov->iov_base;
	int err = 0, left = packet->msg_len;

	if (!ghost_genl_is_kernel(&packet->msg_hdr))
		return 0;
	if (packet->msg_hdr.msg_flags & MSG_TRUNC)
		return -EPROTO;
	for (; !err && mnl_nlmsg_ok(message, left); message = mnl_nlmsg_next(message, &left))
		err = message_read(events, message, fn, arg);
	return err;
}

/**
 * ghost_events_read() - read what has come, without waiting
 *
 * Return: 1 if there may be more, 0 if there is not, or the negative errno of the kernel or of @fn;
 * %GHOST_EVENTS_TOLD after a message.
 */
int ghost_events_read(struct ghost_events *events, ghost_events_fn fn, void *arg)
{
	struct ghost_events_batch *batch = events->batch;
	int i, n, err = 0;

	for (i = 0; i < BATCH; i++) {
		batch->room[i] = (struct iovec){ batch->data[i], PACKET_SIZE };
		batch->packet[i].msg_hdr = (struct msghdr){
			.msg_name = &batch->from[i], .msg_namelen = sizeof(batch->from[i]),
			.msg_iov = &batch->room[i], .msg_iovlen = 1,
		};
	}
	n = recvmmsg(ghost_events_fd(events), batch->packet, BATCH, MSG_DONTWAIT, NULL);
	if (n < 0)
		return errno == EAGAIN || errno == EINTR || errno == ENOBUFS ? 0 : -errno;
	for (i = 0; i < n && !err; i++)
		err = packet_read(events, &batch->packet[i], fn, arg);
	return err ? err : n == BATCH;
}

/**
 * ghost_events_ask() - have the module send hits, and tell each CPU's position
 *
 * The answer is among the events. It may get lost if the queue is full. If there is no memory for
 * the request, @events->again is set.
 *
 * Return: 0 or a negative errno.
 */
int ghost_events_ask(struct ghost_events *events)
{
	int err;

	ghost_genl_request(&events->genl, GHOST688_CMD_HITS_LISTEN, 0);
	err = ghost_genl_send(&events->genl);
	events->again = err == -EAGAIN || err == -ENOBUFS;
	events->asked = !err || events->again;
	return events->again ? 0 : err;
}

/**
 * ghost_events_leave() - get no more hits; those that have come can still be read
 */
void ghost_events_leave(struct ghost_events *events)
{
	int number = events->genl.group[GHOST_GROUP_HITS];

	mnl_socket_setsockopt(events->genl.socket, NETLINK_DROP_MEMBERSHIP, &number,
			      sizeof(number));
}

/**
 * ghost_events_drops() - how many packets the kernel dropped because this socket's queue was full
 */
uint32_t ghost_events_drops(const struct ghost_events *events)
{
	uint32_t info[SK_MEMINFO_VARS] = { 0 };
	socklen_t size = sizeof(info);

	getsockopt(ghost_events_fd(events), SOL_SOCKET, SO_MEMINFO, info, &size);
	return info[SK_MEMINFO_DROPS];
}

int ghost_events_fd(const struct ghost_events *events)
{
	return mnl_socket_get_fd(events->genl.socket);
}

/**
 * ghost_events_open() - begin to listen
 * @events: on success, to be closed by ghost_events_close()
 * @module: the module that was found
 *
 * Return: 0, or the exit status after a message.
 */
int ghost_events_open(struct ghost_events *events, const struct ghost_genl *module)
{
	int fd, size = QUEUE_SIZE, on = 1, err;

	*events = (struct ghost_events){ 0 };
	if (!module->group[GHOST_GROUP_HITS])
		return ghost_refuse("listening to hits: the module has none; install the same version of both");
	err = ghost_genl_open(&events->genl);
	if (err)
		return err;
	events->batch = calloc(1, sizeof(*events->batch));
	if (!events->batch) {
		ghost_events_close(events);
		return ghost_refuse("out of memory");
	}
	fd = ghost_events_fd(events);
	/* The first needs a privilege that root of a container lacks; the second is limited. */
	if (setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &size, sizeof(size)))
		setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &size, sizeof(size));
	/* Without this, a socket that overran gets nothing until its queue is empty. */
	mnl_socket_setsockopt(events->genl.socket, NETLINK_NO_ENOBUFS, &on, sizeof(on));
	events->genl.id = module->id;
	events->genl.abi = module->abi;
	memcpy(events->genl.group, module->group, sizeof(module->group));
	err = join(events, GHOST_GROUP_NOTIFY);
	if (!err)
		err = listen_begin(events);
	if (err) {
		err = ghost_genl_failed(&events->genl, err, "listening to hits", NULL);
		ghost_events_close(events);
	}
	return err;
}

void ghost_events_close(struct ghost_events *events)
{
	ghost_gaps_free(&events->gaps);
	free(events->batch);
	ghost_genl_close(&events->genl);
	*events = (struct ghost_events){ 0 };
}
