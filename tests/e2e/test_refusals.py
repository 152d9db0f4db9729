# SPDX-License-Identifier: GPL-2.0-only
"""What the netlink interface refuses: with a text, with the offset of the bad attribute, and without any change."""
import errno
import random
import struct

import pytest

from lib import genl
from lib.genl import (ADDRESS, ALLOW, BURST, EXPECTED, FORWARD, GENERATION, GROUP, HIT_BURST, HIT_PER, HIT_RATE, IN,
                      KEPT_SOURCES, LENGTH, OUT, PER, RATE, REPLIES, TARGET, attribute, nest, u8, u16, u32)
from lib.ghost import scaled

BASE = [u32(IN, 1), u32(FORWARD, 1), u32(OUT, 1)]
FOUR, SIX = bytes([10, 0, 0, 0]), bytes.fromhex("20010db8") + bytes(12)


def allow(address, length):
    return nest(ALLOW, attribute(ADDRESS, address), u8(LENGTH, length))


# name: attributes, index of the bad one (with an offset into it), errno, part of the text
BAD = {
    "an action out of range in in": ([u32(IN, 7), *BASE[1:]], 0, "ERANGE", "out of range"),
    "an action out of range in forward": ([BASE[0], u32(FORWARD, 7), BASE[2]], 1, "ERANGE", "out of range"),
    "an action out of range in out": ([*BASE[:2], u32(OUT, 0xffffffff)], 2, "ERANGE", "out of range"),
    "reject": ([u32(IN, 5), *BASE[1:]], 0, "EOPNOTSUPP", "cannot reject"),
    "reject,log": ([*BASE[:2], u32(OUT, 6)], 2, "EOPNOTSUPP", "cannot reject"),
    "replies out of range": (BASE + [u32(REPLIES, 3)], 3, "ERANGE", "out of range"),
    "log rate 0": (BASE + [u32(RATE, 0)], 3, "ERANGE", "out of range"),
    "log rate too high": (BASE + [u32(RATE, 1000001)], 3, "ERANGE", "out of range"),
    "log per out of range": (BASE + [u32(PER, 3)], 3, "ERANGE", "out of range"),
    "log burst 0": (BASE + [u32(BURST, 0)], 3, "ERANGE", "out of range"),
    "log burst too high": (BASE + [u32(BURST, 10001)], 3, "ERANGE", "out of range"),
    "hit rate 0": (BASE + [u32(HIT_RATE, 0)], 3, "ERANGE", "out of range"),
    "hit rate too high": (BASE + [u32(HIT_RATE, 1000001)], 3, "ERANGE", "out of range"),
    "hit per out of range": (BASE + [u32(HIT_PER, 3)], 3, "ERANGE", "out of range"),
    "hit burst 0": (BASE + [u32(HIT_BURST, 0)], 3, "ERANGE", "out of range"),
    "hit burst too high": (BASE + [u32(HIT_BURST, 1000001)], 3, "ERANGE", "out of range"),
    "too many sources": (BASE + [u32(KEPT_SOURCES, 257)], 3, "ERANGE", "out of range"),
    "log target out of range": (BASE + [u32(TARGET, 2)], 3, "ERANGE", "out of range"),
    "nflog without a group": (BASE + [u32(TARGET, 1)], 3, "EINVAL", "needs a log group"),
    "a group with syslog": (BASE + [u32(TARGET, 0), u16(GROUP, 5)], 4, "EINVAL", "needs log target nflog"),
    "a group without a target": (BASE + [u16(GROUP, 5)], 3, "EINVAL", "needs log target nflog"),
    "host bits": (BASE + [allow(FOUR, 6)], (3, 4), "EINVAL", "bits beyond the prefix length"),
    "host bits of IPv6": (BASE + [allow(SIX, 28)], (3, 4), "EINVAL", "bits beyond the prefix length"),
    "an IPv4 prefix of 33 bits": (BASE + [allow(FOUR, 33)], (3, 12), "ERANGE", "no longer than 32"),
    "an IPv6 prefix of 129 bits": (BASE + [allow(SIX, 129)], (3, 24), "ERANGE", "out of range"),
    "an address of 3 bytes": (BASE + [allow(FOUR[:3], 8)], (3, 4), "ERANGE", ""),
    "an address of 5 bytes": (BASE + [allow(FOUR + b"\0", 8)], (3, 4), "EINVAL", "4 bytes or 16"),
    "an address of 17 bytes": (BASE + [allow(SIX + b"\0", 8)], (3, 4), "ERANGE", ""),
    "a prefix without a length": (BASE + [nest(ALLOW, attribute(ADDRESS, FOUR))], 3, "EINVAL", "an address and a len"),
    "a prefix without an address": (BASE + [nest(ALLOW, u8(LENGTH, 8))], 3, "EINVAL", "an address and a length"),
    "an empty prefix": (BASE + [nest(ALLOW)], 3, "EINVAL", "an address and a length"),
    "the same prefix twice": (BASE + [allow(FOUR, 8), allow(SIX, 32), allow(FOUR, 8)], 5, "EEXIST", "listed twice"),
    "a nest without NLA_F_NESTED": (BASE + [attribute(ALLOW, attribute(ADDRESS, FOUR) + u8(LENGTH, 8))], 3,
                                    "EINVAL", "NLA_F_NESTED is missing"),
    "an unknown attribute in a prefix": (BASE + [nest(ALLOW, attribute(ADDRESS, FOUR), u8(LENGTH, 8), u8(9, 1))],
                                         (3, 20), "EINVAL", "nknown attribute"),
    "an unknown attribute": (BASE + [u32(KEPT_SOURCES + 1, 1)], 3, "EINVAL", "nknown attribute"),
    "an unknown attribute of a high number": (BASE + [u32(0x3fff, 1)], 3, "EINVAL", "nknown attribute"),
    "an attribute of type 0": (BASE + [u32(0, 1)], 3, "EINVAL", "nknown attribute"),
    "a generation": (BASE + [u32(GENERATION, 1)], 3, "EINVAL", "use expected-generation"),
    "an attribute that is too short": ([attribute(IN, b"\1\0"), *BASE[1:]], 0, "EINVAL", ""),
    "an attribute that is too long": ([*BASE[:2], attribute(OUT, bytes(8))], 2, "EINVAL", ""),
    "an attribute longer than the message": (BASE + [attribute(RATE, b"\5\0\0\0", length=200)], None, "EINVAL",
                                             "leftover"),
    "half an attribute": (BASE + [b"\4\0"], None, "EINVAL", "leftover"),
    "257 prefixes": (BASE + [allow(bytes([10, i >> 8, i & 255, 0]), 24) for i in range(257)], 259, "E2BIG", "256"),
}


def refused(host, command, payload):
    before = host.policy()
    with pytest.raises(genl.Refused) as info:
        host.ask(command, payload)
    assert host.policy() == before
    return info.value


@pytest.mark.parametrize("name", BAD)
def test_a_bad_policy_is_refused_with_text_and_place_and_changes_nothing(host, name):
    attrs, bad, error, text = BAD[name]
    told = refused(host, genl.SET, b"".join(attrs))
    assert told.errno == getattr(errno, error), told
    assert told.text and text in told.text
    if bad is not None:
        index, into = bad if isinstance(bad, tuple) else (bad, 0)
        assert told.offset == 20 + sum(map(len, attrs[:index])) + into


@pytest.mark.parametrize("missing", [IN, FORWARD, OUT])
def test_a_policy_without_a_direction_is_refused_and_told_which(host, missing):
    told = refused(host, genl.SET, b"".join(a for a in BASE if struct.unpack_from("=HH", a)[1] != missing))
    assert (told.errno, told.missing) == (errno.EINVAL, missing)
    assert told.text and "in, forward and out" in told.text


@pytest.mark.parametrize("command", [genl.GET, genl.STATUS, genl.RESET])
@pytest.mark.parametrize("kind", [0, 1, 2, 99])
def test_a_command_without_attributes_takes_none(host, command, kind):
    told = refused(host, command, u32(kind, 1))
    assert told.errno == errno.EINVAL and told.text and told.offset == 20


@pytest.mark.parametrize("kind", [1, 99])
def test_the_dump_takes_no_attributes_either(host, kind):
    with host.socket() as sock, pytest.raises(genl.Refused) as info:
        sock.dump(genl.COUNTERS, u32(kind, 1))
    assert info.value.errno == errno.EINVAL and info.value.text


@pytest.mark.parametrize("command", [0, genl.NTF, 7, 255])
def test_an_unknown_command_is_refused(host, command):
    assert refused(host, command, b"").errno in (errno.EOPNOTSUPP, errno.EINVAL)


def test_a_dump_is_not_done_and_a_do_is_not_dumped(host):
    assert refused(host, genl.COUNTERS, b"").errno == errno.EOPNOTSUPP
    with host.socket() as sock, pytest.raises(genl.Refused) as info:
        sock.dump(genl.GET)
    assert info.value.errno == errno.EOPNOTSUPP


def test_the_limits_themselves_are_allowed(host):
    most = [allow(bytes([10, i >> 8, i & 255, 0]), 24) for i in range(256)]
    for attrs in [u32(RATE, 1), u32(RATE, 1000000), u32(BURST, 1), u32(BURST, 10000), u32(PER, 2),
                  u32(HIT_RATE, 1), u32(HIT_RATE, 1000000), u32(HIT_PER, 2), u32(HIT_BURST, 1), u32(HIT_BURST, 1000000),
                  u32(KEPT_SOURCES, 0), u32(KEPT_SOURCES, 256), allow(bytes(4), 0), allow(bytes(16), 0),
                  allow(FOUR, 32), allow(SIX, 128), b"".join(most)]:
        host.ask(genl.SET, b"".join(BASE) + attrs)
    assert len([1 for kind, _ in host.policy() if kind == ALLOW]) == 256


def mutated(random_source, sock):
    """A valid message with some bytes changed."""
    good = b"".join(BASE) + u32(EXPECTED, 1) * random_source.randrange(2) + u32(RATE, 5) + u32(BURST, 5) + \
        u32(TARGET, 1) + u16(GROUP, 5) + u32(HIT_RATE, 5) + u32(HIT_PER, 1) + u32(HIT_BURST, 5) + \
        u32(KEPT_SOURCES, 5) + allow(FOUR, 8) + allow(SIX, 32)
    command = random_source.choice([genl.SET] * 6 + [genl.GET, genl.STATUS, genl.COUNTERS, genl.RESET, 0, 9])
    data = bytearray(sock.message(command, good if command == genl.SET else b"",
                                  random_source.choice([0, genl.NLM_F_ACK, genl.NLM_F_DUMP])))
    for _ in range(random_source.randrange(1, 6)):
        what = random_source.randrange(4)
        at = random_source.randrange(min(20, len(data) - 1), len(data))
        if what == 0:
            data[at] = random_source.randrange(256)
        elif what == 1:
            data[at] ^= 1 << random_source.randrange(8)
        elif what == 2:
            del data[at:at + random_source.choice([1, 2, 4, 8])]
        else:
            data[at:at] = random_source.randbytes(random_source.choice([1, 4, 8, 40]))
    struct.pack_into("=I", data, 0, len(data))
    return bytes(data)


def test_garbage_never_leaves_a_policy_that_is_not_whole(host):
    source = random.Random(688)
    with host.socket() as sock:
        sock.socket.setblocking(False)
        for i in range(scaled(5000)):
            sock.socket.send(mutated(source, sock))
            if i % 16 == 15:
                sock.events()
        sock.events()
    told = dict(host.policy())
    values = {kind: genl.number(data) for kind, data in told.items() if kind != ALLOW}
    assert all(values[kind] <= genl.DROP_LOG for kind in (IN, FORWARD, OUT))
    assert values[REPLIES] <= genl.TRUST and values[PER] <= 2 and values[TARGET] <= 1
    assert 1 <= values[RATE] <= 1000000 and 1 <= values[BURST] <= 10000
    assert 1 <= values[HIT_RATE] <= 1000000 and 1 <= values[HIT_BURST] <= 1000000 and values[HIT_PER] <= 2
    assert values[KEPT_SOURCES] <= 256
    assert values[GENERATION] == host.status()["generation"]
    host.set("count")
