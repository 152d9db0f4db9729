# SPDX-License-Identifier: GPL-2.0-only
"""Whom a hit in `out` names: the socket's owner, and the process only while it sends."""
import contextlib
import fcntl
import os
import signal
import socket
import struct

import pytest

from lib import genl
from lib.child import CLONE_NEWUSER, Child, become_nobody, unshare
from lib.dialogue import ACK, PUSH, RST, SYN, SYN_ACK, ports, stream
from lib.forge import leave_nothing, segment
from lib.hits import Listener
from lib.netns import libc, setns, until
from lib.tap import IFF_NO_PI, TUNSETIFF
from lib.wire import PORT

CLONE_NEWPID = 0x20000000
IFF_TUN = 1
OWNER = {"uid", "cookie", "cgroup", "pid", "comm"}


def as_user(netns, uid, function, *arguments):
    """Runs a function in another process, as a user who has no privilege, in that namespace."""
    def child():
        setns(netns.descriptor)
        os.setresuid(uid, uid, uid)
        return function(*arguments)
    return Child(child)


def heard(listener, count=1):
    """All hits, once there are so many."""
    found = []

    def enough():
        found.extend(listener.hits())
        return len(found) >= count
    until(enough, what=f"{count} hits")
    return found


def test_out_names_who_connects(street):
    """The acknowledgement of the answer is sent by softirq, and names the owner alone."""
    def connect():
        with socket.socket() as sock:
            sock.connect((street.h0.ipv4, PORT))
            leave_nothing(sock)
        return os.getpid()
    with Listener(street.visitor) as listener, stream(street.host, (street.h0.ipv4, PORT)) as server:
        server.listen()
        pid = as_user(street.visitor, 4242, connect).result()
        found = heard(listener, 3)
    assert {hit["uid"] for hit in found} == {4242}
    assert len({hit["cookie"] for hit in found}) == 1
    named = {hit["tcp_flags"]: hit.get("pid") for hit in found}
    assert named[SYN] == pid
    assert {hit.get("pid", pid) for hit in found} == {pid}
    assert all(("pid" in hit) == ("comm" in hit) for hit in found)
    assert any(flags & RST and who == pid for flags, who in named.items())


@contextlib.contextmanager
def serving(street, end, uid=4343, answer=b""):
    """A process of that user listens. It answers each client and resets the connection. Yields its PID."""
    told, ready = os.pipe()

    def serve():
        with socket.socket() as server:
            server.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            server.bind(end)
            server.listen()
            os.write(ready, b"x")
            while True:
                client, _ = server.accept()
                with client:
                    client.sendall(answer)
                    client.recv(1)
                    leave_nothing(client)
    child = as_user(street.host, uid, serve)
    os.close(ready)
    assert os.read(told, 1) == b"x"
    os.close(told)
    try:
        yield child.pid
    finally:
        os.kill(child.pid, signal.SIGKILL)
        os.waitpid(child.pid, 0)
        os.close(child.pipe)


def test_a_servers_answers_name_it_and_its_listeners_do_not(street, host):
    host.set("count", replies=genl.MATCH)
    port = next(ports)
    with serving(street, (street.h0.ipv4, port), answer=b"hello") as pid, Listener(street.host) as listener:
        with stream(street.visitor, (street.v0.ipv4, PORT)) as client:
            leave_nothing(client)
            client.connect((street.h0.ipv4, port))
            assert client.recv(5) == b"hello"
            client.send(b"x")
            found = heard(listener, 3)
            while not any(hit["tcp_flags"] & RST for hit in found):
                found += heard(listener)
    out = [hit for hit in found if hit["destination_port"] == PORT]
    assert {hit["uid"] for hit in out} == {4343}
    assert {hit.get("pid", pid) for hit in out} == {pid}
    answer, = (hit for hit in out if hit["tcp_flags"] == SYN_ACK)
    assert not {"pid", "comm"} & set(answer)
    assert [hit.get("pid") for hit in out if hit["tcp_flags"] & (PUSH & ~ACK | RST)] == [pid, pid]


def test_a_reset_that_no_socket_sends_has_no_owner(street, host):
    host.set("count", replies=genl.MATCH)
    with Listener(street.host) as listener:
        street.inject([segment((street.v0.ipv4, PORT), (street.h0.ipv4, 7), 1, 0, SYN)])
        street.settle()
        hit = listener.hit()
    assert hit["tcp_flags"] & RST and not OWNER & set(hit)


def test_who_writes_a_packet_to_a_tun_device_is_not_who_answers_it(street, host):
    """The listener's answer leaves while the writer's write() runs."""
    host.set("count", replies=genl.MATCH)
    port = next(ports)
    os.makedirs("/dev/net", exist_ok=True)
    with serving(street, ("0.0.0.0", port)), Listener(street.host) as listener:
        with street.host.entered():
            street.host.run("modprobe", "tun", check=False)
            if not os.path.exists("/dev/net/tun"):
                os.mknod("/dev/net/tun", 0o20666, os.makedev(10, 200))
            tun = os.open("/dev/net/tun", os.O_RDWR)
        try:
            fcntl.ioctl(tun, TUNSETIFF, struct.pack("16sH22x", b"tun688", IFF_TUN | IFF_NO_PI))
            street.host.run("ip", "addr", "add", "10.88.9.1/24", "dev", "tun688")
            street.host.run("ip", "link", "set", "tun688", "up")
            os.write(tun, segment(("10.88.9.2", PORT), ("10.88.9.1", port), 1, 0, SYN))
            hit, = heard(listener)
        finally:
            os.close(tun)
    assert (hit["direction"], hit["tcp_flags"], hit["out_ifname"], hit["uid"]) == (2, SYN_ACK, "tun688", 4343)
    assert not {"pid", "comm"} & set(hit)


def test_root_of_a_user_namespace_is_named_as_who_it_is_outside(street):
    def send():
        unshare(CLONE_NEWUSER)
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
            sock.sendto(b"x", (street.h0.ipv4, PORT))
        return os.getpid()
    with Listener(street.visitor) as listener:
        pid = as_user(street.visitor, 4242, send).result()
        hit = listener.hit()
    assert (hit["uid"], hit["pid"]) == (4242, pid)


def visit(street):
    """A visit from a process of its own. Returns its PID."""
    def send():
        with street.visitor.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
            sock.sendto(b"x", (street.h0.ipv4, PORT))
        return os.getpid()
    return Child(send).result()


def test_listeners_in_two_pid_namespaces_hear_no_pid(street):
    """One number would mean another process to one of them."""
    def inner():
        with Listener(street.visitor) as listener:
            os.write(ready, b"x")
            os.read(go, 1)
            hit, = listener.hits()
            os.write(ready, b"x")
            os.read(go, 1)
            return [hit, *listener.hits()]

    def outer():
        unshare(CLONE_NEWPID)
        return Child(inner).result()
    told, ready = os.pipe()
    go, start = os.pipe()
    with Listener(street.visitor) as listener:
        child = Child(outer)
        os.read(told, 1)
        visit(street)
        both = listener.hit()
        os.write(start, b"x")
        os.read(told, 1)
    # Now only the inner one listens, who does not see the sender.
    visit(street)
    os.write(start, b"x")
    first, second = child.result()
    with Listener(street.visitor) as listener:
        pid = visit(street)
        alone = listener.hit()
    for end in told, ready, go, start:
        os.close(end)
    assert "pid" not in both and both["comm"]
    assert first == both
    assert "pid" not in second and second["comm"] == both["comm"]
    assert alone["pid"] == pid


NET_BROADCAST, NET_ADMIN = 11, 12
NETLINK_LISTEN_ALL_NSID = 8


def keep(capability):
    """Becomes nobody, with one capability."""
    assert libc.prctl(8, 1, 0, 0, 0) == 0	# PR_SET_KEEPCAPS
    become_nobody()
    bit = 1 << capability
    header, data = struct.pack("Ii", 0x20080522, 0), struct.pack("6I", bit, bit, 0, 0, 0, 0)
    assert libc.capset(header, data) == 0


@pytest.mark.parametrize("capability,joins", [(NET_BROADCAST, False), (NET_ADMIN, True)])
def test_the_right_to_hear_other_namespaces_is_not_the_right_to_hear_hits(street, capability, joins):
    def join():
        keep(capability)
        with genl.Socket() as sock:
            if not joins:
                sock.socket.setsockopt(genl.SOL_NETLINK, NETLINK_LISTEN_ALL_NSID, 1)
            try:
                sock.join("hits")
            except PermissionError:
                return False
            return True
    with street.host.entered():
        assert Child(join).result() is joins
