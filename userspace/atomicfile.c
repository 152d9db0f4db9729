// SPDX-License-Identifier: GPL-2.0-only
/* Replaces a file. At any moment, and after a crash, it is either the old or the new one. */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

#include "atomicfile.h"
#include "fileattr.h"
#include "overwrite.h"
#include "place.h"
#include "text.h"

static int fail(char *err, const char *what)
{
	snprintf(err, GHOST_ERR_LEN, "%s: %s", what, strerror(errno));
	return -1;
}

static int write_all(int fd, const char *data, size_t length)
{
	while (length) {
		ssize_t n = write(fd, data, length);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -1;
		data += n;
		length -= n;
	}
	return 0;
}

static int temp_make(int dir, char *temp)
{
	int fd, tries = 100;
	uint64_t nonce;

	do {
		if (getrandom(&nonce, sizeof(nonce), 0) != sizeof(nonce))
			return -1;
		snprintf(temp, GHOST_TEMP_LEN, ".ghost688-%016llx", (unsigned long long)nonce);
		fd = openat(dir, temp, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	} while (fd < 0 && errno == EEXIST && --tries);
	return fd;
}

/* Contents and attributes must be complete, and on the disk, before the file is renamed. */
static int temp_fill(int fd, int old, const char *data, size_t length, char *err)
{
	if (write_all(fd, data, length))
		return fail(err, "cannot write");
	if (old >= 0 && ghost_fileattr_copy(old, fd, err))
		return -1;
	if (old < 0 && fchmod(fd, 0644))
		return fail(err, "cannot set the mode");
	if (fsync(fd))
		return fail(err, "cannot write to the disk");
	return 0;
}

static int rename_or_overwrite(const struct ghost_place *place, int dir, int fd, const char *temp,
			       const char *data, size_t length, char *err)
{
	bool keep = false;
	int bad;

	if (!renameat(dir, temp, dir, place->name))
		return 0;
	/* Something is mounted on it. */
	if (errno == EBUSY && place->found)
		bad = ghost_overwrite(place, dir, fd, temp, data, length, &keep, err);
	else
		bad = fail(err, "cannot rename to it");
	if (!keep)
		unlinkat(dir, temp, 0);
	return bad;
}

static int replace(const struct ghost_place *place, int old, const char *data, size_t length,
		   char *err)
{
	char temp[GHOST_TEMP_LEN];
	int dir, fd, bad;

	dir = openat(place->dir, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (dir < 0)
		return fail(err, "cannot open its directory");
	fd = temp_make(dir, temp);
	if (fd < 0) {
		close(dir);
		return fail(err, "cannot make a temporary file beside it");
	}
	bad = temp_fill(fd, old, data, length, err);
	if (bad)
		unlinkat(dir, temp, 0);
	else
		bad = rename_or_overwrite(place, dir, fd, temp, data, length, err);
	/* The contents are on the disk already, so an error here means nothing. */
	close(fd);
	/* A file system that cannot sync a directory returns EINVAL. */
	if (!bad && fsync(dir) && errno != EINVAL)
		bad = fail(err, "written, but a power cut may still undo it");
	close(dir);
	return bad;
}

static int file_write(const struct ghost_place *place, const char *data, size_t length, char *err)
{
	sigset_t block, before;
	int bad, old = -1;

	if (place->found) {
		old = ghost_place_open(place, O_RDONLY);
		if (old < 0)
			return fail(err, "cannot open it");
	}
	/* These signals have to wait, or the temporary file would be left behind. */
	sigemptyset(&block);
	sigaddset(&block, SIGINT);
	sigaddset(&block, SIGTERM);
	sigaddset(&block, SIGHUP);
	sigprocmask(SIG_BLOCK, &block, &before);
	bad = replace(place, old, data, length, err);
	sigprocmask(SIG_SETMASK, &before, NULL);
	if (old >= 0)
		close(old);
	return bad;
}

/**
 * ghost_atomicfile_write() - replace the contents of a file, or leave it as it was
 * @path: links are followed, and an old file keeps its attributes; what is no regular file, or is
 *	a descriptor of this process, is written to directly
 * @data: the contents
 * @length: how many bytes they have
 * @err: of %GHOST_ERR_LEN bytes, set on failure
 *
 * Return: 0, or -1.
 */
int ghost_atomicfile_write(const char *path, const void *data, size_t length, char *err)
{
	struct ghost_place place;
	int bad;

	if (ghost_place_find(&place, path, err))
		return -1;
	if (place.stream < 0)
		bad = file_write(&place, data, length, err);
	else
		bad = write_all(place.stream, data, length) ? fail(err, "cannot write") : 0;
	ghost_place_close(&place);
	return bad;
}
