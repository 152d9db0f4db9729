# SPDX-License-Identifier: GPL-2.0-only
"""Functions that run in another process: as another user, or at the same time."""
import ctypes
import os
import pickle
import traceback

from .netns import libc

CLONE_NEWUSER, CLONE_NEWNET = 0x10000000, 0x40000000
NOBODY = 65534


def unshare(flags):
    if libc.unshare(flags):
        raise OSError(ctypes.get_errno(), "unshare")


class Child:
    """Runs function(*arguments) in a process of its own. result() waits for what it returned."""

    def __init__(self, function, *arguments, cpu=None):
        self.pipe, far = os.pipe()
        self.pid = os.fork()
        if self.pid:
            os.close(far)
            return
        try:
            if cpu is not None and cpu < os.cpu_count():
                os.sched_setaffinity(0, {cpu})
            told = True, function(*arguments)
        except BaseException:  # pylint: disable=broad-except
            told = False, traceback.format_exc()
        with os.fdopen(far, "wb") as file:
            pickle.dump(told, file)
        os._exit(0)

    def result(self):
        with os.fdopen(self.pipe, "rb") as file:
            data = file.read()
        status = os.waitpid(self.pid, 0)[1]
        assert data, f"the child died with status {status:#x}"
        fine, value = pickle.loads(data)
        assert fine, value
        return value


def become_nobody():
    os.setgroups([])
    os.setresgid(NOBODY, NOBODY, NOBODY)
    os.setresuid(NOBODY, NOBODY, NOBODY)
