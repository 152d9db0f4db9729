# SPDX-License-Identifier: GPL-2.0-only
"""Fixtures of all tests: a loaded module and one street of namespaces, which has the default policy and zero counters
at the start of each test."""
import os
import pathlib
import sys
import zlib

import pytest

sys.path.insert(0, str(pathlib.Path(__file__).parent))
sys.dont_write_bytecode = True

from lib import dialogue, ghost  # noqa: E402
from lib.conntrack import MEANS  # noqa: E402
from lib.kernellog import KernelLog  # noqa: E402
from lib.netns import Netns, run  # noqa: E402
from lib.topology import Street  # noqa: E402

# The tests run on one CPU, so that veth pairs keep the order of packets. Floods use the other CPUs.
os.sched_setaffinity(0, {0})


# Files with many similar cases. A slow kernel runs a third of them, chosen by a hash of the name.
SAMPLED = ("test_reassembly.py", "test_segments.py", "test_replies.py", "test_replies_vrf.py", "test_not_fooled.py",
           "test_translated.py", "test_translated_talk.py", "test_translated_clients.py", "test_forged_in.py",
           "test_forged_out.py", "test_forged_forward.py", "test_forged_servers.py", "test_forged_together.py",
           "test_unseen_resubmitted.py")


def means_of(item):
    """The value of the test's `means` parameter; "sockets" for a test without one."""
    return item.callspec.params.get("means", "sockets") if hasattr(item, "callspec") else "sockets"


def pytest_collection_modifyitems(config, items):
    # Within each file the tests without conntrack come first: loading and removing it takes seconds.
    files = {path: number for number, path in enumerate(dict.fromkeys(item.path for item in items))}
    items.sort(key=lambda item: (files[item.path], means_of(item) != "sockets"))
    if ghost.SLOW == 1:
        return
    left_out = [item for item in items if item.path.name in SAMPLED and zlib.crc32(item.name.encode()) % 3]
    config.hook.pytest_deselected(items=left_out)
    items[:] = [item for item in items if item not in left_out]


@pytest.fixture(scope="session")
def _street():
    street = Street()
    yield street
    street.close()


@pytest.fixture(scope="session")
def _module():
    if not ghost.loaded():
        ghost.insmod()
    yield
    if ghost.loaded():
        ghost.rmmod()


@pytest.fixture
def module(_module):
    """The module is loaded, even if the previous test unloaded it."""
    if not ghost.loaded():
        ghost.insmod()


@pytest.fixture
def street(request, module, _street):
    """The street of topology.py. Each namespace counts in every direction, and its counters are zero."""
    _street.means.set(means_of(request.node))
    for netns in _street.namespaces:
        ghosts = ghost.Ghost(netns)
        ghosts.set("count")
        ghosts.reset()
    return _street


@pytest.fixture
def visitor(street):
    return ghost.Ghost(street.visitor)


@pytest.fixture
def router(street):
    return ghost.Ghost(street.router)


@pytest.fixture
def host(street):
    return ghost.Ghost(street.host)


@pytest.fixture(params=MEANS)
def means(request, street):
    """What proves replies in all three namespaces: "conntrack" if it is active, else "sockets"."""
    return request.param


@pytest.fixture
def shut(means, street, visitor, router, host):
    """Both ends drop everything but replies. So does the forwarder if it has conntrack. Returns the means."""
    dialogue.shut(means, visitor, router, host)
    return means


@pytest.fixture
def init(module):
    """The namespace that the machine booted with."""
    init = ghost.Ghost(Netns())
    init.set("count")
    init.reset()
    yield init
    if ghost.loaded():
        init.set("count")
    init.netns.close()


@pytest.fixture
def kmsg():
    log = KernelLog()
    yield log
    os.close(log.file)


@pytest.fixture
def logging(street):
    """Log lines from all namespaces. By default the kernel prints only those of the first."""
    run("modprobe", "nf_log_syslog", check=False)
    path = "/proc/sys/net/netfilter/nf_log_all_netns"
    pathlib.Path(path).write_text("1", encoding="ascii")
    yield
    pathlib.Path(path).write_text("0", encoding="ascii")
