// SPDX-License-Identifier: GPL-2.0-only
/*
 * Threads look names up. Whoever wants one waits for it, but at most 200 ms in any second: then
 * there is no name. Users have a thread and a limit of their own, because a name server may not
 * answer for long. The tables are of fixed size, because anybody can send from any number of
 * addresses.
 */
#include <netdb.h>
#include <pthread.h>
#include <pwd.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>

#include <netinet/in.h>

#include "message.h"
#include "names.h"

#define SLOTS 4096
#define WAITING 64
#define ADDRESS_THREADS 4
#define BUDGET_MSEC 100
/* After so long, a name, or that there is none, is looked up again. */
#define LIFETIME_SEC 600

/* An address, or a user's number. All bytes count, so unused ones are 0. */
struct key {
	enum { USER, IPV4, IPV6 } kind;
	unsigned char data[16];
};

/* A key's slot is found by its hash; the latest key has it. Its name was found in second @done. */
struct slot {
	struct key key;
	enum { EMPTY, ASKED, DONE } state;
	time_t done;
	char name[NI_MAXHOST];
};

/* Keys that wait for a thread, and how long one may still wait for them in this second. */
struct queue {
	struct key waiting[WAITING];
	unsigned int n;
	unsigned int first;
	pthread_cond_t asked;
	int64_t second;
	int64_t left;
};

/* All of these are protected by the lock. */
static struct slot slots[SLOTS];
static struct queue users = { .asked = PTHREAD_COND_INITIALIZER };
static struct queue addresses = { .asked = PTHREAD_COND_INITIALIZER };
static bool started;

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t answered;

static struct slot *slot_of(const struct key *key)
{
	const unsigned char *byte = (const unsigned char *)key;
	uint32_t hash = 2166136261u;
	size_t i;

	for (i = 0; i < sizeof(*key); i++)
		hash = (hash ^ byte[i]) * 16777619u;
	return &slots[(hash ^ hash >> 16) % SLOTS];
}

static bool is_of(const struct slot *slot, const struct key *key)
{
	return slot->state != EMPTY && !memcmp(&slot->key, key, sizeof(*key));
}

static time_t second_now(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec;
}

static bool is_old(const struct slot *slot)
{
	return slot->state == DONE && second_now() - slot->done >= LIFETIME_SEC;
}

/* Looks up a name. This may take long. */
static void look_up(const struct key *key, char *name, size_t size)
{
	struct sockaddr_in6 ipv6 = { .sin6_family = AF_INET6 };
	struct sockaddr_in ipv4 = { .sin_family = AF_INET };
	struct passwd user, *found = NULL;
	char buf[4096];
	uint32_t uid;

	*name = 0;
	switch (key->kind) {
	case USER:
		memcpy(&uid, key->data, sizeof(uid));
		if (!getpwuid_r(uid, &user, buf, sizeof(buf), &found) && found)
			snprintf(name, size, "%s", user.pw_name);
		return;
	case IPV4:
		memcpy(&ipv4.sin_addr, key->data, sizeof(ipv4.sin_addr));
		if (getnameinfo((struct sockaddr *)&ipv4, sizeof(ipv4), name, size, NULL, 0,
				NI_NAMEREQD))
			*name = 0;
		return;
	case IPV6:
		memcpy(&ipv6.sin6_addr, key->data, sizeof(ipv6.sin6_addr));
		if (getnameinfo((struct sockaddr *)&ipv6, sizeof(ipv6), name, size, NULL, 0,
				NI_NAMEREQD))
			*name = 0;
		return;
	}
}

static void *work(void *arg)
{
	struct queue *queue = arg;
	char name[NI_MAXHOST];
	struct slot *slot;
	struct key key;

	pthread_mutex_lock(&lock);
	for (;;) {
		while (!queue->n)
			pthread_cond_wait(&queue->asked, &lock);
		key = queue->waiting[queue->first];
		queue->first = (queue->first + 1) % WAITING;
		queue->n--;
		pthread_mutex_unlock(&lock);
		look_up(&key, name, sizeof(name));
		pthread_mutex_lock(&lock);
		slot = slot_of(&key);
		if (is_of(slot, &key)) {
			strcpy(slot->name, name);
			slot->state = DONE;
			slot->done = second_now();
		}
		pthread_cond_signal(&answered);
	}
	return NULL;
}

static int64_t msec_of(const struct timespec *time)
{
	return (int64_t)time->tv_sec * 1000 + time->tv_nsec / 1000000;
}

/* Waits until the slot has its name, or the time of this second is used up. The lock is held. */
static void await(struct queue *queue, const struct slot *slot)
{
	struct timespec now, until;
	int64_t begin;

	clock_gettime(CLOCK_MONOTONIC, &now);
	begin = msec_of(&now);
	if (now.tv_sec != queue->second) {
		queue->second = now.tv_sec;
		queue->left = BUDGET_MSEC;
	}
	until.tv_sec = (begin + queue->left) / 1000;
	until.tv_nsec = (begin + queue->left) % 1000 * 1000000;
	while (queue->left > 0 && slot->state != DONE) {
		if (pthread_cond_timedwait(&answered, &lock, &until))
			break;
	}
	clock_gettime(CLOCK_MONOTONIC, &now);
	queue->left -= msec_of(&now) - begin;
}

/* A name of "" stands for none, and for one that is not known yet. */
static const char *name_get(const struct key *key, char *buf)
{
	struct queue *queue = key->kind == USER ? &users : &addresses;
	struct slot *slot = slot_of(key);

	*buf = 0;
	if (!started)
		return buf;
	pthread_mutex_lock(&lock);
	if ((!is_of(slot, key) || is_old(slot)) && queue->n < WAITING) {
		slot->key = *key;
		slot->state = ASKED;
		queue->waiting[(queue->first + queue->n++) % WAITING] = *key;
		pthread_cond_signal(&queue->asked);
	}
	if (is_of(slot, key)) {
		await(queue, slot);
		if (slot->state == DONE)
			ghost_quote(buf, slot->name);
	}
	pthread_mutex_unlock(&lock);
	return buf;
}

/**
 * ghost_names_address() - the name of an address, if it can be had soon
 * @bytes: 4 or 16
 * @buf: of %GHOST_NAME_LEN bytes
 *
 * Return: @buf, "" without a name.
 */
const char *ghost_names_address(const void *address, size_t bytes, char *buf)
{
	struct key key;

	memset(&key, 0, sizeof(key));
	key.kind = bytes == 4 ? IPV4 : IPV6;
	memcpy(key.data, address, bytes);
	return name_get(&key, buf);
}

/**
 * ghost_names_user() - the name of a user, if it can be had soon
 * @buf: of %GHOST_NAME_LEN bytes
 *
 * Return: @buf, "" without a name.
 */
const char *ghost_names_user(uint32_t uid, char *buf)
{
	struct key key;

	memset(&key, 0, sizeof(key));
	key.kind = USER;
	memcpy(key.data, &uid, sizeof(uid));
	return name_get(&key, buf);
}

static int thread_start(struct queue *queue)
{
	pthread_t thread;
	int err = pthread_create(&thread, NULL, work, queue);

	if (!err)
		pthread_detach(thread);
	return err;
}

/**
 * ghost_names_start() - begin to look up names, in the network namespace of the caller
 *
 * Without it there are no names.
 *
 * Return: 0, or the exit status after a message.
 */
int ghost_names_start(void)
{
	pthread_condattr_t attr;
	sigset_t all, old;
	int i, err;

	pthread_condattr_init(&attr);
	pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
	pthread_cond_init(&answered, &attr);
	/* Signals are for the thread that prints. */
	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &old);
	err = thread_start(&users);
	for (i = 0; i < ADDRESS_THREADS && !err; i++)
		err = thread_start(&addresses);
	pthread_sigmask(SIG_SETMASK, &old, NULL);
	if (err)
		return ghost_refuse("cannot look up names: %s", strerror(err));
	started = true;
	return GHOST_OK;
}
