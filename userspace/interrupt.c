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
 * The alarm comes again and again. It interrupts a write() to a pipe that nobody reads, whenever
 * that began, so that the command ends.
 */
static void interrupt(int signal)
{
	(void)signal;
	interrupted = true;
	alarm(GRACE);
}

static void catch(int signal)
{
	const struct sigaction action = { .sa_handler = interrupt };
	struct sigaction old;

	/* A shell makes commands in the background ignore SIGINT; leave it so. */
	if (!sigaction(signal, NULL, &old) && old.sa_handler != SIG_IGN)
		sigaction(signal, &action, NULL);
}

/**
 * ghost_interrupt_init() - have SIGINT, SIGTERM and the time limit end the command in its own time
 * @timeout: in seconds; 0 for no limit
 *
 * System calls that wait are interrupted. They may begin to wait just after the signal, so none
 * should wait for more than a second, but for those that the alarm may end.
 */
void ghost_interrupt_init(uint32_t timeout)
{
	signal(SIGALRM, SIG_DFL);
	catch(SIGINT);
	catch(SIGTERM);
	catch(SIGALRM);
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
