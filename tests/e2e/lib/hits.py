# SPDX-License-Identifier: GPL-2.0-only
"""A listener to hits, and hits as dictionaries."""
import ipaddress
import socket
import time

from . import genl
from .netns import until

SO_RCVBUFFORCE, NETLINK_NO_ENOBUFS = 33, 5
NAMES = ["pad", "cpu", "seq", "suppressed", "time", "boot_time", "direction", "family", "protocol", "verdict", "reason",
         "source", "source_port", "destination", "destination_port", "original_source", "original_source_port",
         "original_destination", "original_destination_port", "in_ifindex", "in_ifname", "out_ifindex", "out_ifname",
         "packets", "bytes", "tcp_flags", "uid", "cookie", "cgroup", "pid", "comm"]
ADDRESSES = {"source", "destination", "original_source", "original_destination"}
STRINGS = {"in_ifname", "out_ifname", "comm"}
TRUNCATED, ALLOWED, TRANSLATED = range(3)


def decode(attributes):
    """A hit's attributes by name. Fails if one comes twice."""
    hit = {}
    for kind, data in attributes:
        name = NAMES[kind - 1]
        if name == "pad":
            continue
        assert name not in hit
        if name in ADDRESSES:
            hit[name] = str(ipaddress.ip_address(data))
        elif name in STRINGS:
            hit[name] = data.rstrip(b"\0").decode()
        else:
            hit[name] = genl.number(data)
    return hit


class Listener:
    """Listens to the hits of a namespace. `positions` is {cpu: (seq, suppressed)} of when it began."""

    def __init__(self, netns, groups=("hits",), buffer=64 << 20, listen=True):
        with netns.entered():
            self.genl = genl.Socket()
        try:
            self.genl.socket.setsockopt(socket.SOL_SOCKET, SO_RCVBUFFORCE, buffer)
        except PermissionError:
            pass  # root of a user namespace keeps what everybody has
        self.genl.socket.setsockopt(genl.SOL_NETLINK, NETLINK_NO_ENOBUFS, 1)
        for group in groups:
            self.genl.join(group)
        self.found = []
        self.positions = self.ask() if listen else {}

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.genl.socket.close()

    def ask(self):
        """Asks to listen. Keeps the events that came before the answer. Returns the positions."""
        self.genl.socket.send(self.genl.message(genl.LISTEN))
        positions = {}
        while True:
            for kind, flags, body in genl.messages(self.genl.socket.recv(1 << 18)):
                if kind == genl.NLMSG_ERROR:
                    error = -int.from_bytes(body[:4], "little", signed=True)
                    if error:
                        raise genl.refusal(error, flags, body)
                    return positions
                if body[0] == genl.LISTEN:
                    for _, data in genl.attributes(body[4:]):
                        at = decode(genl.attributes(data))
                        positions[at["cpu"]] = at["seq"], at["suppressed"]
                else:
                    self.found.append((body[0], genl.attributes(body[4:])))

    def events(self):
        """(command, attributes) of all that has come, and is on its way."""
        self.ask()
        found, self.found = self.found, []
        return found

    def hits(self):
        """All hits that have come, and those that are on their way."""
        return [decode(attributes) for command, attributes in self.events() if command == genl.HIT]

    def hit(self):
        """The only hit."""
        hit, = self.hits()
        return hit


def missed(hits, before, after):
    """How many hits are missing between two positions. Fails if one comes twice or out of order."""
    last = {cpu: seq for cpu, (seq, _) in before.items()}
    gaps = 0
    for hit in hits:
        assert hit["seq"] > last.get(hit["cpu"], 0)
        gaps += hit["seq"] - last.get(hit["cpu"], 0) - 1
        last[hit["cpu"]] = hit["seq"]
    return gaps + sum(seq - last.get(cpu, 0) for cpu, (seq, _) in after.items())


def suppressed(before, after):
    return sum(count for _, count in after.values()) - sum(count for _, count in before.values())


def accounted(owner, visits):
    """Waits until that many visits are counted, and each one's hit is in one of the sums. Returns the status."""
    def status():
        found = owner.status()
        hits = found["hits-sent"] + found["hits-suppressed"] + found["hits-lost"]
        return found if found["visits"] == hits == visits else None
    return until(status, timeout=60, what="all visits and their hits")


def now():
    return time.time_ns(), time.clock_gettime_ns(time.CLOCK_BOOTTIME)
