// SPDX-License-Identifier: GPL-2.0-only
/*
 * Follows a path, step by step. Each directory on the way is held open, and each link is checked
 * before it is followed: what was checked is what is used, even if somebody moves files meanwhile.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/vfs.h>
#include <unistd.h>

#include <linux/magic.h>

#include "place.h"
#include "text.h"

/* As many as the kernel follows. */
#define LINKS_MAX 40

static int fail(char *err, const char *what)
{
	snprintf(err, GHOST_ERR_LEN, "%s: %s", what, strerror(errno));
	return -1;
}

static bool is_same(const struct stat *a, const struct stat *b)
{
	return a->st_dev == b->st_dev && a->st_ino == b->st_ino;
}

/*
 * The kernel's rules against files that others have planted (fs.protected_symlinks,
 * protected_regular, protected_fifos). They hold here even if they are switched off, and without
 * O_CREAT.
 */
static bool is_trap(const struct stat *dir, const struct stat *st)
{
	const mode_t sticky_shared = 01002;

	if (!S_ISLNK(st->st_mode) && !S_ISREG(st->st_mode) && !S_ISFIFO(st->st_mode))
		return false;
	return (dir->st_mode & sticky_shared) == sticky_shared &&
	       st->st_uid != geteuid() && st->st_uid != dir->st_uid;
}

/* Opens the directory part of @path, from @place->dir on, and keeps the name. Changes @path. */
static int dir_enter(struct ghost_place *place, char *path, char *err)
{
	char *name = strrchr(path, '/');
	int dir;

	name = name ? name + 1 : path;
	if (strlen(name) > NAME_MAX) {
		errno = ENAMETOOLONG;
		return fail(err, "cannot save");
	}
	strcpy(place->name, name);
	/* With a dot after it, the last part is followed even if it is a link. */
	strcpy(name, ".");
	dir = openat(place->dir, path, O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (dir < 0)
		return fail(err, "cannot open its directory");
	if (place->dir >= 0)
		close(place->dir);
	place->dir = dir;
	if (*place->name)
		return 0;
	snprintf(err, GHOST_ERR_LEN, "is a directory; write to a file");
	return -1;
}

/* Return: N for /proc/self/fd/N, whose link need not be the path of a file; else -1. */
static int own_descriptor(const struct ghost_place *place, const struct stat *dir)
{
	struct stat own;
	uint32_t fd;

	if (stat("/proc/self/fd", &own) || !is_same(&own, dir))
		return -1;
	return ghost_number(place->name, 0, INT_MAX, &fd) ? -1 : (int)fd;
}

/* A link in /proc leads to an open file, not to a path, and is appended to. */
static int proc_open(struct ghost_place *place, const struct stat *dir, char *err)
{
	int fd = own_descriptor(place, dir);

	if (fd >= 0)
		place->stream = fcntl(fd, F_DUPFD_CLOEXEC, STDERR_FILENO + 1);
	else
		place->stream = openat(place->dir, place->name,
				       O_WRONLY | O_APPEND | O_NOCTTY | O_CLOEXEC);
	return place->stream < 0 ? fail(err, "cannot open it") : 0;
}

static int stream_open(struct ghost_place *place, char *err)
{
	if (S_ISDIR(place->st.st_mode) || S_ISBLK(place->st.st_mode)) {
		snprintf(err, GHOST_ERR_LEN, "is a %s; write to a file, or to - for standard output",
			 S_ISDIR(place->st.st_mode) ? "directory" : "block device");
		return -1;
	}
	place->stream = ghost_place_open(place, O_WRONLY);
	return place->stream < 0 ? fail(err, "cannot open it") : 0;
}

/* Return: 1 if @path was a link and is its target now, 0 if the place is found, or -1. */
static int step(struct ghost_place *place, char *path, char *err)
{
	struct statfs fs;
	struct stat dir;
	ssize_t length;
	int fd;

	if (dir_enter(place, path, err))
		return -1;
	fd = openat(place->dir, place->name, O_PATH | O_NOFOLLOW | O_CLOEXEC);
	place->found = fd >= 0;
	if (!place->found)
		return errno == ENOENT ? 0 : fail(err, "cannot save");
	length = readlinkat(fd, "", path, PATH_MAX);
	if (fstat(place->dir, &dir) || fstat(fd, &place->st) || fstatfs(place->dir, &fs)) {
		close(fd);
		return fail(err, "cannot save");
	}
	close(fd);

	if (is_trap(&dir, &place->st)) {
		snprintf(err, GHOST_ERR_LEN,
			 "another user's %s, in a directory that anybody can write to; write elsewhere",
			 S_ISLNK(place->st.st_mode) ? "symbolic link" : "file");
		return -1;
	}
	if (S_ISREG(place->st.st_mode))
		return 0;
	if (!S_ISLNK(place->st.st_mode))
		return stream_open(place, err);
	if (fs.f_type == PROC_SUPER_MAGIC)
		return proc_open(place, &dir, err);
	if (length == PATH_MAX)
		errno = ENAMETOOLONG;
	if (length < 0 || length == PATH_MAX)
		return fail(err, "cannot follow the symbolic link");
	path[length] = 0;
	return 1;
}

/**
 * ghost_place_find() - follow a path to its end
 * @place: on success, to be closed
 * @err: of %GHOST_ERR_LEN bytes, set on failure
 *
 * Return: 0, or -1.
 */
int ghost_place_find(struct ghost_place *place, const char *path, char *err)
{
	/* One byte is for the dot of dir_enter(). */
	char buf[PATH_MAX + 1];
	int more = 1, links;

	*place = (struct ghost_place){ .stream = -1, .dir = AT_FDCWD };
	errno = ENAMETOOLONG;
	if (strlen(path) >= PATH_MAX)
		return fail(err, "cannot save");
	strcpy(buf, path);
	for (links = 0; more > 0; links++) {
		errno = ELOOP;
		more = links > LINKS_MAX ? fail(err, "cannot follow the symbolic link") :
		       step(place, buf, err);
	}
	if (more)
		ghost_place_close(place);
	return more;
}

/**
 * ghost_place_open() - open the file that was found, and no other
 *
 * Return: the descriptor, or -1 with errno.
 */
int ghost_place_open(const struct ghost_place *place, int flags)
{
	int fd = openat(place->dir, place->name, flags | O_NOFOLLOW | O_NOCTTY | O_CLOEXEC);
	struct stat st;

	if (fd < 0 || (!fstat(fd, &st) && is_same(&st, &place->st)))
		return fd;
	close(fd);
	errno = ESTALE;
	return -1;
}

void ghost_place_close(struct ghost_place *place)
{
	if (place->stream >= 0)
		close(place->stream);
	if (place->dir >= 0)
		close(place->dir);
}
