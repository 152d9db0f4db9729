// SPDX-License-Identifier: GPL-2.0-only
/*
 * A file that is a mount, as in a container, cannot be replaced by renaming. It is overwritten. A
 * copy of the old text is kept beside it until that is done.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "overwrite.h"
#include "place.h"
#include "policyfile.h"
#include "text.h"

static int fail(char *err, const char *what)
{
	snprintf(err, GHOST_ERR_LEN, "%s: %s", what, strerror(errno));
	return -1;
}

static int write_at(int fd, const char *data, size_t length, off_t at)
{
	while (length) {
		ssize_t n = pwrite(fd, data, length, at);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -1;
		data += n;
		at += n;
		length -= n;
	}
	return 0;
}

static ssize_t read_all(int fd, char *data, size_t size)
{
	size_t used = 0;

	while (used < size) {
		ssize_t n = pread(fd, data + used, size - used, used);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -1;
		if (!n)
			break;
		used += n;
	}
	return used;
}

static int text_put(int fd, const char *data, size_t length)
{
	return write_at(fd, data, length, 0) || ftruncate(fd, length) || fsync(fd) ? -1 : 0;
}

/* Writes what makes the file longer. If there is no room for it, the old text is untouched. */
static int text_grow(int fd, const char *data, size_t length, size_t from)
{
	if (length <= from)
		return 0;
	return write_at(fd, data + from, length - from, from) || fsync(fd) ? -1 : 0;
}

static int text_change(int fd, const char *old, size_t old_length, const char *data,
		       size_t length, const char *name, bool *keep, char *err)
{
	int error;

	if (text_grow(fd, data, length, old_length)) {
		error = errno;
		*keep = ftruncate(fd, old_length);
	} else if (text_put(fd, data, length)) {
		error = errno;
		*keep = text_put(fd, old, old_length);
	} else {
		return 0;
	}
	errno = error;
	if (!*keep)
		return fail(err, "is a mount, and cannot be overwritten");
	snprintf(err, GHOST_ERR_LEN, "overwritten in part (%s); the old text is beside it in %s",
		 strerror(error), name);
	return -1;
}

/**
 * ghost_overwrite() - change the contents of a file that is a mount
 * @dir: open, its directory
 * @copy: a file beside it with the same attributes. It gets the old text, and is synced, before the
 *	file is changed
 * @name: the copy's name
 * @keep: set if the old text is only in the copy now
 * @err: of %GHOST_ERR_LEN bytes, set on failure
 *
 * Return: 0, or -1.
 */
int ghost_overwrite(const struct ghost_place *place, int dir, int copy, const char *name,
		    const char *data, size_t length, bool *keep, char *err)
{
	int bad, fd = ghost_place_open(place, O_RDWR);
	ssize_t old_length;
	char *old;

	if (fd < 0)
		return fail(err, "is a mount, and cannot be overwritten");
	old = malloc(GHOST_FILE_MAX + 1);
	old_length = old ? read_all(fd, old, GHOST_FILE_MAX + 1) : -1;
	if (old_length < 0) {
		bad = fail(err, "is a mount, and cannot be read");
	} else if (old_length > GHOST_FILE_MAX) {
		snprintf(err, GHOST_ERR_LEN, "is a mount with more than %d bytes, the most a policy may have",
			 GHOST_FILE_MAX);
		bad = -1;
	} else if (text_put(copy, old, old_length) || (fsync(dir) && errno != EINVAL)) {
		bad = fail(err, "is a mount, and its old text cannot be kept");
	} else {
		bad = text_change(fd, old, old_length, data, length, name, keep, err);
	}
	free(old);
	close(fd);
	return bad;
}
