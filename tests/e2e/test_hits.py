# SPDX-License-Identifier: GPL-2.0-only
"""Hits: one message for each visit, to those who listen in this namespace."""
import errno
import fcntl
import os
import socket
import struct

import pytest

from lib import genl, ghost, hits, wire
from lib.child import CLONE_NEWNET, CLONE_NEWUSER, Child, become_nobody, unshare
from lib.flood import Flood
from lib.ghost import scaled
from lib.hits import Listener
from lib.netns import Netns, run, until
from lib.topology import SILENT
from lib.wire import FAMILIES, PORT, PROTOCOLS

EVERY = [(protocol, family) for protocol in PROTOCOLS for family in FAMILIES]


@pytest.mark.parametrize("protocol,family", EVERY)
def test_a_hit_says_what_the_packet_is_in_each_direction(street, protocol, family):
    packet = wire.packet(protocol, street.v0.address(family), street.h0.address(family), payload=b"x" * 33)
    listeners = [Listener(netns) for netns in street.namespaces]
    before = hits.now()
    wire.send(street.visitor, packet)
    street.settle()
    found = [[hit for hit in listener.hits() if hit.get("destination_port") == PORT] for listener in listeners]
    after = hits.now()
    for direction, (hit,), (inward, outward) in zip(
            (2, 1, 0), found, (("", "v0"), ("r1", "r2"), ("h0", ""))):
        assert (hit["direction"], hit["family"], hit["protocol"]) == (direction, family, wire.PROTOCOLS[protocol])
        assert (hit["source"], hit["destination"]) == (street.v0.address(family), street.h0.address(family))
        assert (hit["source_port"], hit["destination_port"]) == (40000, PORT)
        assert (hit["packets"], hit["bytes"], hit["verdict"]) == (1, len(packet), 0)
        assert (hit.get("in_ifname", ""), hit.get("out_ifname", "")) == (inward, outward)
        assert before[0] <= hit["time"] <= after[0] and before[1] <= hit["boot_time"] <= after[1]
        assert ("tcp_flags" in hit) == (protocol == "tcp")
        assert not {"reason", "original_source"} & set(hit)
    for listener in listeners:
        listener.genl.socket.close()


def test_interfaces_are_told_by_index_too(street):
    with Listener(street.router) as listener:
        street.inject([wire.packet("udp", street.v0.ipv4, street.h0.ipv4)])
        street.settle()
        hit = listener.hit()
    with street.router.entered():
        assert (hit["in_ifindex"], hit["out_ifindex"]) == (socket.if_nametoindex("r1"), socket.if_nametoindex("r2"))


@pytest.mark.parametrize("flags", [0x02, 0x29, 0x3f, 0x00])
def test_tcp_flags_are_those_of_the_packet(street, host, flags):
    with Listener(street.host) as listener:
        host.set("drop")
        street.inject([wire.packet("tcp", SILENT[4], street.h0.ipv4, tcp_flags=flags)])
        street.settle()
        hit = listener.hit()
    assert (hit["tcp_flags"], hit["verdict"]) == (flags, 1)


def test_an_allowed_packet_says_so(street, host):
    host.set("drop", allow=[f"{SILENT[4]}/32"])
    with Listener(street.host) as listener:
        street.inject([wire.packet("udp", SILENT[4], street.h0.ipv4)])
        street.settle()
        hit = listener.hit()
    assert (hit["verdict"], hit["reason"]) == (3, hits.ALLOWED)


def test_a_truncated_packet_has_no_ports(street, host):
    short = wire.ipv4(SILENT[4], street.h0.ipv4, 17, b"\1\2\3")
    with Listener(street.host) as listener:
        street.inject([short])
        street.settle()
        hit = listener.hit()
    assert (hit["reason"], hit["source"], hit["bytes"]) == (hits.TRUNCATED, SILENT[4], len(short))
    assert not {"protocol", "source_port", "destination_port", "tcp_flags"} & set(hit)


def test_without_a_listener_nothing_is_built(street, host):
    street.inject([wire.packet("udp", SILENT[4], street.h0.ipv4)] * 3)
    street.settle()
    assert [host.status()[key] for key in ("visits", "hits-sent", "hits-suppressed", "hits-lost")] == [3, 0, 0, 0]


def test_a_listener_elsewhere_costs_this_namespace_nothing(street, host, router):
    with Listener(street.host), Listener(street.router, listen=False) as joined:
        street.inject([wire.packet("udp", SILENT[4], street.h0.ipv4)] * 3)
        street.settle()
        assert joined.genl.events() == []
    assert (router.status()["visits"], router.status()["hits-sent"], router.status()["hits-lost"]) == (3, 0, 0)
    assert host.status()["hits-sent"] == 3


def test_the_last_listener_switches_them_off(street, host):
    first, second = Listener(street.host), Listener(street.host)
    for listener, sent in (first, 1), (second, 2), (None, 2):
        street.inject([wire.packet("udp", SILENT[4], street.h0.ipv4)])
        street.settle()
        assert host.status()["hits-sent"] == sent
        if listener:
            assert len(listener.hits()) == sent
            listener.genl.socket.close()
    with Listener(street.host) as again:
        assert again.positions == {}


def test_asking_twice_is_asking_once(street, host):
    with Listener(street.host) as listener:
        listener.ask()
        street.inject([wire.packet("udp", SILENT[4], street.h0.ipv4)])
        street.settle()
        assert listener.hit()["seq"] == 1
    street.inject([wire.packet("udp", SILENT[4], street.h0.ipv4)])
    street.settle()
    assert (host.status()["hits-sent"], host.status()["hits-lost"]) == (1, 0)


def send_as(netns, uid, address):
    def sender():
        with open("/proc/self/comm", "w", encoding="ascii") as file:
            file.write("a tripping one")
        os.setresuid(uid, uid, uid)
        sock.sendto(b"x", (address, PORT))
        return os.getpid()
    with netns.entered():
        sock = socket.socket(socket.AF_INET6 if ":" in address else socket.AF_INET, socket.SOCK_DGRAM)
        os.fchown(sock.fileno(), uid, -1)
        return Child(sender).result()


@pytest.mark.parametrize("family", FAMILIES)
def test_out_names_who_sent(street, family):
    with Listener(street.visitor) as listener:
        pid = send_as(street.visitor, 4242, street.h0.address(family))
        hit = listener.hit()
    assert (hit["uid"], hit["pid"], hit["comm"]) == (4242, pid, "a tripping one")
    assert hit["cookie"] > 0
    assert hit["cgroup"] == os.stat("/sys/fs/cgroup/unified" if os.path.isdir("/sys/fs/cgroup/unified")
                                    else "/sys/fs/cgroup").st_ino or hit["cgroup"] > 0


def test_what_no_process_here_sends_has_no_owner(street):
    with Listener(street.host) as listener:
        street.inject([wire.packet("udp", SILENT[4], street.h0.ipv4)])
        street.settle()
        assert not {"uid", "pid", "comm", "cookie", "cgroup"} & set(listener.hit())


def test_a_packet_given_back_by_nfqueue_is_not_its_daemons(street):
    """The daemon's process runs our hook then. The socket is still the sender's."""
    street.visitor.run("nft", "table ip q { chain o { type filter hook output priority raw; udp dport 688 queue; }; }")
    try:
        with Listener(street.visitor) as listener:
            verdicts = queue_daemon(street.visitor)
            send_as(street.visitor, 4242, street.h0.ipv4)
            until(lambda: listener.found or listener.ask() is not None and listener.found, timeout=20, what="a hit")
            verdicts.terminate()
            verdicts.wait()
            hit = listener.hit()
        assert hit["uid"] == 4242
        assert not {"pid", "comm"} & set(hit)
    finally:
        street.visitor.run("nft", "delete table ip q")


def queue_daemon(netns):
    """Accepts every packet of queue 0, one by one, from a process of its own."""
    import subprocess
    import sys
    code = """if True:
        import socket, struct
        s = socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, 12)
        s.bind((0, 0))
        def tell(kind, *attributes):
            body = struct.pack(">BBH", 0, 0, 0) + b"".join(
                struct.pack("=HH", 4 + len(d), t) + d + bytes(-len(d) % 4) for t, d in attributes)
            s.send(struct.pack("=IHHII", 16 + len(body), 3 << 8 | kind, 1, 1, 0) + body)
        tell(2, (1, struct.pack(">BBH", 1, 0, 0)))
        tell(2, (2, struct.pack(">IB", 65535, 2)))
        print("ready", flush=True)
        while True:
            data = s.recv(65536)
            at = 20
            while at + 4 <= len(data):
                size, kind = struct.unpack_from("=HH", data, at)
                if kind & 0x3fff == 1:
                    number, = struct.unpack_from(">I", data, at + 4)
                    tell(1, (2, struct.pack(">II", 1, number)))
                    break
                at += size + 3 & ~3
    """
    with netns.entered():
        daemon = subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True)
    assert daemon.stdout.readline() == "ready\n"
    return daemon


def test_sent_suppressed_and_lost_are_all_visits_while_nobody_reads(street, host):
    """The listener's buffer is small, and it reads nothing during the flood."""
    with Listener(street.host, buffer=1 << 16) as listener:
        with Flood(street.visitor, street.h0.ipv4) as flood:
            flood.wait(scaled(20000))
        street.settle()
        status = hits.accounted(host, flood.sent)
        assert status["hits-lost"] > 0
        read = [hits.decode(a) for c, a in listener.genl.events() if c == genl.HIT]
        assert len(read) == status["hits-sent"]
        after = listener.ask()
        assert hits.missed(read, {}, after) == status["hits-lost"]
        assert hits.suppressed({}, after) == status["hits-suppressed"]


def test_a_reset_reports_hits_once(street, host):
    with Listener(street.host):
        street.inject([wire.packet("udp", SILENT[4], street.h0.ipv4)] * 5)
        street.settle()
        answer = dict(host.ask(genl.RESET)[0])
        assert genl.number(answer[genl.S_SENT]) == 5
        assert host.status()["hits-sent"] == 0
        street.inject([wire.packet("udp", SILENT[4], street.h0.ipv4)] * 2)
        street.settle()
        assert host.status()["hits-sent"] == 2


def test_resets_are_announced_with_policies(street, host):
    with Listener(street.host, groups=("policy",), listen=False) as listener:
        host.reset()
        host.set("drop")
        assert [(command, dict(told).get(1)) for command, told in listener.genl.events()][0] == \
            (genl.RESET_NTF, b"\0\0\0\0")


def test_listening_and_joining_take_the_privilege(street):
    def as_nobody():
        become_nobody()
        with genl.Socket() as sock:
            for what in (lambda: sock.ask(genl.LISTEN), lambda: sock.join("hits")):
                try:
                    what()
                except OSError as error:
                    yield error.errno
            sock.join("policy")
    with street.host.entered():
        assert Child(lambda: list(as_nobody())).result() == [errno.EPERM, errno.EPERM]


def occupier(ready, go):
    """Joins every group number, as nobody. Returns how many could be joined, and how much was heard."""
    become_nobody()
    joined = heard = 0
    with socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, genl.NETLINK_GENERIC) as sock:
        sock.bind((0, 0))
        for number in range(1, 2000):
            try:
                sock.setsockopt(genl.SOL_NETLINK, genl.NETLINK_ADD_MEMBERSHIP, number)
                joined += 1
            except OSError:
                pass
        os.write(ready, b"x")
        os.read(go, 1)
        sock.setblocking(False)
        try:
            while True:
                # What the controller tells of families is for everybody.
                heard += sum(kind != 16 for kind, _, _ in genl.messages(sock.recv(1 << 18)))
        except BlockingIOError:
            return joined, heard


def test_who_joins_while_the_module_is_away_hears_nothing_when_it_is_back(init):
    ghost.rmmod()
    (told, ready), (go, start) = os.pipe(), os.pipe()
    child = Child(occupier, ready, go)
    os.close(ready)
    os.read(told, 1)
    ghost.insmod()
    with Listener(init.netns) as listener, socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        sock.sendto(b"x", ("127.0.0.1", PORT))
        assert len(listener.hits()) == 2
    os.write(start, b"x")
    joined, heard = child.result()
    assert joined > 1 and heard == 0


def up(device):
    """Without a program: root of a user namespace that maps no ids cannot start one with its privilege."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        fcntl.ioctl(sock, 0x8914, struct.pack("16sh14x", device.encode(), 1))


def test_root_of_a_child_namespace_hears_its_own_alone(street, host):
    def stranger():
        unshare(CLONE_NEWUSER | CLONE_NEWNET)
        up("lo")
        netns = Netns(None)
        with Listener(netns) as listener:
            os.write(ready, b"x")
            os.read(go, 1)
            with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
                sock.sendto(b"x", ("127.0.0.1", PORT))
            return [(hit["direction"], hit["source"]) for hit in listener.hits()]
    told, ready = os.pipe()
    go, start = os.pipe()
    child = Child(stranger)
    os.close(ready)
    os.read(told, 1)
    street.inject([wire.packet("udp", SILENT[4], street.h0.ipv4)])
    street.settle()
    os.write(start, b"x")
    assert child.result() == [(2, "127.0.0.1"), (0, "127.0.0.1")]
    assert (host.status()["visits"], host.status()["hits-sent"], host.status()["hits-lost"]) == (1, 0, 0)


def test_the_module_goes_while_somebody_listens(street, host):
    with Listener(street.host) as listener, Flood(street.visitor, street.h0.ipv4) as flood:
        flood.wait(scaled(2000))
        ghost.rmmod()
        ghost.insmod()
        with Listener(street.host) as again:
            flood.wait(scaled(2000))
            assert again.hits()
        with pytest.raises(OSError):
            listener.ask()


def test_a_namespace_dies_with_hits_queued(module):
    for _ in range(5):
        def dying():
            unshare(CLONE_NEWNET)
            run("ip", "link", "set", "lo", "up")
            listener = Listener(Netns(None))
            with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
                for _ in range(scaled(500)):
                    sock.sendto(b"x", ("127.0.0.1", PORT))
            del listener
        Child(dying).result()
