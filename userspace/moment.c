// SPDX-License-Identifier: GPL-2.0-only
#include <inttypes.h>
#include <stdio.h>
#include <time.h>

#include "moment.h"
#include "output.h"

#define NSEC_PER_SEC 1000000000u

/**
 * ghost_moment_now() - the time, in nanoseconds since the epoch
 */
uint64_t ghost_moment_now(void)
{
	struct timespec now;

	clock_gettime(CLOCK_REALTIME, &now);
	return (uint64_t)now.tv_sec * NSEC_PER_SEC + now.tv_nsec;
}

/**
 * ghost_moment_print() - print local time to the millisecond, and a blank
 * @moment: in nanoseconds since the epoch
 */
void ghost_moment_print(uint64_t moment)
{
	time_t second = moment / NSEC_PER_SEC;
	static time_t last = -1;
	static char text[64];
	struct tm tm;

	/* Most hits are in the same second as the one before. */
	if (second != last) {
		if (!localtime_r(&second, &tm) ||
		    !strftime(text, sizeof(text), "%Y-%m-%d %H:%M:%S", &tm))
			snprintf(text, sizeof(text), "@%jd", (intmax_t)second);
		last = second;
	}
	printf("%s.%03" PRIu64 " ", text, moment % NSEC_PER_SEC / 1000000);
}

/**
 * ghost_moment_json() - add the keys "time" and "nanoseconds" to an object
 *
 * Seconds since the epoch are what all other commands print. No number has more digits than a
 * double holds, so no reader of JSON rounds it.
 */
void ghost_moment_json(json_t *object, uint64_t moment)
{
	ghost_json_add(object, "time", ghost_json_u64(moment / NSEC_PER_SEC));
	ghost_json_add(object, "nanoseconds", ghost_json_u64(moment % NSEC_PER_SEC));
}
