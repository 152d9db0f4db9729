# SPDX-License-Identifier: GPL-2.0-only
"""Loading the module: what action= arms, from the first packet, in every namespace."""
import os

import pytest

from lib import ghost, wire
from lib.flood import Flood
from lib.netns import Netns

WORDS = ["off", "count", "log", "drop", "drop,log"]


@pytest.fixture(autouse=True)
def default_afterwards(module):
    yield
    ghost.fresh()


def actions(owner):
    return [owner.status()[direction] for direction in ghost.DIRECTIONS]


@pytest.mark.parametrize("word", WORDS)
def test_action_is_the_first_policy_of_every_namespace(_street, word):
    ghost.fresh(f"action={word}")
    later = Netns("later")
    try:
        later.run("ip", "link", "set", "lo", "up")
        for netns in Netns(), _street.host, later:
            owner = ghost.Ghost(netns)
            assert actions(owner) == [word] * 3
            assert owner.status()["generation"] == 1
        try:
            wire.send(later, wire.packet("udp", "127.0.0.1", "127.0.0.1"))
            assert not word.startswith("drop")
        except PermissionError:
            assert word.startswith("drop")
        verdict = "dropped" if word.startswith("drop") else "passed"
        first = ghost.Ghost(later).rows().get(("out", "ipv4", "udp", verdict))
        assert first == (None if word == "off" else (1, 28))
    finally:
        later.close()


def test_no_packet_passes_between_load_and_first_policy(_street):
    owner = ghost.Ghost(_street.visitor)
    with Flood(_street.visitor, _street.h0.ipv4) as flood:
        for _ in range(5):
            ghost.fresh("action=drop")
            flood.wait(50)
            status = owner.status()
            assert status["dropped"] > 0 and status["passed"] == 0
            assert owner.policy() == ghost.Ghost(_street.router).policy()


def test_count_is_the_default(_street):
    ghost.fresh()
    assert actions(ghost.Ghost(_street.host)) == ["count"] * 3


@pytest.mark.parametrize("word", ["", "deny", "DROP", "drop,", "log,drop", "drop log", "count ", "reject", "reject,log",
                                  "0", "x" * 900])
def test_a_wrong_word_refuses_the_load_and_the_log_lists_the_right_ones(kmsg, word):
    ghost.rmmod()
    done = ghost.insmod(f'action="{word}"', check=False)
    assert done.returncode and "Invalid" in done.stderr
    assert not ghost.loaded()
    line, = kmsg.lines("^ghost688: action=")
    for right in WORDS:
        assert right in line
    assert not os.path.exists("/proc/net/ghost688")


def modules():
    with open("/proc/modules", encoding="ascii") as file:
        return {line.split()[0]: line.split()[3].split(",") for line in file}


def test_counting_needs_no_other_module():
    ghost.rmmod()
    before = set(modules())
    ghost.insmod()
    after = modules()
    assert set(after) - before == {"ghost688"}
    assert not [name for name, users in after.items() if "ghost688" in users]


def test_the_module_leaves_nothing_behind(_street):
    ghost.fresh("action=drop")
    ghost.rmmod()
    for netns in Netns(), _street.host:
        with netns.entered():
            assert not os.path.exists("/proc/thread-self/net/ghost688")
    wire.send(_street.visitor, wire.packet("udp", _street.v0.ipv4, _street.h0.ipv4))


def test_the_parameter_can_be_read_and_not_written():
    ghost.fresh("action=drop")
    path = "/sys/module/ghost688/parameters/action"
    with open(path, encoding="ascii") as file:
        assert file.read() == "drop\n"
    assert os.stat(path).st_mode & 0o777 == 0o444
