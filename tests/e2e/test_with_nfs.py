# SPDX-License-Identifier: GPL-2.0-only
"""NFS clients whose reserved port is 688. A drop of that port must not hurt them.

visitor mounts what host exports. So answers are `out` in host, `forward` in router and `in` in visitor.
"""
import os
import random
import re
import socket

import pytest

from lib import genl, nfs, rpc, wire
from lib.conntrack import MEANS
from lib.dialogue import shut, through
from lib.flood import deep_backlog
from lib.ghost import SLOW, Ghost
from lib.netns import until
from lib.topology import Street, offloads

SIZE = 50 // SLOW << 20
BLOCK = random.Random(688).randbytes(1 << 20)


@pytest.fixture(scope="module")
def _street():
    """A street for NFS alone, because sockets of the kernel's NFS on port 688 prevent other tests from binding it."""
    if not nfs.here():
        pytest.skip("this kernel has no NFS")
    street = Street("nfs-")
    with nfs.server(street.host):
        yield street
    street.close()


def is_over(netns):
    """Is every connection with a port 688 over? TIME_WAIT is 6, LISTEN 10."""
    lines = [line.split() for table in ("tcp", "tcp6") for line in netns.read(f"/proc/net/{table}").splitlines()[1:]]
    return all(words[3] in ("06", "0A") for words in lines if ":02B0" in words[1] + words[2])


@pytest.fixture
def export(street, tmp_path):
    """Where to mount. Packets may be large, and mounts are made from port 688."""
    deep_backlog()
    for port in street.v0, street.r1, street.r2, street.h0:
        offloads(port, True)
    path = tmp_path / "mount"
    path.mkdir()
    with nfs.reserved_port(688):
        yield path
    for netns in street.visitor, street.host:
        Ghost(netns).set("off")
        until(lambda netns=netns: is_over(netns), timeout=60, what="the end of all connections")
    for port in street.v0, street.r1, street.r2, street.h0:
        offloads(port, False)


def write(path, size):
    with open(path, "wb") as file:
        for number in range(size >> 20):
            file.write(number.to_bytes(8, "big") + BLOCK[8:])
        os.fsync(file.fileno())


def read_back(path, size):
    """Reads from the server, not from the client's cache."""
    with open(path, "rb") as file:
        os.posix_fadvise(file.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)
        for number in range(size >> 20):
            assert file.read(1 << 20) == number.to_bytes(8, "big") + BLOCK[8:], f"block {number}"
        assert not file.read(1)


def use(path, size):
    write(path / "file", size)
    read_back(path / "file", size)
    os.unlink(path / "file")


def verdicts(ghost):
    return {(direction, verdict) for direction, _, _, verdict in ghost.rows()}


@pytest.mark.parametrize("means", MEANS)
@pytest.mark.parametrize("family", wire.FAMILIES)
@pytest.mark.parametrize("version", ["4.2", "3,nolock", "3,nolock,mountproto=tcp"])
def test_a_mount_from_688_works_while_client_and_server_drop_that_port(
        export, street, visitor, router, host, means, family, version):
    """Version 3 asks mountd first, also from 688, and by UDP unless told otherwise."""
    spoofed = wire.packet("tcp", street.h0.address(family), street.v0.address(family), source_port=2050, tcp_flags=0x18)
    # Each version, family and means transfers much data once, but not in all combinations.
    much = "mountproto" not in version and (version == "4.2") ^ (family == 4) ^ (means == "sockets")
    size = SIZE if much else 1 << 20
    if family == 6:
        version = version.replace("mountproto=tcp", "mountproto=tcp6")
    shut(means, visitor, router, host)
    if version == "3,nolock":
        # A forwarder of UDP has no proof.
        router.set("count", replies=genl.EXEMPT)
    with nfs.mounted(street.visitor, street.h0.address(family), export, version):
        use(export, size)
        # In the meantime the port is shut for others.
        street.inject([spoofed], street.r1, street.v0)
    name = wire.FAMILIES[family]

    def answers(ghost, direction, verdict):
        return {key[2]: count for key, count in ghost.rows().items() if key == (direction, name, key[2], verdict)}
    until(lambda: answers(host, "out", "reply") == answers(visitor, "in", "reply"))
    got = visitor.rows()
    assert got.pop(("in", name, "tcp", "dropped")) == (1, len(spoofed))
    # There is no other verdict, and each namespace counted the same packets.
    assert got == {("in", name, protocol, "reply"): count for protocol, count in answers(host, "out", "reply").items()}
    assert {key[3] for key in host.rows()} == {"reply"}
    assert router.rows() == {("forward", *key[1:3], through(means) if key[2] == "tcp" else "passed"): count
                             for key, count in got.items()}
    assert ("in", name, "udp", "reply") in got or version != "3,nolock"
    # The data that was read back came in these packets.
    assert got["in", name, "tcp", "reply"][1] > size


@pytest.mark.parametrize("means", MEANS)
def test_the_callbacks_of_a_server_from_its_own_688_are_answered(export, street, visitor, router, host, means):
    """The server opens a connection to an NFSv4.0 client, also from 688. When the client unmounts, its listener
    closes before the accepted connection."""
    shut(means, visitor, router, host)
    with nfs.mounted(street.visitor, street.h0.ipv4, export, "4.0"):
        use(export, 1 << 20)
        until(lambda: ("in", "reply") in verdicts(host), what="an answer to the server's 688")
        assert verdicts(host) == {("in", "reply"), ("out", "reply")}
        assert verdicts(visitor) == {("in", "reply"), ("out", "reply")}
    until(lambda: is_over(street.visitor) and is_over(street.host), timeout=60, what="the end of all connections")
    assert verdicts(host) == {("in", "reply"), ("out", "reply")}
    assert verdicts(visitor) == {("in", "reply"), ("out", "reply")}
    assert verdicts(router) == {("forward", through(means))}


def test_nfs_over_udp_from_688_works_where_the_kernel_has_it(export, street, visitor, router, host):
    words = nfs.mount_words(street.h0.ipv4, export, "3,nolock,proto=udp")
    shut("sockets", visitor, router, host)
    done = street.visitor.run(*words, check=False)
    if "incorrect mount option" in done.stderr:
        pytest.skip("this kernel has no NFS over UDP")
    assert not done.returncode, done.stderr
    try:
        use(export, 1 << 20)
    finally:
        nfs.unmount(street.visitor, export)
    assert set(visitor.rows()) == {("in", "ipv4", "udp", "reply")}
    assert set(host.rows()) == {("out", "ipv4", "udp", "reply")}


def test_a_mount_that_is_older_than_the_policy_goes_on(export, street, visitor, router, host):
    for ghost in visitor, router, host:
        ghost.set("off")
    with nfs.mounted(street.visitor, street.h0.ipv4, export, "4.2"):
        use(export, 1 << 20)
        shut("sockets", visitor, router, host)
        use(export, 1 << 20)
    assert verdicts(visitor) == {("in", "reply")}
    assert verdicts(host) == {("out", "reply")}


def waits_on_688(netns, table):
    """Is a connection from 688 still without an answer? SYN_SENT is 2."""
    lines = netns.read(f"/proc/net/{table}").splitlines()[1:]
    return any(fields[1].endswith(":02B0") and fields[3] == "02" for fields in map(str.split, lines))


RULE = "table inet plain { chain input { type filter hook input priority 0; th dport 688 counter drop; }; }"
DROPS = {
    "nftables at the client": (lambda street, _: street.visitor.run("nft", RULE),
                               lambda street, _: street.visitor.run("nft", "delete table inet plain")),
    "match at the client": (lambda _, ghosts: ghosts[0].set("drop", replies=genl.MATCH),
                            lambda _, ghosts: ghosts[0].set("drop", replies=genl.EXEMPT)),
    "match at the server": (lambda _, ghosts: ghosts[1].set("count", "count", "drop", replies=genl.MATCH),
                            lambda _, ghosts: ghosts[1].set("drop", replies=genl.EXEMPT)),
}


@pytest.mark.parametrize("family,drop", [(4, name) for name in DROPS] + [(6, "nftables at the client")])
def test_the_same_mount_hangs_while_answers_are_dropped_and_is_there_once_they_are_not(
        export, street, visitor, host, family, drop):
    """Without this test those above would prove nothing."""
    begin, end = DROPS[drop]
    begin(street, (visitor, host))
    table = "tcp6" if family == 6 else "tcp"
    process = street.visitor.start(*nfs.mount_words(street.h0.address(family), export, "4.2"))
    try:
        until(lambda: waits_on_688(street.visitor, table), what="a connection from 688")

        def dropped():
            if "match" in drop:
                ghost, place = (visitor, "in") if "client" in drop else (host, "out")
                return ghost.rows().get((place, wire.FAMILIES[family], "tcp", "dropped"), (0, 0))[0]
            return sum(map(int, re.findall(r"counter packets (\d+) ", street.visitor.run("nft", "list", "ruleset").stdout)))
        # The retransmission is dropped as well.
        until(lambda: dropped() >= 2, timeout=60, what="a second drop")
        assert process.poll() is None and waits_on_688(street.visitor, table)
    finally:
        end(street, (visitor, host))
        try:
            assert process.wait(timeout=60) == 0
        finally:
            process.kill()
            process.wait()
    read_write = os.path.ismount(export)
    nfs.unmount(street.visitor, export)
    assert read_write


@pytest.mark.parametrize("kind", [socket.SOCK_STREAM, socket.SOCK_DGRAM], ids=["tcp", "udp"])
@pytest.mark.parametrize("family", wire.FAMILIES)
def test_nfsd_and_rpcbind_answer_a_client_on_688(export, street, router, host, family, kind):
    """Over UDP both answer from a bound socket that is not connected."""
    for ghost in router, host:
        ghost.set("drop", replies=genl.EXEMPT)
    for program, version, port in (rpc.PORTMAP, 2, 111), (rpc.NFS, 3, 2049):
        with rpc.client(street.router, street.r2.address(family), (street.h0.address(family), port), kind) as sock:
            assert rpc.call(sock, program, version) == b""
            if program == rpc.PORTMAP:
                found = rpc.call(sock, program, version, rpc.GETPORT, rpc.words(rpc.NFS, 3, socket.IPPROTO_TCP, 0))
                assert found == rpc.words(2049)
    protocol = "tcp" if kind == socket.SOCK_STREAM else "udp"
    until(lambda: list(host.rows().values()) == list(router.rows().values()))
    assert set(router.rows()) == {("in", wire.FAMILIES[family], protocol, "reply")}
    assert set(host.rows()) == {("out", wire.FAMILIES[family], protocol, "reply")}


@pytest.fixture(scope="module")
def _nfsd_on_688(_street):
    """The socket stays as long as nfsd does."""
    _street.host.run("unshare", "--mount", "sh", "-ec", "mount -t nfsd nfsd /proc/fs/nfsd; echo udp 688 >/proc/fs/nfsd/portlist")


@pytest.mark.parametrize("family", wire.FAMILIES)
def test_a_server_of_the_kernels_own_on_688_is_visited(_nfsd_on_688, street, host, family):
    """nfsd's socket is not connected, and neither is that of the kernel's RPC client."""
    host.set("count", replies=genl.EXEMPT)
    with rpc.client(street.visitor, street.v0.address(family), (street.h0.address(family), 688), socket.SOCK_DGRAM,
                    port=0) as sock:
        assert rpc.call(sock, rpc.NFS, 3) == b""
    assert {key[0:2] + key[3:]: count[0] for key, count in host.rows().items()} == {
        ("in", wire.FAMILIES[family], "passed"): 1}
