# SPDX-License-Identifier: GPL-2.0-only
"""The netlink interface through a plain socket, so that tests can also send what no library would send."""
import errno
import ipaddress
import itertools
import os
import socket
import struct

NETLINK_GENERIC, SOL_NETLINK = 16, 270
NETLINK_ADD_MEMBERSHIP, NETLINK_CAP_ACK, NETLINK_EXT_ACK, NETLINK_GET_STRICT_CHK = 1, 10, 11, 12
NLM_F_REQUEST, NLM_F_MULTI, NLM_F_ACK, NLM_F_CAPPED, NLM_F_ACK_TLVS = 1, 2, 4, 0x100, 0x200
NLM_F_DUMP = 0x300
NLMSG_ERROR, NLMSG_DONE = 2, 3
NLA_F_NESTED = 0x8000

GET, SET, NTF, STATUS, COUNTERS, RESET, RESET_NTF, LISTEN, HIT, SOURCES, SOURCES_RESET = range(1, 12)
GENERATION, EXPECTED, IN, FORWARD, OUT, REPLIES, RATE, PER, BURST, TARGET, GROUP, ALLOW = range(1, 13)
HIT_RATE, HIT_PER, HIT_BURST, KEPT_SOURCES = range(13, 17)
ADDRESS, LENGTH = 1, 2
DIRECTION, FAMILY, PROTOCOL, VERDICT, PACKETS, BYTES = range(2, 8)
S_VERSION, S_GENERATION, S_IN, S_FORWARD, S_OUT, S_LAST, S_LINES, S_SUPPRESSED, S_TRUNCATED, S_COUNTER = range(2, 12)
S_SENT, S_HITS_SUPPRESSED, S_LOST = range(12, 15)
OFF, COUNT, LOG, DROP, DROP_LOG, REJECT, REJECT_LOG = range(7)
MATCH, EXEMPT, TRUST = range(3)


class Refused(OSError):
    """An error of the kernel: errno, extack text, offset of the bad attribute, type of the missing one."""

    def __init__(self, number, text=None, offset=None, missing=None):
        super().__init__(number, text or os.strerror(number))
        self.text, self.offset, self.missing = text, offset, missing


def attribute(kind, data=b"", length=None):
    """One attribute; `length` replaces the right length."""
    return struct.pack("=HH", length if length is not None else 4 + len(data), kind) + data + bytes(-len(data) % 4)


def u8(kind, value):
    return attribute(kind, struct.pack("=B", value))


def u16(kind, value):
    return attribute(kind, struct.pack("=H", value))


def u32(kind, value):
    return attribute(kind, struct.pack("=I", value))


def nest(kind, *inside):
    return attribute(kind | NLA_F_NESTED, b"".join(inside))


def attributes(data):
    """(type, bytes) of each attribute."""
    found = []
    while len(data) >= 4:
        length, kind = struct.unpack_from("=HH", data)
        found.append((kind & 0x3fff, data[4:length]))
        data = data[length + 3 & ~3:]
    return found


def number(data):
    return int.from_bytes(data, "little")


class Socket:
    """A generic netlink socket for one family, in the namespace of the calling thread."""

    def __init__(self, family="ghost688"):
        self.socket = socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, NETLINK_GENERIC)
        self.socket.bind((0, 0))
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4 << 20)
        self.socket.setsockopt(SOL_NETLINK, NETLINK_EXT_ACK, 1)
        self.socket.settimeout(60)
        self.sequence = itertools.count(1)
        self.family, self.version = 16, 2
        answer, = self.ask(3, attribute(2, family.encode() + b"\0"))
        about = dict(answer)
        self.groups = {dict(attributes(g))[1].rstrip(b"\0").decode(): number(dict(attributes(g))[2])
                       for _, g in attributes(about.get(7, b""))}
        self.family, self.version = number(about[1]), number(about[3])

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.socket.close()

    def join(self, group):
        self.socket.setsockopt(SOL_NETLINK, NETLINK_ADD_MEMBERSHIP, self.groups[group])

    def message(self, command, payload=b"", flags=NLM_F_ACK):
        body = struct.pack("=BBH", command, self.version, 0) + payload
        return struct.pack("=IHHII", 16 + len(body), self.family, flags | NLM_F_REQUEST, next(self.sequence), 0) + body

    def ask(self, command, payload=b"", flags=NLM_F_ACK):
        """Sends a request. Returns the attributes of each answer, or raises Refused."""
        self.socket.send(self.message(command, payload, flags))
        return self.answers(not flags)

    def dump(self, command, payload=b""):
        return self.ask(command, payload, NLM_F_DUMP)

    def answers(self, single=False):
        """Reads answers up to the acknowledgement; only one answer if no acknowledgement was asked for."""
        found = []
        while True:
            for kind, flags, body in messages(self.socket.recv(1 << 18)):
                if kind == NLMSG_DONE:
                    return found
                if kind != NLMSG_ERROR:
                    found.append(attributes(body[4:]))
                    if single:
                        return found
                    continue
                error = -struct.unpack_from("=i", body)[0]
                if not error:
                    return found
                raise refusal(error, flags, body)

    def events(self):
        """What has come to the joined groups: (command, attributes)."""
        self.socket.setblocking(False)
        found = []
        try:
            while True:
                found += [(body[0], attributes(body[4:])) for _, _, body in messages(self.socket.recv(1 << 18))]
        except BlockingIOError:
            return found
        finally:
            self.socket.settimeout(60)


def messages(data):
    while len(data) >= 16:
        length, kind, flags = struct.unpack_from("=IHH", data)
        yield kind, flags, data[16:length]
        data = data[length + 3 & ~3:]


def refusal(error, flags, body):
    told = {}
    if flags & NLM_F_ACK_TLVS:
        echoed = 16 if flags & NLM_F_CAPPED else struct.unpack_from("=I", body, 4)[0]
        told = dict(attributes(body[4 + (echoed + 3 & ~3):]))
    text = told[1].rstrip(b"\0").decode() if 1 in told else None
    return Refused(error, text, number(told[2]) if 2 in told else None, number(told[5]) if 5 in told else None)


def prefix(text):
    network = ipaddress.ip_network(text)
    return nest(ALLOW, attribute(ADDRESS, network.network_address.packed), u8(LENGTH, network.prefixlen))


ACTIONS = ["off", "count", "log", "drop", "drop,log", "reject", "reject,log"]


def policy(action="count", forward=None, out=None, rate=None, per=None, burst=None, group=None, allow=(),
           expected=None, replies=None, hit_rate=None, hit_per=None, hit_burst=None, sources=None):
    """The attributes of a whole policy. A single action is for every direction."""
    words = [action, forward or action, out or action]
    data = b"".join(u32(IN + i, ACTIONS.index(word)) for i, word in enumerate(words))
    for kind, value in ((RATE, rate), (PER, per), (BURST, burst), (EXPECTED, expected), (REPLIES, replies),
                        (HIT_RATE, hit_rate), (HIT_PER, hit_per), (HIT_BURST, hit_burst), (KEPT_SOURCES, sources)):
        data += u32(kind, value) if value is not None else b""
    if group is not None:
        data += u32(TARGET, 1) + u16(GROUP, group)
    return data + b"".join(map(prefix, allow))


assert errno.EPERM == 1
