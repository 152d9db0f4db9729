// SPDX-License-Identifier: GPL-2.0-only
/* Replace a file so that it is the old one or the new one at any moment, after a crash too. */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "atomicfile.h"
#include "text.h"

/* As many as the kernel follows. */
#define LINKS_MAX 40

#define TEMP_NAME ".ghost688-XXXXXX"

static int fail(char *err, const char *what)
{
	snprintf(err, GHOST_ERR_LEN, "%s: %s", what, strerror(errno));
	return -1;
}

/*
 * Splits a path into directory and name; a symbolic link stays, and its target is replaced.
 * The target need not exist, so realpath() is no help.
 */
static int path_resolve(const char *path, char *dir, char *name, char *err)
{
	char full[PATH_MAX], target[PATH_MAX];
	struct stat st;
	ssize_t length;
	char *base;
	int links;

	errno = ENAMETOOLONG;
	if (strlen(path) >= sizeof(full))
		return fail(err, "cannot save");
	strcpy(full, path);
	for (links = 0;; links++) {
		base = strrchr(full, '/');
		base = base ? base + 1 : full;
		if (lstat(full, &st)) {
			if (errno != ENOENT)
				return fail(err, "cannot save");
			break;
		}
		if (!S_ISLNK(st.st_mode))
			break;
		length = readlink(full, target, sizeof(target) - 1);
		if (length < 0)
			return fail(err, "cannot follow the symbolic link");
		target[length] = 0;
		if (target[0] == '/')
			base = full;
		errno = links == LINKS_MAX ? ELOOP : ENAMETOOLONG;
		if (links == LINKS_MAX || (base - full) + length >= PATH_MAX)
			return fail(err, "cannot follow the symbolic link");
		strcpy(base, target);
	}

	if (strlen(base) > NAME_MAX) {
		errno = ENAMETOOLONG;
		return fail(err, "cannot save");
	}
	strcpy(name, base);
	/* The slash stays: it is all there is of the root directory. */
	*base = 0;
	strcpy(dir, *full ? full : "./");
	return 0;
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

/* Contents, owner and mode all stand, and are on the disk, before the name is given. */
static int temp_fill(int fd, const struct stat *old, const char *data, size_t length, char *err)
{
	struct stat st;

	if (write_all(fd, data, length))
		return fail(err, "cannot write");
	if (fstat(fd, &st))
		return fail(err, "cannot write");
	if (old && (old->st_uid != st.st_uid || old->st_gid != st.st_gid) &&
	    fchown(fd, old->st_uid, old->st_gid))
		return fail(err, "cannot keep the owner");
	if (fchmod(fd, old ? old->st_mode & 0777 : 0644))
		return fail(err, "cannot set the mode");
	if (fsync(fd))
		return fail(err, "cannot write to the disk");
	return 0;
}

static int replace(int dir_fd, const char *dir, const char *name, const char *data, size_t length,
		   char *err)
{
	char temp[PATH_MAX + sizeof(TEMP_NAME)];
	struct stat old;
	bool has_old = !fstatat(dir_fd, name, &old, AT_SYMLINK_NOFOLLOW);
	int fd, bad;

	if (!has_old && errno != ENOENT)
		return fail(err, "cannot save");
	if (has_old && !S_ISREG(old.st_mode)) {
		snprintf(err, GHOST_ERR_LEN, "%s; write to a file, or to - for standard output",
			 S_ISDIR(old.st_mode) ? "is a directory" : "is no regular file");
		return -1;
	}

	snprintf(temp, sizeof(temp), "%s%s", dir, TEMP_NAME);
	fd = mkostemp(temp, O_CLOEXEC);
	if (fd < 0)
		return fail(err, "cannot make a temporary file beside it");
	bad = temp_fill(fd, has_old ? &old : NULL, data, length, err);
	if (close(fd) && !bad)
		bad = fail(err, "cannot write");
	if (!bad && renameat(AT_FDCWD, temp, dir_fd, name))
		bad = fail(err, "cannot rename to it");
	if (bad) {
		unlink(temp);
		return -1;
	}
	/* Some file systems cannot sync a directory, and say so. */
	if (fsync(dir_fd) && errno != EINVAL)
		return fail(err, "written, but a power cut may still undo it");
	return 0;
}

/**
 * ghost_atomicfile_write() - make a file with these contents, or leave all as it was
 * @path: a symbolic link is followed, an old file keeps its mode and owner
 * @data: the contents
 * @length: its bytes
 * @err: of %GHOST_ERR_LEN bytes, set on failure
 *
 * Return: 0, or -1.
 */
int ghost_atomicfile_write(const char *path, const void *data, size_t length, char *err)
{
	char dir[PATH_MAX], name[NAME_MAX + 1];
	sigset_t block, before;
	int dir_fd, bad;

	if (path_resolve(path, dir, name, err))
		return -1;
	if (!*name) {
		snprintf(err, GHOST_ERR_LEN, "is a directory; write to a file");
		return -1;
	}
	dir_fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (dir_fd < 0)
		return fail(err, "cannot open its directory");

	/* A polite signal waits, so that it leaves no temporary file behind. */
	sigemptyset(&block);
	sigaddset(&block, SIGINT);
	sigaddset(&block, SIGTERM);
	sigaddset(&block, SIGHUP);
	sigprocmask(SIG_BLOCK, &block, &before);
	bad = replace(dir_fd, dir, name, data, length, err);
	sigprocmask(SIG_SETMASK, &before, NULL);
	close(dir_fd);
	return bad;
}
