// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <time.h>
#include <unistd.h>

#include "eventline.h"
#include "events.h"
#include "failure.h"
#include "hit.h"
#include "hitline.h"
#include "interrupt.h"
#include "message.h"
#include "module.h"
#include "names.h"
#include "options.h"
#include "output.h"
#include "text.h"
#include "words.h"
#include "verbs/verb.h"

#define TICK_MSEC 1000
/* How long to wait at the end for the module's answer, and for hits that are on the way. */
#define SETTLE_MSEC 1000
/* When to ask again then, if the module could not be asked. */
#define AGAIN_MSEC 50

/* As an error: all that was to be printed is printed. */
#define ENOUGH (-ECANCELED)

/**
 * struct monitor - what is to be printed, and what was
 * @limit: hits to print; 0 for all
 * @one_direction: print only hits in @direction
 * @printed: hits that were printed
 * @missed: missed hits that were told
 * @drops: packets dropped by the kernel that were told as missed hits, or were none
 * @drops_asked: @drops and those not told, when the positions were last asked for
 * @suppressed: suppressed hits that were told
 */
struct monitor {
	struct ghost_events events;
	uint32_t limit;
	bool one_direction;
	uint32_t direction;
	uint64_t printed;
	uint64_t missed;
	uint32_t drops;
	uint32_t drops_asked;
	uint64_t suppressed;
};

/* Lines are written when there is nothing more to read, or when this is full. */
static char buffer[65536];

static int64_t msec_now(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/*
 * Tells what was missed since this was last told. A packet that was dropped because the queue of
 * the socket was full most likely was one of the missed hits.
 */
static int missed_tell(struct monitor *monitor)
{
	const struct ghost_gaps *gaps = &monitor->events.gaps;
	uint64_t missed = gaps->missed > monitor->missed ? gaps->missed - monitor->missed : 0;
	uint64_t suppressed = gaps->suppressed - monitor->suppressed;
	uint32_t slow = ghost_events_drops(&monitor->events) - monitor->drops;

	if (!missed && !suppressed)
		return 0;
	if (slow > missed)
		slow = missed;
	monitor->missed += missed;
	monitor->drops += slow;
	monitor->suppressed += suppressed;
	return ghost_event_missed(missed, slow, suppressed);
}

static int hit_take(struct monitor *monitor, const struct nlmsghdr *message)
{
	struct ghost_hit hit;
	int err = ghost_hit_read(message, &hit);

	if (!err)
		err = ghost_gaps_hit(&monitor->events.gaps, hit.cpu, hit.seq, hit.suppressed);
	if (err || (monitor->one_direction && hit.direction != monitor->direction))
		return err;
	if (!ghost_options.json)
		ghost_hit_print(&hit);
	else if (ghost_hit_print_json(&hit))
		return GHOST_EVENTS_TOLD;
	return ++monitor->printed == monitor->limit ? ENOUGH : 0;
}

static int event_take(enum ghost_event event, const struct nlmsghdr *message, void *arg)
{
	struct monitor *monitor = arg;
	int err;

	switch (event) {
	case GHOST_EVENT_HIT:
		return hit_take(monitor, message);
	case GHOST_EVENT_POLICY:
		return ghost_event_policy(message);
	case GHOST_EVENT_RESET:
		return ghost_event_reset(message);
	case GHOST_EVENT_GONE:
		err = missed_tell(monitor);
		return err ? err : ghost_event_gone();
	case GHOST_EVENT_BACK:
		return ghost_event_back();
	}
	return 0;
}

/*
 * Waits until something comes. If standard output is a pipe that has lost its reader, ends the
 * command as writing to it would. Return: 0, or %GHOST_EVENTS_TOLD.
 */
static int wait_for(struct monitor *monitor, int64_t msec)
{
	struct pollfd fds[] = {
		{ .fd = ghost_events_fd(&monitor->events), .events = POLLIN },
		{ .fd = STDOUT_FILENO },
	};

	if (poll(fds, 2, msec > 0 ? msec : 0) <= 0 || !(fds[1].revents & (POLLERR | POLLHUP)))
		return 0;
	raise(SIGPIPE);
	return ghost_refuse("cannot write to standard output: Broken pipe") ? GHOST_EVENTS_TOLD : 0;
}

/* Reads what has come, and prints it. Return: as ghost_events_read(). */
static int step(struct monitor *monitor)
{
	int more = ghost_events_read(&monitor->events, event_take, monitor);

	return ghost_output_settle(GHOST_OK) ? GHOST_EVENTS_TOLD : more;
}

/*
 * Tells what was missed. If no more hits come from a CPU, nothing will tell that its last ones were
 * lost; so asks. With @more to read, the answer to the last question may still be on the way.
 */
static int tick(struct monitor *monitor, bool more)
{
	struct ghost_events *events = &monitor->events;
	int err = missed_tell(monitor);

	if (err || events->gone || (more && events->asked && !events->again))
		return err;
	/* After an answer, all hits that were lost before the question are told. */
	if (!events->asked && (int32_t)(monitor->drops_asked - monitor->drops) > 0)
		monitor->drops = monitor->drops_asked;
	monitor->drops_asked = ghost_events_drops(events);
	return ghost_events_ask(events);
}

/* Asks for the positions, and reads on until the answer and all hits that it tells of have come. */
static int settle(struct monitor *monitor)
{
	struct ghost_events *events = &monitor->events;
	int64_t end = msec_now() + SETTLE_MSEC, left = SETTLE_MSEC;
	int more = ghost_events_ask(events);

	while (more >= 0 && left > 0 && (events->asked ||
					 events->gaps.missed > monitor->missed)) {
		more = step(monitor);
		left = end - msec_now();
		if (!more)
			more = wait_for(monitor, events->again ? AGAIN_MSEC : left);
		if (!more && events->again)
			more = ghost_events_ask(events);
	}
	return more;
}

/* Prints the hits that came before the end. Return: 0 or a negative errno. */
static int finish(struct monitor *monitor)
{
	int more;

	if (monitor->events.gone)
		return 0;
	more = settle(monitor);
	if (more < 0 || !monitor->events.asked)
		return more < 0 ? more : 0;
	/* Hits come faster than they can be printed. Take no more, print those that have come. */
	ghost_events_leave(&monitor->events);
	do {
		more = step(monitor);
	} while (more > 0);
	if (!more)
		more = settle(monitor);
	return more < 0 ? more : 0;
}

static int watch(struct monitor *monitor)
{
	int64_t now, next = msec_now() + TICK_MSEC;
	int more = 0;
	bool asked;

	while (more >= 0 && !ghost_interrupted()) {
		asked = monitor->events.asked;
		more = step(monitor);
		now = msec_now();
		if (more < 0)
			break;
		/* Some of the hits that the answer tells of may come only after it. */
		if (asked && !monitor->events.asked)
			next = now + TICK_MSEC;
		if (now >= next) {
			more = tick(monitor, more);
			next = now + TICK_MSEC;
		} else if (!more) {
			more = wait_for(monitor, next - now);
		}
	}
	if (more >= 0)
		more = finish(monitor);
	if (!more || more == ENOUGH)
		more = missed_tell(monitor);
	if (!more)
		return ghost_output_settle(GHOST_OK);
	if (more == GHOST_EVENTS_TOLD)
		return GHOST_REFUSED;
	return ghost_genl_failed(&monitor->events.genl, more, "listening to hits", NULL);
}

static int options_read(struct monitor *monitor, uint32_t *timeout)
{
	const char *direction = ghost_options.own[GHOST_OWN_DIRECTION];
	char quoted[GHOST_QUOTE_LEN], list[GHOST_WORDS_LEN];
	int err = ghost_options_number(GHOST_OWN_COUNT, UINT32_MAX, &monitor->limit);

	if (!err)
		err = ghost_options_number(GHOST_OWN_TIMEOUT, INT32_MAX, timeout);
	if (err || !direction)
		return err;
	monitor->one_direction = true;
	if (!ghost_word_value(ghost_directions, direction, &monitor->direction))
		return GHOST_OK;
	return ghost_misuse("unknown word '%s' for --direction; words: %s",
			    ghost_quote(quoted, direction),
			    ghost_word_list(ghost_directions, list));
}

static int monitor_run(int argc, char **argv)
{
	struct monitor monitor = { 0 };
	struct ghost_genl genl;
	uint32_t timeout = 0;
	int err = options_read(&monitor, &timeout);

	(void)argc;
	(void)argv;
	/* Before the namespace is entered: names are those that the user knows. */
	if (!err && ghost_options.own[GHOST_OWN_RESOLVE])
		err = ghost_names_start();
	if (!err)
		err = ghost_module_open(&genl);
	if (err)
		return err;
	ghost_interrupt_init(timeout);
	err = ghost_events_open(&monitor.events, &genl);
	ghost_genl_close(&genl);
	if (err)
		return err;
	setvbuf(stdout, buffer, _IOFBF, sizeof(buffer));
	err = watch(&monitor);
	ghost_events_close(&monitor.events);
	return err;
}

const struct ghost_verb ghost_verb_monitor = {
	.name = "monitor",
	.run = monitor_run,
	.args = "[--count N] [--timeout S] [--direction in|forward|out] [--resolve]",
	.options = "--count N --timeout S --direction in|forward|out --resolve",
	.summary = "print hits, policy changes and resets as they happen",
	.about =
		"Prints a line for each visit: time, direction, verdict, protocol, source, destination; in\n"
		"out who sent it, as far as that is known, else the interfaces. In place of a direction:\n\n"
		"  policy, reset    the policy was changed, counters or sources were reset\n"
		"  missed           so many hits were lost, by this command (too-slow) or by the module\n"
		"                   (no-room), or suppressed by hit-rate\n"
		"  gone, back       the module was removed, or loaded again\n\n"
		"  --count N        end after N hits\n"
		"  --timeout S      end after S seconds\n"
		"  --direction D    print only hits in one direction\n"
		"  --resolve        print names of addresses and users, too, if they are found soon\n\n"
		"With --json each line is an object.",
	.examples =
		"  ghost688 monitor --direction out\n"
		"  ghost688 -j monitor --timeout 60 | jq -r 'select(.event | not) | .source'",
	.exit = "Exit status: 0 ended by an option or a signal; 1 refused or impossible; 2 wrong usage.\n"
		"Needs CAP_NET_ADMIN.",
};
