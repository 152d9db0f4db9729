# SPDX-License-Identifier: GPL-2.0-only
"""What all tests share: the module loaded, one street of namespaces, and every policy and counter as new for each."""
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

# One CPU for the tests, so that wires keep the order of what they send; floods take the others.
os.sched_setaffinity(0, {0})


# Long lists of like cases, of which a slow kernel gets a third, by their names.
SAMPLED = ("test_reassembly.py", "test_segments.py", "test_replies.py", "test_replies_vrf.py", "test_not_fooled.py",
           "test_translated.py", "test_translated_talk.py", "test_translated_clients.py", "test_forged_in.py",
           "test_forged_out.py", "test_forged_forward.py", "test_forged_servers.py", "test_forged_together.py",
           "test_unseen_resubmitted.py")


def means_of(item):
    """What a test asks for by a fixture or a parameter called means."""
    return item.callspec.params.get("means", "sockets") if hasattr(item, "callspec") else "sockets"


def pytest_collection_modifyitems(config, items):
    # In each file those first that do without conntrack, for it takes a while to come and go.
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
    """The module is there, whatever the test before has done."""
    if not ghost.loaded():
        ghost.insmod()


@pytest.fixture
def street(request, module, _street):
    """The street of topology.py; each namespace counts in every direction and has counted nothing."""
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
    """By what replies are told in all three namespaces."""
    return request.param


@pytest.fixture
def shut(means, street, visitor, router, host):
    """Both ends drop what is no reply, and so does the forwarder where it can tell. Returns the means."""
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
    """Log lines from namespaces other than the first, which a kernel holds back unless told otherwise."""
    run("modprobe", "nf_log_syslog", check=False)
    path = "/proc/sys/net/netfilter/nf_log_all_netns"
    pathlib.Path(path).write_text("1", encoding="ascii")
    yield
    pathlib.Path(path).write_text("0", encoding="ascii")
