// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <linux/genetlink.h>
#include <linux/netlink.h>

#include <ghost688.h>

#include "attr.h"
#include "genl.h"
#include "message.h"

/**
 * ghost_genl_request() - begin a request in genl->request
 * @flags: NLM_F_DUMP, or 0 for a do
 */
struct nlmsghdr *ghost_genl_request(struct ghost_genl *genl, uint8_t cmd, uint16_t flags)
{
	struct nlmsghdr *nlh = mnl_nlmsg_put_header(genl->request);
	struct genlmsghdr *header;

	nlh->nlmsg_type = genl->id;
	nlh->nlmsg_flags = NLM_F_REQUEST | NLM_F_ACK | flags;
	header = mnl_nlmsg_put_extra_header(nlh, sizeof(*header));
	header->cmd = cmd;
	header->version = GHOST688_FAMILY_VERSION;
	return nlh;
}

/* Keeps the text of an error, and the attribute that it is about. */
static void extack_read(struct ghost_genl *genl, const struct nlmsghdr *nlh, size_t offset)
{
	const struct nlattr *attr;

	if (!(nlh->nlmsg_flags & NLM_F_ACK_TLVS) || mnl_nlmsg_get_payload_len(nlh) < offset)
		return;
	mnl_attr_for_each(attr, nlh, offset) {
		switch (mnl_attr_get_type(attr)) {
		case NLMSGERR_ATTR_MSG:
			if (ghost_attr_string(attr, genl->text, sizeof(genl->text)))
				genl->text[0] = 0;
			break;
		case NLMSGERR_ATTR_OFFS:
			ghost_attr_u32(attr, &genl->bad);
			break;
		case NLMSGERR_ATTR_MISS_TYPE:
			ghost_attr_u32(attr, &genl->missing);
			break;
		}
	}
}

/**
 * ghost_genl_end() - read NLMSG_ERROR or NLMSG_DONE: both end an answer, both may carry extack
 *
 * Return: 0, or the negative errno of the kernel.
 */
int ghost_genl_end(struct ghost_genl *genl, const struct nlmsghdr *nlh)
{
	size_t length = mnl_nlmsg_get_payload_len(nlh);
	const struct nlmsgerr *end = mnl_nlmsg_get_payload(nlh);
	size_t offset = sizeof(int);

	if (length < sizeof(int))
		return nlh->nlmsg_type == NLMSG_DONE ? 0 : -EPROTO;
	if (nlh->nlmsg_type == NLMSG_ERROR) {
		if (length < sizeof(*end))
			return -EPROTO;
		offset = sizeof(*end);
		if (!(nlh->nlmsg_flags & NLM_F_CAPPED) &&
		    end->msg.nlmsg_len >= sizeof(end->msg))
			offset += MNL_ALIGN(end->msg.nlmsg_len) - sizeof(end->msg);
	}
	extack_read(genl, nlh, offset);
	return end->error > 0 ? -EPROTO : end->error;
}

/**
 * ghost_genl_is_kernel() - whether a packet comes from the kernel
 *
 * Whoever has CAP_NET_ADMIN in the network namespace can send to this socket too, and any user has
 * it in a namespace of their own.
 */
bool ghost_genl_is_kernel(const struct msghdr *msg)
{
	const struct sockaddr_nl *from = msg->msg_name;

	return msg->msg_namelen == sizeof(*from) && from->nl_family == AF_NETLINK && !from->nl_pid;
}

/*
 * Receives one packet from the kernel.
 *
 * Return: the number of bytes, 0 to try again, or a negative errno.
 */
static ssize_t answer_receive(struct ghost_genl *genl)
{
	struct iovec room = { .iov_base = genl->answer, .iov_len = GHOST_ANSWER_SIZE };
	struct sockaddr_nl from = { 0 };
	struct msghdr msg = {
		.msg_name = &from, .msg_namelen = sizeof(from), .msg_iov = &room, .msg_iovlen = 1,
	};
	ssize_t got = recvmsg(mnl_socket_get_fd(genl->socket), &msg, 0);

	if (got < 0)
		return errno == EINTR ? 0 : -errno;
	if (!ghost_genl_is_kernel(&msg))
		return 0;
	return !got || msg.msg_flags & MSG_TRUNC ? -EPROTO : got;
}

/**
 * ghost_genl_send() - send genl->request, with a new sequence number
 *
 * Return: 0 or a negative errno.
 */
int ghost_genl_send(struct ghost_genl *genl)
{
	struct nlmsghdr *request = genl->request;

	request->nlmsg_seq = ++genl->sequence;
	genl->text[0] = 0;
	genl->bad = 0;
	genl->missing = 0;
	return mnl_socket_sendto(genl->socket, request, request->nlmsg_len) < 0 ? -errno : 0;
}

/**
 * ghost_genl_talk() - send genl->request, and read the whole answer
 * @fn: gets each message of it; may be NULL
 * @arg: for @fn
 *
 * Return: 0, or the negative errno of the kernel or of @fn. -EAGAIN means that a dump
 * was interrupted by a change: what @fn got is inconsistent.
 */
int ghost_genl_talk(struct ghost_genl *genl, ghost_genl_fn fn, void *arg)
{
	struct nlmsghdr *request = genl->request;
	unsigned int portid = mnl_socket_get_portid(genl->socket);
	bool interrupted = false;
	int err = ghost_genl_send(genl);

	if (err)
		return err;

	for (;;) {
		const struct nlmsghdr *nlh = genl->answer;
		ssize_t got = answer_receive(genl);
		int left = got;

		if (got < 0)
			return got;

		for (; mnl_nlmsg_ok(nlh, left); nlh = mnl_nlmsg_next(nlh, &left)) {
			/* Not the answer to this request. */
			if (nlh->nlmsg_seq != request->nlmsg_seq || nlh->nlmsg_pid != portid)
				continue;
			interrupted |= nlh->nlmsg_flags & NLM_F_DUMP_INTR;
			if (nlh->nlmsg_type == NLMSG_ERROR || nlh->nlmsg_type == NLMSG_DONE) {
				int end = ghost_genl_end(genl, nlh);

				if (end || err)
					return end ? end : err;
				return interrupted ? -EAGAIN : 0;
			}
			if (nlh->nlmsg_type != genl->id || !fn || err)
				continue;
			if (mnl_nlmsg_get_payload_len(nlh) < sizeof(struct genlmsghdr))
				err = -EPROTO;
			else
				err = fn(nlh, arg);
		}
	}
}

/**
 * ghost_genl_open() - get a socket, and memory for requests and answers
 *
 * Return: 0, or the exit status after a message.
 */
int ghost_genl_open(struct ghost_genl *genl)
{
	const struct sockaddr_nl to_kernel = { .nl_family = AF_NETLINK };
	int err, on = 1;

	*genl = (struct ghost_genl){ .sequence = time(NULL) };
	genl->request = calloc(1, GHOST_REQUEST_SIZE);
	genl->answer = malloc(GHOST_ANSWER_SIZE);
	if (!genl->request || !genl->answer) {
		ghost_genl_close(genl);
		return ghost_refuse("out of memory");
	}
	genl->socket = mnl_socket_open2(NETLINK_GENERIC, SOCK_CLOEXEC);
	if (!genl->socket || mnl_socket_bind(genl->socket, 0, MNL_SOCKET_AUTOPID) < 0) {
		err = errno;
		ghost_genl_close(genl);
		return ghost_refuse("no generic netlink socket: %s", strerror(err));
	}
	/* If this works, nobody but the kernel can send to the socket, or fill its queue. */
	connect(mnl_socket_get_fd(genl->socket), (struct sockaddr *)&to_kernel, sizeof(to_kernel));
	/* Makes errors carry a text and omit the request. */
	mnl_socket_setsockopt(genl->socket, NETLINK_EXT_ACK, &on, sizeof(on));
	mnl_socket_setsockopt(genl->socket, NETLINK_CAP_ACK, &on, sizeof(on));
	return GHOST_OK;
}

void ghost_genl_close(struct ghost_genl *genl)
{
	if (genl->socket)
		mnl_socket_close(genl->socket);
	free(genl->request);
	free(genl->answer);
	*genl = (struct ghost_genl){ 0 };
}
