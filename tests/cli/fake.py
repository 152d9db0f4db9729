# SPDX-License-Identifier: GPL-2.0-only
"""A fake module. It answers the CLI's netlink messages, if asked with answers that no real module sends."""
import ipaddress
import socket
import struct
import threading
import time

PORTID = 4242
FAMILY = 37
CTRL = 16
ERROR, DONE = 2, 3
MULTI, DUMP_INTR, CAPPED, ACK_TLVS = 2, 0x10, 0x100, 0x200
(POLICY_GET, POLICY_SET, POLICY_NTF, STATUS_GET, COUNTERS_GET, COUNTERS_RESET, RESET_NTF, HITS_LISTEN,
 HIT_NTF, SOURCES_GET, SOURCES_RESET) = range(1, 12)
NEWFAMILY, DELFAMILY = 1, 2
NOTIFY, POLICY_GROUP, HITS_GROUP = 16, 9, 10
EPERM, ENOENT, ENOMEM, EBUSY, EINVAL, ENOBUFS, EOPNOTSUPP = 1, 2, 12, 16, 22, 105, 95
# Attributes of a policy.
(GENERATION, EXPECTED, IN, FORWARD, OUT, REPLIES, LOG_RATE, LOG_PER, LOG_BURST, LOG_TARGET,
 LOG_GROUP, ALLOW, HIT_RATE, HIT_PER, HIT_BURST, SOURCES) = range(1, 17)


def attr(kind, data):
    return struct.pack("=HH", len(data) + 4, kind) + data + bytes(-len(data) % 4)


def u32(kind, value):
    return attr(kind, struct.pack("=I", value))


def u64(kind, value):
    return attr(kind, struct.pack("=Q", value))


def attrs(data):
    """(type, payload, offset) of each attribute."""
    at = 0
    while at + 4 <= len(data):
        size, kind = struct.unpack_from("=HH", data, at)
        yield kind & 0x3fff, data[at + 4:at + size], at
        at += (size + 3) & ~3


def prefix(text):
    net = ipaddress.ip_network(text)
    return attr(ALLOW | 0x8000,
                attr(1, net.network_address.packed) + attr(2, bytes([net.prefixlen])))


def counter(direction, family, packets, size, protocol=None, verdict=None):
    body = u32(2, direction) + u32(3, family)
    if protocol is not None:
        body += u32(4, protocol) + u32(5, verdict)
    return body + u64(6, packets) + u64(7, size)


def source(address, packets, error=0, size=None, direction=0, length=None, first=1700000000, last=1700000060,
           protocols=1, verdicts=1, ports=(688, 40112), uid=None, comm=None, early=False):
    """A message about a source. `ports` are the local and the remote one, or None."""
    address = ipaddress.ip_address(address)
    body = (u32(4, direction) + u32(5, address.version) + attr(6, address.packed) +
            attr(7, bytes([length or (32 if address.version == 4 else 64)])) + u64(8, packets) + u64(9, error) +
            u64(10, packets * 60 if size is None else size) + u64(11, first) + u64(12, last) +
            u32(13, protocols) + u32(14, verdicts))
    if ports:
        body += attr(15, struct.pack("=H", ports[0])) + attr(16, struct.pack("=H", ports[1]))
    if uid is not None:
        body += u32(17, uid)
    if comm is not None:
        body += attr(18, comm + b"\0")
    return body + (attr(19, b"") if early else b"")


# type -> payload of each attribute that occurs once
DEFAULTS = {IN: 1, FORWARD: 1, OUT: 1, REPLIES: 1, LOG_RATE: 10, LOG_PER: 0, LOG_BURST: 20, LOG_TARGET: 0,
            HIT_RATE: 50000, HIT_PER: 0, HIT_BURST: 50000, SOURCES: 256}

HIT = dict(cpu=2, seq=3, suppressed=4, time=5, boot_time=6, direction=7, family=8, protocol=9, verdict=10, reason=11,
           source=12, source_port=13, destination=14, destination_port=15, original_source=16,
           original_source_port=17, original_destination=18, original_destination_port=19, in_ifindex=20,
           in_ifname=21, out_ifindex=22, out_ifname=23, packets=24, bytes=25, tcp_flags=26, uid=27, cookie=28,
           cgroup=29, pid=30, comm=31)
# A visit that is met in `in`.
TCP = dict(cpu=0, seq=1, suppressed=0, time=1700000000123456789, boot_time=987654321, direction=0, family=4, protocol=6,
           verdict=1, source="198.51.100.7", source_port=40112, destination="192.0.2.1", destination_port=688,
           in_ifindex=2, in_ifname="eth0", packets=1, bytes=60, tcp_flags=2)


def hit(**values):
    """The attributes of a hit; what is not named is TCP's, and what is None is absent."""
    body = b""
    for name, value in {**TCP, **values}.items():
        if value is None:
            continue
        if isinstance(value, bytes):
            data = value
        elif name.endswith(("source", "destination")):
            data = ipaddress.ip_address(value).packed
        elif name.endswith("name") or name == "comm":
            data = value.encode() + b"\0"
        elif name in ("seq", "suppressed", "time", "boot_time", "cookie", "cgroup"):
            data = struct.pack("=Q", value)
        else:
            data = struct.pack("=H" if name.endswith("port") else "=B" if name == "tcp_flags" else "=I", value)
        body += attr(HIT[name], data)
    return body


class Kernel:
    def __init__(self, path):
        self.path = path
        self.loaded = True
        self.abi = 1
        self.version = b"0.1.0\0"
        self.generation = 1
        self.policy = dict(DEFAULTS)
        # the attributes that an older module does not know
        self.lacks = set()
        self.allow = []
        self.counters = []
        self.truncated = []
        self.sources = []
        self.threshold = self.unrecorded = 0
        self.last_visit = None
        self.log = (0, 0)
        self.hits = (0, 0, 0)
        # command -> (errno, text, the bad attribute or None)
        self.refuse = {}
        # how many policy-sets are answered with EBUSY
        self.busy = 0
        # how many dumps are interrupted
        self.torn = 0
        # command -> function that spoils the attributes of the answer
        self.spoil = {}
        # raw packets to send before an answer, or functions that make them
        self.noise = []
        # does an error omit the request that it answers?
        self.capped = True
        self.seen = []
        self.trouble = None
        # cpu -> (seq, suppressed), the answer to hits-listen, or a function that makes it; None keeps it back
        self.positions = {}
        # The groups that a socket has joined, and the socket itself.
        self.joined = set()
        self.listener = None
        self.family = FAMILY
        self.lock = threading.Lock()

    def __enter__(self):
        self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self.socket.bind(self.path)
        self.socket.listen()
        threading.Thread(target=self.accept, daemon=True).start()
        return self

    def __exit__(self, *exc):
        self.socket.shutdown(socket.SHUT_RDWR)
        self.socket.close()
        assert self.trouble is None, self.trouble

    def accept(self):
        while True:
            try:
                peer, _ = self.socket.accept()
            except OSError:
                return
            threading.Thread(target=self.converse, args=[peer], daemon=True).start()

    def converse(self, peer):
        """Serves one socket of the tool. Messages are served one at a time."""
        with peer:
            while True:
                try:
                    request = peer.recv(65536)
                    if not request:
                        return
                    with self.lock:
                        if request[:1] in (b"+", b"-") and len(request) == 5:
                            self.member(peer, request[:1], struct.unpack("=I", request[1:])[0])
                        else:
                            self.serve(peer, request)
                except ConnectionError:
                    return
                except Exception as e:  # raised when the test ends
                    self.trouble = e
                    return

    def member(self, peer, change, group):
        self.listener = peer
        (self.joined.add if change == b"+" else self.joined.discard)(group)

    def message(self, kind, body, flags=0, seq=None, portid=PORTID):
        return struct.pack("=IHHII", len(body) + 16, kind, flags,
                           self.seq if seq is None else seq, portid) + body

    def answer(self, peer, cmd, body, flags=0):
        if cmd in self.spoil:
            body = self.spoil[cmd](body)
        peer.send(self.message(self.family, struct.pack("=BBH", cmd, self.abi, 0) + body, flags))

    def end(self, peer, errno=0, text=None, bad=None, missing=None):
        capped = self.capped or not errno
        body = struct.pack("=i", -errno) + self.request[:16 if capped else None]
        flags = CAPPED if capped else 0
        if text is not None:
            body += attr(1, text.encode() + b"\0")
        if bad is not None:
            body += u32(2, bad)
        if missing is not None:
            body += u32(5, missing)
        if text or bad or missing:
            flags |= ACK_TLVS
        peer.send(self.message(ERROR, body, flags))

    def serve(self, peer, request):
        self.request = request
        _, kind, flags, self.seq, _ = struct.unpack_from("=IHHII", request)
        assert flags & 5 == 5, "NLM_F_REQUEST and NLM_F_ACK"
        cmd = request[16]
        for packet in self.noise:
            peer.send(packet() if callable(packet) else packet)
        if kind == CTRL:
            return self.families(peer)
        if not self.loaded or kind != self.family:
            return self.end(peer, ENOENT)
        self.seen.append(cmd)
        if cmd in self.refuse:
            errno, text, bad = self.refuse[cmd]
            if bad is not None:
                bad = [20 + at for t, _, at in attrs(request[20:]) if t == bad][-1]
            return self.end(peer, errno, text, bad)
        return {POLICY_GET: self.policy_get, POLICY_SET: self.policy_set,
                STATUS_GET: self.status_get, COUNTERS_GET: self.counters_get,
                COUNTERS_RESET: self.counters_reset, HITS_LISTEN: self.hits_listen,
                SOURCES_GET: self.sources_get, SOURCES_RESET: self.sources_reset}[cmd](peer, request[20:])

    def about(self, cmd, name, number, version, groups, **more):
        """What the controller says about a family."""
        nest = b"".join(attr(i, attr(1, group + b"\0") + u32(2, n)) for i, (group, n) in enumerate(groups.items(), 1))
        return self.message(CTRL, struct.pack("=BBH", cmd, 2, 0) + attr(2, name + b"\0") +
                            attr(1, struct.pack("=H", number)) + u32(3, version) + attr(7, nest), **more)

    def own(self, cmd=NEWFAMILY, **more):
        return self.about(cmd, b"ghost688", self.family, self.abi, {b"policy": POLICY_GROUP, b"hits": HITS_GROUP}, **more)

    def families(self, peer):
        packet = self.about(NEWFAMILY, b"nlctrl", CTRL, 2, {b"notify": NOTIFY}, flags=MULTI)
        if self.loaded:
            packet += self.own(flags=MULTI)
        peer.send(packet + self.about(NEWFAMILY, b"ghost688x", 99, 7, {b"policy": 98, b"hits": 97}, flags=MULTI))
        self.done(peer)

    def done(self, peer):
        flags = MULTI
        if self.torn:
            self.torn -= 1
            flags |= DUMP_INTR
        peer.send(self.message(DONE, struct.pack("=i", 0), flags))

    def policy_get(self, peer, _):
        body = u32(GENERATION, self.generation)
        for kind, value in self.policy.items():
            if kind in self.lacks:
                continue
            body += attr(kind, struct.pack("=H" if kind == LOG_GROUP else "=I", value))
        self.answer(peer, POLICY_GET, body + b"".join(self.allow))
        self.end(peer)

    def policy_set(self, peer, body):
        if self.busy:
            self.busy -= 1
            self.generation += 1
        new, allow = {}, []
        for kind, data, at in attrs(body):
            if kind == EXPECTED:
                if struct.unpack("=I", data)[0] != self.generation:
                    return self.end(peer, EBUSY, "the policy has changed", 20 + at)
            elif kind in self.lacks:
                return self.end(peer, EINVAL, "Unknown attribute type", 20 + at)
            elif kind == ALLOW:
                assert struct.unpack_from("=H", body, at + 2)[0] & 0x8000, "NLA_F_NESTED"
                allow.append(attr(ALLOW | 0x8000, data))
            else:
                new[kind], = struct.unpack("=H" if kind == LOG_GROUP else "=I", data)
        for kind in (IN, FORWARD, OUT):
            if kind not in new:
                return self.end(peer, EINVAL, "in, forward and out are needed", missing=kind)
        defaults = {kind: value for kind, value in DEFAULTS.items() if kind not in self.lacks}
        self.policy, self.allow = {**defaults, **new}, allow
        self.generation += 1
        return self.end(peer)

    def status_body(self):
        body = u64(8, self.log[0]) + u64(9, self.log[1]) + b"".join(u64(12 + i, n) for i, n in enumerate(self.hits))
        return body + b"".join(attr(10 | 0x8000, row) for row in self.truncated)

    def status_get(self, peer, _):
        body = attr(2, self.version) + u32(3, self.generation)
        for kind in (IN, FORWARD, OUT):
            body += u32(kind + 1, self.policy[kind])
        if self.last_visit is not None:
            body += u64(7, self.last_visit)
        self.answer(peer, STATUS_GET, body + self.status_body())
        self.end(peer)

    def counters_get(self, peer, _):
        for row in self.counters:
            self.answer(peer, COUNTERS_GET, row, MULTI)
        self.done(peer)

    def counters_reset(self, peer, _):
        body = self.status_body() + b"".join(attr(11 | 0x8000, row) for row in self.counters)
        self.counters, self.truncated, self.log, self.hits = [], [], (0, 0), (0, 0, 0)
        self.answer(peer, COUNTERS_RESET, body)
        self.end(peer)

    def sources_get(self, peer, _, cmd=SOURCES_GET):
        for row in [u64(2, self.threshold) + u64(3, self.unrecorded), *self.sources]:
            self.answer(peer, cmd, row, MULTI)
        self.done(peer)

    def sources_reset(self, peer, body):
        self.sources_get(peer, body, SOURCES_RESET)
        self.sources, self.threshold, self.unrecorded = [], 0, 0

    def hits_listen(self, peer, _):
        positions = self.positions() if callable(self.positions) else self.positions
        if positions is not None:
            self.answer(peer, HITS_LISTEN, b"".join(
                attr(1 | 0x8000, u32(2, cpu) + u64(3, seq) + u64(4, suppressed))
                for cpu, (seq, suppressed) in positions.items()))
        self.end(peer)

    def until(self, condition):
        """Waits for something that the tool does."""
        for _ in range(2000):
            if condition():
                return
            time.sleep(.01)
        raise AssertionError("the tool did not do it")

    def announce(self, *packets):
        """Sends packets to the tool's listening socket: bytes, or (command, attributes)."""
        self.until(lambda: {NOTIFY, POLICY_GROUP, HITS_GROUP} <= self.joined)
        with self.lock:
            for packet in packets:
                if isinstance(packet, tuple):
                    cmd, body = packet
                    packet = self.message(self.family, struct.pack("=BBH", cmd, self.abi, 0) + body, 0, 0, 0)
                self.listener.send(packet)

    def visit(self, *hits):
        """Announces hits, each a dictionary for hit()."""
        self.announce(*((HIT_NTF, hit(**values)) for values in hits))

    def unload(self):
        with self.lock:
            self.loaded = False
            self.joined -= {POLICY_GROUP, HITS_GROUP}
            self.listener.send(self.own(DELFAMILY, seq=0, portid=0))

    def load(self):
        with self.lock:
            self.loaded, self.family, self.positions = True, self.family + 1, {}
            self.listener.send(self.own(seq=0, portid=0))
