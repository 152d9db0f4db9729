# SPDX-License-Identifier: GPL-2.0-only
"""Each allocation in turn fails (Documentation/fault-injection, fail-nth). Nothing crashes, nothing leaks, and an
operation that failed changed nothing. This needs a kernel that injects faults; kmemleak finds the leaks."""
import ctypes
import errno
import fcntl
import functools
import itertools
import os
import pathlib
import shutil
import socket
import struct

import pytest

from lib import genl, ghost
from lib.child import CLONE_NEWNET, Child, unshare
from lib.ghost import Ghost
from lib.hits import Listener
from lib.netns import Netns, until

SIOCSIFFLAGS, IFF_UP = 0x8914, 1
DEBUGFS = pathlib.Path("/sys/kernel/debug")

pytestmark = pytest.mark.skipif(not os.path.exists("/proc/self/fail-nth"), reason="this kernel injects no faults")


@pytest.fixture(autouse=True)
def all_allocations():
    for name, value in {"failslab/ignore-gfp-wait": "N", "failslab/verbose": "0", "fail_page_alloc/verbose": "0",
                        "fail_page_alloc/ignore-gfp-wait": "N", "fail_page_alloc/ignore-gfp-highmem": "N",
                        "fail_page_alloc/min-order": "0"}.items():
        if (DEBUGFS / name).exists():
            (DEBUGFS / name).write_text(value, encoding="ascii")


@functools.lru_cache
def fail_nth(process):
    """The file, opened once in each process, because open() needs memory as well."""
    assert process == os.getpid()
    return os.open("/proc/thread-self/fail-nth", os.O_RDWR)


def arm(nth):
    """Makes the nth allocation of this thread from now on fail; 0 stops that. Returns how many were left until the
    previously armed failure."""
    file = fail_nth(os.getpid())
    left = int(os.pread(file, 16, 0))
    os.write(file, str(nth).encode())
    return left


def attempt(operation, nth):
    """Runs operation with its nth allocation failing. Returns (what it returned or raised, whether an allocation
    failed)."""
    arm(nth)
    try:
        told = operation()
    except OSError as error:
        told = error
    return told, not arm(0)


def step(operation, check, start=1, stride=1):
    """Runs operation while each of its allocations fails in turn, until nothing fails any more. Calls
    check(error or None) after each run. Returns what the errors said, with "refused: " before those of a Refused."""
    said = set()
    for nth in itertools.count(start, stride):
        told, failed = attempt(operation, nth)
        error = told if isinstance(told, OSError) else None
        check(error)
        if error is not None:
            said.add(f"refused: {error.strerror}" if isinstance(error, genl.Refused) else error.strerror)
        if not failed:
            assert error is None
            return said


def steps(wanted, *arguments):
    """Repeats step() until all the wanted errors were met, and then returns None. A single round may miss an
    allocation: kmemleak and the kernel's allocators make some of their own, and not in each run the same number."""
    said = set()
    for _ in range(50):
        said |= step(*arguments)
        if said >= wanted:
            return None
    return f"{wanted - said} did not happen, but {said}"


def drained(sock):
    """Reads the rest of an answer whose acknowledgement was lost, or the other way round."""
    while True:
        try:
            sock.events()
            return
        except OSError:
            continue


WORDS = [("off", "off", "off"), ("drop,log", "count", "log")]


def policy_sets():
    unshare(CLONE_NEWNET)
    owner = Ghost(Netns(None))
    owner.set(*WORDS[1])
    with genl.Socket() as sock:
        sock.socket.settimeout(5)
        generation = owner.status()["generation"]

        def change():
            return sock.ask(genl.SET, genl.policy(*WORDS[generation % 2], allow=["10.0.0.0/8"]))

        def check(error):
            nonlocal generation
            drained(sock)
            status = owner.status()
            changes = status["generation"] - generation
            # If only the acknowledgement failed, the policy was changed nevertheless.
            assert changes in ((1,) if error is None else (0,) if isinstance(error, genl.Refused) else (0, 1))
            generation += changes
            assert tuple(status[d] for d in ghost.DIRECTIONS) == WORDS[(generation - 1) % 2]
        return steps({"refused: no memory for a policy", "refused: a netfilter hook could not be registered"},
                     change, check)


def test_policy_set_fails_whole_or_not_at_all(module):
    assert Child(policy_sets).result() is None


NO_MEMORY = os.strerror(errno.ENOMEM)


def set_up_lo(sock):
    fcntl.ioctl(sock, SIOCSIFFLAGS, struct.pack("16sH14x", b"lo", IFF_UP))


def asks(operation):
    unshare(CLONE_NEWNET)
    owner = Ghost(Netns(None))
    with genl.Socket() as sock, socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as visitor:
        sock.socket.settimeout(5)
        set_up_lo(visitor)
        visitor.sendto(b"boo", ("127.0.0.1", 688))
        until(lambda: len(owner.rows()) == 2, what="a visit in out and in")

        def check(_):
            drained(sock)
            assert owner.status()["generation"] == 1
        whole = operation(sock)

        def ask():
            assert operation(sock) == whole
        return steps({f"refused: {NO_MEMORY}"}, ask, check)


@pytest.mark.parametrize("operation", [
    lambda sock: sock.ask(genl.GET), lambda sock: sock.ask(genl.STATUS), lambda sock: sock.dump(genl.COUNTERS)],
    ids=["policy-get", "status-get", "counters-get"])
def test_reads_fail_cleanly(module, operation):
    assert Child(asks, operation).result() is None


def resets():
    unshare(CLONE_NEWNET)
    owner = Ghost(Netns(None))
    with genl.Socket() as sock, socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as visitor:
        sock.socket.settimeout(5)
        set_up_lo(visitor)
        before = 0

        def check(error):
            nonlocal before
            drained(sock)
            count = owner.rows().get(("out", "ipv4", "udp", "passed"), (0, 0))[0]
            # If only the answer was lost, the counters were reset nevertheless.
            assert count in ((0,) if error is None else (before,) if isinstance(error, genl.Refused) else (0, before))
            visitor.sendto(b"boo", ("127.0.0.1", 688))
            before = count + 1
        check(None)
        return steps({f"refused: {NO_MEMORY}"}, lambda: sock.ask(genl.RESET), check)


def test_a_reset_that_is_refused_resets_nothing(module):
    assert Child(resets).result() is None


def listens():
    unshare(CLONE_NEWNET)
    owner = Ghost(Netns(None))
    sock = genl.Socket()
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as visitor:
        set_up_lo(visitor)

        def built():
            """How many hits a visit makes: none, or one in `out` and one in `in`."""
            before = owner.status()
            visitor.sendto(b"boo", ("127.0.0.1", 688))
            after = until(lambda: (now := owner.status())["visits"] == before["visits"] + 2 and now, what="a visit")
            return sum(after[key] - before[key] for key in ("hits-sent", "hits-lost"))

        def check(error):
            nonlocal sock
            # If only the acknowledgement failed, the socket listens nevertheless.
            assert built() in ((2,) if error is None else (0,) if isinstance(error, genl.Refused) else (0, 2))
            sock.socket.close()
            assert built() == 0
            sock = genl.Socket()
            sock.socket.settimeout(5)
        found = steps({f"refused: {NO_MEMORY}"}, lambda: sock.ask(genl.LISTEN), check)
        sock.socket.close()
        with Listener(owner.netns) as listener:
            assert built() == 2 and len(listener.hits()) == 2
        return found


def test_who_cannot_listen_leaves_no_listener(module):
    assert Child(listens).result() is None


def reads():
    def read():
        return [pathlib.Path(f"/proc/thread-self/net/ghost688/{name}").read_text(encoding="ascii")
                for name in ("status", "policy", "counters")]

    whole = read()

    def read_whole():
        assert read() == whole
    return steps({NO_MEMORY}, read_whole, lambda error: None)


def test_reading_proc_fails_cleanly(module):
    assert Child(reads).result() is None


def namespaces(start, stride):
    here = os.readlink("/proc/thread-self/ns/net")

    def check(error):
        nonlocal here
        now = os.readlink("/proc/thread-self/ns/net")
        assert (now == here) == (error is not None)
        here = now
        # Whatever failed, a namespace that was made is watched.
        status = pathlib.Path("/proc/thread-self/net/ghost688/status").read_text(encoding="ascii")
        assert "in count" in status.splitlines()
    return step(lambda: unshare(CLONE_NEWNET), check, start, stride)


def in_strides(function, every, count, *arguments):
    """Calls function(*arguments, start, stride) so that about `count` of the allocations fail; with other ones, until
    one of the failures was an error. With kmemleak most failures hit its own allocations, and do no harm."""
    stride = max(every // count, 1) | 1
    for start in range(1, stride + 1):
        if Child(function, *arguments, start, stride).result():
            return
    raise AssertionError("no failure was an error")


def total(operation):
    """How many allocations an operation makes."""
    arm(1000000)
    operation()
    return 1000000 - arm(0)


def test_a_namespace_that_cannot_be_made_whole_is_not_made(module):
    """A namespace needs many allocations, of which ours are a few. Try them in strides, so that the test takes about
    a minute."""
    in_strides(namespaces, Child(total, lambda: unshare(CLONE_NEWNET)).result(), 60)


def visited(nth):
    """Sends the first visit of a new namespace while its nth allocation fails. Returns the error, whether an
    allocation failed, and what the namespace counted in `out`."""
    unshare(CLONE_NEWNET)
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        set_up_lo(sock)
        told, failed = attempt(lambda: sock.sendto(b"boo", ("127.0.0.1", 688)), nth)
    here = Ghost(Netns())
    count = here.rows().get(("out", "ipv4", "udp", "passed"), (0, 0))
    here.netns.close()
    return told if isinstance(told, OSError) else None, failed, count


def test_a_visit_that_finds_no_memory_for_its_counters_is_counted(module):
    """A CPU without memory for its counters uses the spare ones. Where the kernel's own allocation fails, sendto()
    fails."""
    without = 0
    for nth in itertools.count(1):
        error, failed, count = Child(visited, nth).result()
        if error is None:
            assert count == (1, 31), nth
            without += failed
        if not failed:
            break
    # The table of counters, and the counters of this CPU.
    assert without >= 2


def load(path):
    libc = ctypes.CDLL(None, use_errno=True)
    descriptor = os.open(path, os.O_RDONLY)
    try:
        # finit_module; libc has no function for it.
        if libc.syscall({"x86_64": 313, "i686": 350}[os.uname().machine], descriptor, b"", 0):
            raise OSError(ctypes.get_errno(), "finit_module")
    finally:
        os.close(descriptor)


def loads(path, start, stride):
    def check(error):
        assert ghost.loaded() == (error is None)
        if error is None:
            ghost.rmmod()
    return step(lambda: load(path), check, start, stride)


def test_an_insmod_that_fails_leaves_nothing(module, tmp_path):
    # From memory, because 9p does not survive failing allocations.
    path = shutil.copy(ghost.KO, tmp_path)
    ghost.rmmod()
    every = Child(total, lambda: load(path)).result()	# In another process, because the fault applies to one thread.
    ghost.rmmod()
    in_strides(loads, every, 50, path)
    ghost.insmod()
