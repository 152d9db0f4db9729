# SPDX-License-Identifier: GPL-2.0-only
"""Connections and datagrams between two ends: a server in visitor, and a client in host that has bound port 688."""
import contextlib
import itertools
import socket

from . import genl, wire
from .netns import until

# How an address is written, and the family of the packets on the wire.
FORMS = {"ipv4": 4, "ipv6": 6, "mapped": 4}
DEVICE = 25	# SO_BINDTODEVICE
SYN, SYN_ACK, ACK, PUSH, FIN, RST = 0x02, 0x12, 0x10, 0x18, 0x11, 0x04
ESTABLISHED, SYN_SENT, SYN_RECV, FIN_WAIT2, TIME_WAIT, LISTEN = 1, 2, 3, 5, 6, 10
# No port is used twice, because a closed connection lingers for a minute.
ports = itertools.count(20000)
# A UDP server is recognized by its privileged port alone.
served = itertools.cycle(range(200, 500))


def address(port, form):
    return {"ipv4": port.ipv4, "ipv6": port.ipv6, "mapped": f"::ffff:{port.ipv4}"}[form]


def family(form):
    return wire.FAMILIES[FORMS[form]]


def open_socket(netns, kind, end, device=None, protocol=0, options=(socket.SO_REUSEADDR,)):
    """A socket that is bound to an end, (address, port)."""
    sock = netns.socket(socket.AF_INET6 if ":" in end[0] else socket.AF_INET, kind, protocol)
    try:
        for option in options:
            sock.setsockopt(socket.SOL_SOCKET, option, 1)
        if device:
            sock.setsockopt(socket.SOL_SOCKET, DEVICE, device.encode())
        sock.bind(end)
        sock.settimeout(20)
        return sock
    except OSError:
        sock.close()
        raise


def stream(netns, end, **more):
    return open_socket(netns, socket.SOCK_STREAM, end, **more)


def datagram(netns, end, **more):
    return open_socket(netns, socket.SOCK_DGRAM, end, **more)


def listener(netns, end, **more):
    sock = stream(netns, end, **more)
    sock.listen()
    return sock


def is_closed(sock):
    """Is the connection over, or in TIME_WAIT? TCP_CLOSE is 7."""
    return sock.fileno() < 0 or sock.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, 1) == b"\7"


def finish(*both):
    """Ends a connection, the first socket first. Returns when it will send no more packets."""
    left = [sock for sock in both if sock.fileno() >= 0]
    for sock in left:
        sock.settimeout(20)
        with contextlib.suppress(OSError):
            sock.shutdown(socket.SHUT_WR)
    for sock in left:
        while sock.recv(1 << 16):
            pass
    until(lambda: all(map(is_closed, left)), what="the end of a connection")
    for sock in left:
        sock.close()


@contextlib.contextmanager
def connection(client, server, to=None):
    """Yields the two ends of an established connection, and closes them at the end, the client first, and the
    listener. The client connects to `to`, or else to the server's own address."""
    with server, client:
        client.connect(to or server.getsockname()[:2])
        accepted, _ = server.accept()
        accepted.settimeout(20)
        with accepted:
            yield client, accepted
            finish(client, accepted)


def exchange(near, far, size=3000):
    """Sends `size` bytes in each direction."""
    for sender, receiver in (near, far), (far, near):
        sender.sendall(bytes(size))
        left = size
        while left:
            data = receiver.recv(left)
            assert data, "closed"
            left -= len(data)


def shut(means, visitor, router, host, action="drop"):
    """Both ends drop packets to 688 that are not replies. So does the forwarder if it has conntrack."""
    for ghost in visitor, host:
        ghost.set(action, replies=genl.EXEMPT)
    router.set(action if means == "conntrack" else "count", replies=genl.EXEMPT)


def through(means):
    """The verdict of a forwarder on a reply."""
    return "reply" if means == "conntrack" else "passed"


def sums(ghost):
    """{(direction, protocol, verdict): (packets, bytes)}; for tests that use one family only."""
    rows = ghost.rows()
    assert len({key[1] for key in rows}) <= 1
    return {(direction, protocol, verdict): count for (direction, _, protocol, verdict), count in rows.items()}


def replied(means, visitor, router, host, form, protocol="tcp"):
    """Waits until all three namespaces counted the same packets, and asserts that each of them was a reply. A
    forwarder of UDP has no proof, and passes them as visits."""
    known = through(means) if protocol == "tcp" else "passed"

    def row(ghost, direction, verdict):
        return ghost.rows().get((direction, family(form), protocol, verdict))
    until(lambda: row(host, "in", "reply") and
          row(visitor, "out", "reply") == row(router, "forward", known) == row(host, "in", "reply"),
          what=f"the same replies everywhere: {visitor.rows()}, {router.rows()}, {host.rows()}")
    for ghost in visitor, router, host:
        assert len(ghost.rows()) == 1, ghost.rows()
    return row(host, "in", "reply")


def ends(street, form):
    """The server's end and the client's."""
    return (address(street.v0, form), next(ports)), (address(street.h0, form), 688)


def ends_of_udp(street, form):
    """The same for a UDP server, which needs a privileged port."""
    return (address(street.v0, form), next(served)), (address(street.h0, form), 688)


def pair(street, form, client=None, server=None):
    """A connection of a client on 688. `client` and `server` are options for the two sockets."""
    there, here = ends(street, form)
    return connection(stream(street.host, here, **client or {}), listener(street.visitor, there, **server or {}))


def forged(street, form, server, **more):
    """A segment that looks as if the server sent it to the client's port 688, as it arrives at host."""
    return wire.packet("tcp", street.v0.address(FORMS[form]), street.h0.address(FORMS[form]), source_port=server,
                       **more)


def put(street, *packets):
    street.inject(packets, street.r2, street.h0)
    street.settle()


def state(netns, form, far, near=688):
    """The states in /proc/net/tcp of the sockets between two ports."""
    lines = netns.read("/proc/net/tcp" if form == "ipv4" else "/proc/net/tcp6").splitlines()[1:]
    return [int(words[3], 16) for words in map(str.split, lines)
            if words[1].endswith(f":{near:04X}") and words[2].endswith(f":{far:04X}")]


@contextlib.contextmanager
def mute(netns, port):
    """A filter drops what comes to that port, so its listener does not answer."""
    netns.run("nft", f"table inet mute {{ chain c {{ type filter hook input priority 0; th dport {port} drop; }}; }}")
    try:
        yield
    finally:
        netns.run("nft", "delete", "table", "inet", "mute", check=False)
