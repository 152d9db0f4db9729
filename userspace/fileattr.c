// SPDX-License-Identifier: GPL-2.0-only
/* Copies owner, mode, ACL, labels and other extended attributes of a file. */
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

#include <linux/limits.h>

#include "fileattr.h"
#include "text.h"

#define ACL "system.posix_acl_access"

static int fail(char *err, const char *what)
{
	snprintf(err, GHOST_ERR_LEN, "%s: %s", what, strerror(errno));
	return -1;
}

/* Attributes of the old contents: signatures, and capabilities, which a write removes. */
static bool is_of_contents(const char *name)
{
	return !strcmp(name, "security.ima") || !strcmp(name, "security.evm") ||
	       !strcmp(name, "security.capability");
}

/* Skips an attribute that is gone or that the file system does not support. Return: 0, or -1. */
static int one_copy(int from, int to, const char *name, void *value, void *there)
{
	ssize_t length = fgetxattr(from, name, value, XATTR_SIZE_MAX);

	if (length < 0)
		return errno == ENODATA || errno == ENOTSUP ? 0 : -1;
	/* The new file often has the right label already, and setting one needs a privilege. */
	if (fgetxattr(to, name, there, XATTR_SIZE_MAX) == length && !memcmp(value, there, length))
		return 0;
	return fsetxattr(to, name, value, length, 0) && errno != ENOTSUP ? -1 : 0;
}

static int all_copy(int from, int to, char *err)
{
	char *names = malloc(XATTR_LIST_MAX + 2 * XATTR_SIZE_MAX), what[XATTR_NAME_MAX + 16];
	char *value, *name = names;
	ssize_t left;
	int bad = 0;

	if (!names)
		return fail(err, "cannot keep the attributes");
	value = names + XATTR_LIST_MAX;
	left = flistxattr(from, names, XATTR_LIST_MAX);
	if (left < 0 && errno != ENOTSUP)
		bad = fail(err, "cannot keep the attributes");
	while (left > 0 && !bad) {
		size_t length = strlen(name) + 1;

		if (!is_of_contents(name) &&
		    one_copy(from, to, name, value, value + XATTR_SIZE_MAX)) {
			snprintf(what, sizeof(what), "cannot keep %s", name);
			bad = fail(err, ghost_clean(what));
		}
		name += length;
		left -= length;
	}
	free(names);
	return bad;
}

/**
 * ghost_fileattr_copy() - give a new file the attributes of an old one
 * @err: of %GHOST_ERR_LEN bytes, set on failure
 *
 * Return: 0, or -1.
 */
int ghost_fileattr_copy(int from, int to, char *err)
{
	struct stat old, st;

	if (fstat(from, &old) || fstat(to, &st))
		return fail(err, "cannot keep the owner");
	if ((old.st_uid != st.st_uid || old.st_gid != st.st_gid) &&
	    fchown(to, old.st_uid, old.st_gid))
		return fail(err, "cannot keep the owner");
	/* The new file may have inherited an ACL from its directory, which lets others in. */
	if (fremovexattr(to, ACL) && errno != ENODATA && errno != ENOTSUP)
		return fail(err, "cannot keep the ACL");
	if (fchmod(to, old.st_mode & 0777))
		return fail(err, "cannot set the mode");
	/* After the mode: chmod() changes the mask of an ACL. */
	return all_copy(from, to, err);
}
