// SPDX-License-Identifier: GPL-2.0-only
#include <signal.h>
#include <stdatomic.h>
#include <stddef.h>
#include <unistd.h>

#include "interrupt.h"

/* How long a reader of standard output may take for what is left, in seconds. */
#define GRACE 2

static atomic_bool interrupted;

/*
 * The first signal interrupts no write(): the reader may be about to read. Then the alarm comes
 * again and again. It interrupts a write() to a pipe that nobody reads, whenever that began, so
 * that the command ends. Further signals do not put the alarm off.
 */
static void interrupt(int signal)
{
	const struct sigaction action = { .sa_handler = interrupt };

	if (interrupted && signal != SIGALRM)
		return;
	interrupted = true;
	sigaction(SIGALRM, &action, NULL);
	alarm(GRACE);
}

static void catch(int signal)
{
	const struct sigaction action = { .sa_handler = interrupt, .sa_flags = SA_RESTART };
	struct sigaction old;

	/* A shell makes commands in the background ignore SIGINT; leave it so. */
	if (!sigaction(signal, NULL, &old) && old.sa_handler != SIG_IGN)
		sigaction(signal, &action, NULL);
}

/**
 * ghost_interrupt_init() - have SIGINT, SIGTERM and the time limit end the command in its own time
 * @timeout: in seconds; 0 for no limit
 *
 * poll() is interrupted. It may begin to wait just after the signal, so it should not wait for more
 * than a second. A write() to a reader that is too slow fails some seconds later.
 */
void ghost_interrupt_init(uint32_t timeout)
{
	sigset_t caught;

	signal(SIGALRM, SIG_DFL);
	catch(SIGINT);
	catch(SIGTERM);
	catch(SIGALRM);
	/* The caller may have blocked them. */
	sigemptyset(&caught);
	sigaddset(&caught, SIGINT);
	sigaddset(&caught, SIGTERM);
	sigaddset(&caught, SIGALRM);
	pthread_sigmask(SIG_UNBLOCK, &caught, NULL);
	if (timeout)
		alarm(timeout);
}

/**
 * ghost_interrupted() - whether one of them has come
 */
bool ghost_interrupted(void)
{
	return interrupted;
}
