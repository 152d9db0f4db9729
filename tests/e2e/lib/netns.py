# SPDX-License-Identifier: GPL-2.0-only
"""Network namespaces. The calling thread enters them, because a process for each step is slow on an emulated machine."""
import contextlib
import ctypes
import os
import socket
import subprocess
import time

CLONE_NEWNET = 0x40000000
libc = ctypes.CDLL(None, use_errno=True)


def setns(descriptor):
    if libc.setns(descriptor, CLONE_NEWNET):
        raise OSError(ctypes.get_errno(), "setns")


def until(condition, timeout=20.0, what="a state"):
    """Waits until condition() is true, and returns its result."""
    end = time.monotonic() + timeout
    while True:
        found = condition()
        if found:
            return found
        if time.monotonic() > end:
            raise AssertionError(f"{what} did not come within {timeout} s")
        time.sleep(0.01)


def run(*words, check=True, timeout=120, **more):
    """Runs a program to its end, in the namespace of the calling thread."""
    done = subprocess.run([str(w) for w in words], stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                          text=True, timeout=timeout, **more)
    if check and done.returncode:
        raise AssertionError(f"{' '.join(map(str, words))}: {done.returncode}: {done.stdout}{done.stderr}")
    return done


class Netns:
    """A network namespace with a name, so that programs find it too. Without a name: the namespace of the calling
    thread."""

    def __init__(self, name=None):
        self.name = name
        if name:
            run("ip", "netns", "add", name)
            self.descriptor = os.open(f"/run/netns/{name}", os.O_RDONLY)
        else:
            self.descriptor = os.open("/proc/thread-self/ns/net", os.O_RDONLY)

    def close(self):
        os.close(self.descriptor)
        if self.name:
            run("ip", "netns", "del", self.name)

    @contextlib.contextmanager
    def entered(self):
        home = os.open("/proc/thread-self/ns/net", os.O_RDONLY)
        setns(self.descriptor)
        try:
            yield self
        finally:
            setns(home)
            os.close(home)

    def run(self, *words, **more):
        with self.entered():
            return run(*words, **more)

    def start(self, *words, **more):
        """Starts a program and leaves it running."""
        with self.entered():
            return subprocess.Popen([str(w) for w in words], text=True, **more)

    def read(self, path):
        with self.entered(), open(path.replace("/proc/net/", "/proc/thread-self/net/"), encoding="ascii") as file:
            return file.read()

    def sysctl(self, name, value):
        with self.entered(), open(f"/proc/sys/{name.replace('.', '/')}", "w", encoding="ascii") as file:
            file.write(str(value))

    def socket(self, *arguments):
        with self.entered():
            return socket.socket(*arguments)
