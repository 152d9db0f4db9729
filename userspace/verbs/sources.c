// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>

#include <ghost688.h>

#include "failure.h"
#include "genl.h"
#include "message.h"
#include "module.h"
#include "nlpolicy.h"
#include "options.h"
#include "output.h"
#include "policy.h"
#include "sources.h"
#include "sourcetable.h"
#include "verbs/verb.h"

static int sources_print(const struct ghost_sources *sources, size_t shown)
{
	if (ghost_options.json) {
		/* Each object has the threshold, so an empty list does not tell it. */
		if (!sources->n && sources->threshold)
			ghost_note("nobody is listed, but somebody may have sent up to %" PRIu64 " packets",
				   sources->threshold);
		return ghost_sources_json(sources, shown);
	}
	ghost_sources_text(sources, shown, stdout);
	return GHOST_OK;
}

static size_t shown_count(const struct ghost_sources *sources, uint32_t top)
{
	return top && top < sources->n ? top : sources->n;
}

/* An empty list does not mean that nobody came if nobody is recorded. */
static void off_tell(struct ghost_genl *genl)
{
	struct ghost_policy policy;

	if (!ghost_policy_get(genl, &policy) && !policy.absent[GHOST688_A_POLICY_SOURCES] &&
	    !policy.value[GHOST688_A_POLICY_SOURCES])
		ghost_note("nobody is recorded, because the policy has 'sources 0'");
}

static int sources_show(struct ghost_genl *genl, uint32_t top)
{
	struct ghost_sources sources = { 0 };
	int err = ghost_sources_get(genl, &sources);

	if (err) {
		err = ghost_genl_failed(genl, err, "reading the sources", NULL);
	} else {
		if (!sources.n)
			off_tell(genl);
		err = sources_print(&sources, shown_count(&sources, top));
	}
	ghost_sources_free(&sources);
	return err;
}

/*
 * A refused reset changed nothing. If the answer was lost or not understood, the module may have
 * forgotten the sources.
 */
static const char *reset_what(int err)
{
	switch (err) {
	case -EAGAIN:
	case -ENOBUFS:
	case -ENOMEM:
	case -EPROTO:
		return "reading the sources, which may be reset now";
	default:
		return "resetting the sources";
	}
}

/* The old sources are only here now: if standard output fails, they go to standard error. */
static int sources_reset(struct ghost_genl *genl, uint32_t top)
{
	struct ghost_sources sources = { 0 };
	int err = ghost_sources_reset(genl, &sources);

	if (err) {
		err = ghost_genl_failed(genl, err, reset_what(err), NULL);
	} else {
		/* When the reader of a pipe is gone, they must still reach standard error. */
		signal(SIGPIPE, SIG_IGN);
		err = sources_print(&sources, shown_count(&sources, top));
		err = ghost_output_settle(err);
		if (err)
			fputs("ghost688: the sources are reset; this is what they were:\n", stderr);
	}
	if (err && sources.has_threshold)
		ghost_sources_text(&sources, sources.n, stderr);
	ghost_sources_free(&sources);
	return err;
}

static int sources_run(int argc, char **argv)
{
	struct ghost_genl genl;
	uint32_t top = 0;
	int err;

	if (argc && strcmp(argv[0], "reset"))
		return ghost_verb_word_unknown(&ghost_verb_sources, argv[0]);
	err = ghost_options_number(GHOST_OWN_TOP, UINT32_MAX, &top);
	if (!err)
		err = ghost_module_open(&genl);
	if (err)
		return err;
	err = argc ? sources_reset(&genl, top) : sources_show(&genl, top);
	ghost_genl_close(&genl);
	return err;
}

const struct ghost_verb ghost_verb_sources = {
	.name = "sources",
	.run = sources_run,
	.args = "[--top N] [reset]",
	.options = "--top N",
	.words = "reset",
	.summary = "print who came; reset also forgets them",
	.about =
		"Prints who sent visits, and in out who was sent them: most packets first, with --top only\n"
		"the first N. An IPv6 source is a /64, shown by its last address. Packets are a number, or\n"
		"the least and the most that it can be: a flood from many addresses makes the module count\n"
		"some of them together. Whoever sent more than the table's last line says is listed.\n"
		"Ports and who (user, and name of the thread) are those of the last packet.\n"
		"reset prints the sources and forgets them; no packet is lost in between. If they cannot be\n"
		"written to standard output, they are printed to standard error instead.",
	.examples =
		"  ghost688 sources --top 10\n"
		"  ghost688 -j sources | jq -r '.[] | select(.packets - .error > 1000) | .address'",
	.exit =	"Exit status: 0 done; 1 refused or impossible, as without the module; 2 wrong usage.\n"
		"Needs CAP_NET_ADMIN.",
};
