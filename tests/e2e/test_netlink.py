# SPDX-License-Identifier: GPL-2.0-only
"""The netlink interface: whole policies, generations, notifications, privilege, resets."""
import errno

import pytest

from lib import genl, wire
from lib.child import CLONE_NEWNET, CLONE_NEWUSER, Child, become_nobody, unshare
from lib.flood import Flood
from lib.ghost import counted, scaled
from lib.netns import until

FULL = dict(rate=1000000, per=2, burst=10000, group=65535, hit_rate=1000000, hit_per=2, hit_burst=1000000, sources=0,
            allow=["0.0.0.0/0", "10.0.0.0/8", "255.255.255.255/32", "::/0", "2001:db8::/33", "::1/128"])


def without_generation(attributes):
    return [pair for pair in attributes if pair[0] != genl.GENERATION]


def test_a_policy_comes_back_as_it_was_set(host):
    for words in ("off", "count", "log"), ("drop", "drop,log", "off"), ("log", "log", "log"):
        before = host.generation()
        host.set(*words, **FULL)
        told = host.policy()
        assert genl.number(dict(told)[genl.GENERATION]) == before + 1
        sent = genl.policy(*words, **FULL) + genl.u32(genl.REPLIES, genl.EXEMPT)
        key = lambda pair: (pair[0], len(pair[1]), pair[1])
        assert sorted(without_generation(told), key=key) == sorted(genl.attributes(sent), key=key)


def test_what_a_policy_does_not_name_takes_its_default(host):
    host.set("drop,log", **FULL)
    host.set("count")
    assert without_generation(host.policy()) == genl.attributes(
        genl.policy("count", rate=10, per=0, burst=20, replies=1)[:24] + genl.u32(genl.REPLIES, genl.EXEMPT) +
        genl.u32(genl.RATE, 10) + genl.u32(genl.PER, 0) + genl.u32(genl.BURST, 20) + genl.u32(genl.TARGET, 0) +
        genl.u32(genl.HIT_RATE, 50000) + genl.u32(genl.HIT_PER, 0) + genl.u32(genl.HIT_BURST, 50000) +
        genl.u32(genl.KEPT_SOURCES, 256))


def test_the_expected_generation_guards_against_a_change_in_between(host):
    seen = host.generation()
    host.set("drop", expected=seen)
    with pytest.raises(genl.Refused) as refused:
        host.set("log", expected=seen)
    assert refused.value.errno == errno.EBUSY
    assert refused.value.text == "the policy has changed since; read it again"
    assert refused.value.offset == 20 + 3 * 8
    assert (host.generation(), host.status()["in"]) == (seen + 1, "drop")
    host.set("log", expected=seen + 1)


def increment(owner, kind, rounds):
    """Adds one to a number of the policy, so many times. Starts over when another writer was faster."""
    collisions = 0
    with owner.socket() as sock:
        while rounds:
            told, = sock.ask(genl.GET)
            generation = genl.number(dict(told)[genl.GENERATION])
            data = genl.u32(genl.EXPECTED, generation)
            for name, value in without_generation(told):
                data += genl.u32(name, genl.number(value) + (name == kind))
            try:
                sock.ask(genl.SET, data)
                rounds -= 1
            except genl.Refused as refused:
                assert refused.errno == errno.EBUSY
                collisions += 1
    return collisions


def test_two_writers_lose_no_change_and_a_listener_sees_each_once_and_in_order(host):
    rounds = scaled(200)
    host.set("count", rate=1, burst=1)
    start = host.generation()
    with host.socket() as listener:
        listener.join("policy")
        writers = [Child(increment, host, kind, rounds, cpu=cpu) for cpu, kind in enumerate((genl.RATE, genl.BURST))]
        for writer in writers:
            writer.result()
        events = listener.events()
    told = dict(host.policy())
    assert [genl.number(told[kind]) for kind in (genl.RATE, genl.BURST)] == [rounds + 1] * 2
    assert host.generation() == start + 2 * rounds
    assert {command for command, _ in events} == {genl.NTF}
    assert [genl.number(dict(a)[genl.GENERATION]) for _, a in events] == list(range(start + 1, start + 2 * rounds + 1))
    sums = [genl.number(dict(a)[genl.RATE]) + genl.number(dict(a)[genl.BURST]) for _, a in events]
    assert sums == list(range(3, 2 * rounds + 3))


def test_a_notification_is_the_policy_and_stays_in_its_namespace(host, router):
    with host.socket() as listener, router.socket() as stranger:
        for sock in listener, stranger:
            sock.join("policy")
        host.set("drop,log", **FULL)
        (command, told), = until(listener.events)
        assert (command, told) == (genl.NTF, host.policy())
        with pytest.raises(genl.Refused):
            host.set("count", expected=1)
        assert listener.events() == [] and stranger.events() == []


def may(command, payload=b""):
    with genl.Socket() as sock:
        try:
            sock.ask(command, payload)
            return "done"
        except genl.Refused as refused:
            return errno.errorcode[refused.errno]


def asks():
    with genl.Socket() as sock:
        sock.dump(genl.COUNTERS)
    return [may(command, payload) for command, payload in
            [(genl.GET, b""), (genl.STATUS, b""), (genl.SET, genl.policy("drop")), (genl.RESET, b"")]]


def as_nobody():
    become_nobody()
    return asks()


def as_root_of_a_user_namespace():
    become_nobody()
    unshare(CLONE_NEWUSER)
    return asks()


def as_root_of_a_user_and_network_namespace():
    become_nobody()
    unshare(CLONE_NEWUSER | CLONE_NEWNET)
    return asks()


LOOK_ONLY = ["done", "done", "EPERM", "EPERM"]


@pytest.mark.parametrize("who,expected", [
    (as_nobody, LOOK_ONLY), (as_root_of_a_user_namespace, LOOK_ONLY),
    (as_root_of_a_user_and_network_namespace, ["done"] * 4)])
def test_everybody_may_look_and_only_a_namespaces_owner_may_change(init, who, expected):
    before = init.policy()
    assert Child(who).result() == expected
    assert init.policy() == before


def test_a_reset_answers_what_was_counted_and_starts_at_zero(street, host):
    packets = [wire.packet(protocol, "192.0.2.88", street.h0.ipv4) for protocol in wire.PROTOCOLS] * 3
    street.inject(packets)
    street.settle()
    before = host.rows()
    assert sum(count[0] for count in before.values()) == len(packets)
    assert host.reset() == before
    assert host.rows() == host.netlink_rows() == {}
    assert host.reset() == {}
    street.inject(packets[:1])
    street.settle()
    assert host.rows() == {("in", "ipv4", "tcp", "passed"): (1, len(packets[0]))}


def test_a_reset_answers_log_lines_and_truncated_packets_too(street, host, logging):
    host.set("drop,log", burst=2, rate=1, per=2)
    short = wire.ipv4("192.0.2.88", street.h0.ipv4, 17, b"\1\2\3")
    street.inject([wire.packet("udp", "192.0.2.88", street.h0.ipv4)] * 5 + [short])
    street.settle()
    answer, = host.ask(genl.RESET)
    numbers = {kind: genl.number(data) for kind, data in answer if kind in (genl.S_LINES, genl.S_SUPPRESSED)}
    assert numbers == {genl.S_LINES: 2, genl.S_SUPPRESSED: 4}
    truncated, = [dict(genl.attributes(data)) for kind, data in answer if kind == genl.S_TRUNCATED]
    assert [genl.number(truncated[kind]) for kind in (genl.DIRECTION, genl.FAMILY, genl.PACKETS, genl.BYTES)] == \
        [0, 4, 1, len(short)]
    status = host.status()
    assert [status[key] for key in ("visits", "truncated-in", "log-lines", "log-suppressed")] == [0, 0, 0, 0]
    assert status["last-visit"] != "never"


def resets(owner, rounds):
    """Resets many times, and until some of the answers had traffic. Returns the sum of the answers."""
    packets = size = found = done = 0
    with owner.socket() as sock:
        while done < rounds or found < 5:
            answer, = sock.ask(genl.RESET, flags=0)
            for count in counted(answer).values():
                packets, size, found = packets + count[0], size + count[1], found + 1
            done += 1
    return packets, size


@pytest.mark.parametrize("place", ["in", "out"])
def test_resets_at_the_same_time_under_traffic_lose_nothing(street, visitor, host, place):
    owner = host if place == "in" else visitor
    with Flood(street.visitor, street.h0.ipv4) as flood:
        children = [Child(resets, owner, scaled(300), cpu=cpu) for cpu in (0, 1)]
        answers = [child.result() for child in children]
        flood.wait(100)
        sent = flood.stop()
    street.settle()
    rest = list(owner.rows().values())
    assert sum(a[0] for a in answers) + sum(r[0] for r in rest) == sent
    assert sum(a[1] for a in answers) + sum(r[1] for r in rest) == sent * 36


def test_status_over_netlink_agrees_with_proc(street, host):
    street.inject([wire.packet("udp", "192.0.2.88", street.h0.ipv4)])
    street.settle()
    told, = host.ask(genl.STATUS)
    told = dict(told)
    status = host.status()
    assert told[genl.S_VERSION].rstrip(b"\0").decode() == status["version"]
    assert genl.number(told[genl.S_LAST]) == status["last-visit"]
    assert genl.number(told[genl.S_GENERATION]) == status["generation"]
    assert [genl.number(told[kind]) for kind in (genl.S_IN, genl.S_FORWARD, genl.S_OUT)] == [genl.COUNT] * 3
