// SPDX-License-Identifier: GPL-2.0-only
/* The message about a request that failed. */
#include <errno.h>
#include <string.h>

#include <linux/capability.h>

#include "capability.h"
#include "failure.h"
#include "genl.h"
#include "message.h"

/**
 * ghost_genl_failed() - say why ghost_genl_talk() failed
 * @err: the negative errno that it returned
 * @what: what was to be done, such as "changing the policy"
 * @where: the setting that the kernel complained about, or NULL
 *
 * Return: the exit status.
 */
int ghost_genl_failed(const struct ghost_genl *genl, int err, const char *what, const char *where)
{
	const char *text = genl->text[0] ? genl->text : strerror(-err);

	switch (genl->text[0] ? 0 : err) {
	case -EPERM:
		return ghost_capability_lacks(what, CAP_NET_ADMIN, "NET_ADMIN");
	case -ENOENT:
		return ghost_refuse("the ghost688 module went away; load it with: modprobe ghost688");
	case -EPROTO:
		return ghost_refuse("%s: the module's answer makes no sense; install the same version of both",
				    what);
	case -EAGAIN:
		return ghost_refuse("%s: the kernel's answer changed each time; try again", what);
	case -ENOBUFS:
		return ghost_refuse("%s: the kernel's answer got lost; try again", what);
	}
	if (where)
		return ghost_refuse("%s: refused at %s: %s", what, where, text);
	return ghost_refuse("%s: %s", what, text);
}
