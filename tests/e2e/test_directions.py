# SPDX-License-Identifier: GPL-2.0-only
"""Where the hooks are, and that a direction that is off has none."""
import itertools
import pathlib

import pytest

from lib import hooks, wire
from lib.netns import until
from lib.topology import SILENT

INT_MIN = -(1 << 31)
TRACING = "/sys/kernel/tracing"
ORDER = {"in": INT_MIN, "forward": INT_MIN, "out": -99}


def trace(name, text):
    pathlib.Path(TRACING, name).write_text(text + "\n" if text else "", encoding="ascii")


@pytest.fixture
def dump(street):
    if hooks.at(street.host, 4, "in") is None:
        pytest.skip("this kernel has no nfnetlink_hook")


@pytest.mark.parametrize("family", wire.FAMILIES)
@pytest.mark.parametrize("place", hooks.PLACES)
def test_an_armed_direction_has_one_hook_in_its_place(street, dump, family, place):
    found = hooks.ours(street.host, family, place)
    assert [priority for priority, _, _ in found] == [ORDER[place]]
    if place != "out":	# no other hook decides before ours
        assert hooks.at(street.host, family, place)[0] == found[0]


@pytest.mark.parametrize("armed", itertools.product([False, True], repeat=3))
def test_a_direction_that_is_off_has_no_hook(street, dump, host, armed):
    for action in "count", "drop":
        host.set(*[action if on else "off" for on in armed])
        for family, (place, on) in itertools.product(wire.FAMILIES, zip(hooks.PLACES, armed)):
            assert len(hooks.ours(street.host, family, place)) == on, (family, place)


@pytest.mark.parametrize("family", wire.FAMILIES)
def test_a_direction_that_is_off_does_not_call_the_hook(street, visitor, router, host, family):
    """The function tracer sees no call, also not for packets that are no visits."""
    if not pathlib.Path(TRACING, "set_ftrace_filter").exists():
        pytest.skip("this kernel has no function tracer")
    visitor.set("off")
    host.set("off")
    here, there = street.r1.address(family), street.h0.address(family)
    into = wire.packet("udp", SILENT[family], here, 689)
    through = wire.packet("udp", SILENT[family], there, 689)
    out = wire.packet("udp", SILENT[family], there, 689)
    send = {"in": lambda: street.inject([into]), "forward": lambda: street.inject([through]),
            "out": lambda: wire.send(street.router, out)}
    try:
        trace("set_ftrace_filter", f"ghost_hook_ipv{family}")
        trace("current_tracer", "function")
        with wire.receiver(street.router, family, 17) as at_router, wire.receiver(street.host, family, 17) as at_host:
            for armed in itertools.product([False, True], repeat=3):
                router.set(*["drop" if on else "off" for on in armed])
                for (place, on) in zip(hooks.PLACES, armed):
                    trace("trace", "")
                    send[place]()
                    until(lambda: wire.received(at_router if place == "in" else at_host))
                    calls = pathlib.Path(TRACING, "trace").read_text(encoding="ascii").count(f"ghost_hook_ipv{family}")
                    assert calls == on, (armed, place)
    finally:
        trace("current_tracer", "nop")
        trace("set_ftrace_filter", "")


def test_a_policy_arms_its_own_namespace_only(street, dump, host):
    host.set("off")
    assert hooks.ours(street.host, 4, "in") == []
    assert len(hooks.ours(street.router, 4, "in")) == 1


@pytest.mark.parametrize("family", wire.FAMILIES)
@pytest.mark.parametrize("place", hooks.PLACES)
def test_a_direction_that_is_off_counts_nothing_and_keeps_what_it_counted(
        street, visitor, router, host, place, family):
    ghost = {"in": host, "forward": router, "out": visitor}[place]
    packet = wire.packet("udp", street.v0.address(family), street.h0.address(family))

    def visit():
        wire.send(street.visitor, packet)
        street.settle()
        return ghost.rows()

    before = visit()
    assert list(before.values()) == [(1, len(packet))]
    actions = ["drop"] * 3
    actions[list(hooks.PLACES).index(place)] = "off"
    if place != "in":
        actions[0] = "count"
    ghost.set(*actions)
    assert visit() == before
    ghost.set("count")
    assert list(visit().values()) == [(2, 2 * len(packet))]


@pytest.mark.parametrize("family", wire.FAMILIES)
def test_what_is_forwarded_is_neither_in_nor_out(street, router, family):
    router.set("drop", "count", "drop")
    street.inject([wire.packet("udp", SILENT[family], street.h0.address(family)) for _ in range(5)])
    street.settle()
    assert [key[0] for key in router.rows()] == ["forward"]
