// SPDX-License-Identifier: GPL-2.0-only
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "counters.h"
#include "failure.h"
#include "genl.h"
#include "message.h"
#include "module.h"
#include "options.h"
#include "output.h"
#include "words.h"
#include "verbs/verb.h"

#define VERDICTS (GHOST688_VERDICT_MAX + 1)

struct totals {
	uint64_t visits;
	uint64_t verdict[VERDICTS];
	uint64_t truncated[GHOST_DIRECTIONS];
};

static void totals_count(struct totals *totals, const struct ghost_counters *counters)
{
	size_t i;

	for (i = 0; i < counters->n; i++) {
		const struct ghost_counter *row = &counters->row[i];

		if (!row->truncated) {
			if (row->verdict != GHOST688_VERDICT_REPLY)
				totals->visits += row->packets;
			if (row->verdict < VERDICTS)
				totals->verdict[row->verdict] += row->packets;
		} else if (row->direction < GHOST_DIRECTIONS) {
			totals->truncated[row->direction] += row->packets;
		}
	}
}

/* As in "5 minutes ago". One unit is enough: the exact time is printed after it. */
static void ago_format(char *buf, size_t size, uint64_t then, uint64_t now)
{
	static const struct {
		uint64_t seconds;
		const char *name;
	} units[] = { { 86400, "day" }, { 3600, "hour" }, { 60, "minute" }, { 1, "second" } };
	uint64_t n, age = now - then;
	size_t i = 0;

	if (then > now) {
		snprintf(buf, size, "in the future");
		return;
	}
	while (i < 3 && age < units[i].seconds)
		i++;
	n = age / units[i].seconds;
	snprintf(buf, size, "%" PRIu64 " %s%s ago", n, units[i].name, n == 1 ? "" : "s");
}

static void last_visit_print(const struct ghost_state *state)
{
	char absolute[64], ago[64];
	time_t when = state->last_visit;
	struct tm tm;

	if (!state->visited) {
		printf("%-17s never\n", "last-visit");
		return;
	}
	if (when < 0 || !localtime_r(&when, &tm) ||
	    !strftime(absolute, sizeof(absolute), "%Y-%m-%d %H:%M:%S %z", &tm))
		snprintf(absolute, sizeof(absolute), "@%" PRIu64, state->last_visit);
	ago_format(ago, sizeof(ago), state->last_visit, time(NULL));
	printf("%-17s %s (%s)\n", "last-visit", ago, absolute);
}

static void number_print(const char *prefix, const char *name, uint64_t value)
{
	int pad = 17 - (int)strlen(prefix);

	printf("%s%-*s %" PRIu64 "\n", prefix, pad, name, value);
}

static int text_print(const struct ghost_state *state, const struct totals *totals)
{
	char word[GHOST_WORD_LEN];
	unsigned int i;

	for (i = 0; i < GHOST_DIRECTIONS; i++)
		printf("%-17s %s%s%s\n", ghost_word_name(ghost_directions, i, word),
		       ghost_colour(ghost_action_colour(state->action[i])),
		       ghost_word_name(ghost_actions, state->action[i], word),
		       ghost_colour(GHOST_PLAIN));
	number_print("", "generation", state->generation);
	number_print("", "visits", totals->visits);
	for (i = 0; i < VERDICTS; i++)
		number_print("", ghost_word_name(ghost_verdicts, i, word), totals->verdict[i]);
	last_visit_print(state);
	number_print("", "log-lines", state->log_lines);
	number_print("", "log-suppressed", state->log_suppressed);
	number_print("", "hits-sent", state->hits_sent);
	number_print("", "hits-suppressed", state->hits_suppressed);
	number_print("", "hits-lost", state->hits_lost);
	for (i = 0; i < GHOST_DIRECTIONS; i++)
		number_print("truncated-", ghost_word_name(ghost_directions, i, word),
			     totals->truncated[i]);
	return GHOST_OK;
}

static int json_print(const struct ghost_state *state, const struct totals *totals)
{
	char word[GHOST_WORD_LEN], key[GHOST_WORD_LEN * 2];
	json_t *array = json_array(), *object = json_object();
	unsigned int i;

	for (i = 0; i < GHOST_DIRECTIONS; i++)
		ghost_json_add(object, ghost_word_name(ghost_directions, i, key),
			       json_string(ghost_word_name(ghost_actions, state->action[i], word)));
	ghost_json_add(object, "generation", ghost_json_u64(state->generation));
	ghost_json_add(object, "visits", ghost_json_u64(totals->visits));
	for (i = 0; i < VERDICTS; i++)
		ghost_json_add(object, ghost_word_name(ghost_verdicts, i, word),
			       ghost_json_u64(totals->verdict[i]));
	ghost_json_add(object, "last-visit",
		       state->visited ? ghost_json_u64(state->last_visit) : json_null());
	ghost_json_add(object, "log-lines", ghost_json_u64(state->log_lines));
	ghost_json_add(object, "log-suppressed", ghost_json_u64(state->log_suppressed));
	ghost_json_add(object, "hits-sent", ghost_json_u64(state->hits_sent));
	ghost_json_add(object, "hits-suppressed", ghost_json_u64(state->hits_suppressed));
	ghost_json_add(object, "hits-lost", ghost_json_u64(state->hits_lost));
	for (i = 0; i < GHOST_DIRECTIONS; i++) {
		snprintf(key, sizeof(key), "truncated-%s",
			 ghost_word_name(ghost_directions, i, word));
		ghost_json_add(object, key, ghost_json_u64(totals->truncated[i]));
	}
	ghost_json_append(array, object);
	return ghost_json_print(array);
}

static int status_run(int argc, char **argv)
{
	struct ghost_counters counters = { 0 };
	struct ghost_state state = { 0 };
	struct totals totals = { 0 };
	struct ghost_genl genl;
	int err;

	(void)argc;
	(void)argv;
	err = ghost_module_open(&genl);
	if (err)
		return err;
	/* In this order, so that no counted visit is later than the last visit. */
	err = ghost_counters_get(&genl, &counters);
	if (!err)
		err = ghost_state_get(&genl, &state);
	if (err) {
		err = ghost_genl_failed(&genl, err, "reading the status", NULL);
	} else {
		totals_count(&totals, &counters);
		totals_count(&totals, &state.counters);
		err = ghost_options.json ? json_print(&state, &totals) :
		      text_print(&state, &totals);
	}
	ghost_counters_free(&counters);
	ghost_counters_free(&state.counters);
	ghost_genl_close(&genl);
	return err;
}

const struct ghost_verb ghost_verb_status = {
	.name = "status",
	.run = status_run,
	.args = "",
	.summary = "actions, totals, last visit; the default command",
	.about =
		"Shows the action of each direction, the visits by verdict, when the last one came,\n"
		"log lines written and suppressed, and packets that end before their ports (truncated).",
	.examples =
		"  ghost688\n"
		"  ghost688 -j status | jq '.[0].last_visit'",
	.exit = GHOST_EXIT_READS,
};
