# SPDX-License-Identifier: GPL-2.0-only
"""What an attacker needs to forge a reply: an unprivileged process, and TCP segments with the right numbers."""
import socket
import struct

from . import wire
from .child import Child, become_nobody
from .netns import libc, setns

ETH_P_ALL, ETH_P_IP, OUTGOING = 3, 0x800, 4


def counted(ghost, direction, protocol="tcp"):
    """{verdict: packets}"""
    return {key[3]: count[0] for key, count in ghost.rows().items() if (key[0], key[2]) == (direction, protocol)}


def as_nobody(netns, function, *arguments):
    """Runs a function in another process, which has no capability in that namespace."""
    def child():
        setns(netns.descriptor)
        become_nobody()
        return function(*arguments)
    return Child(child)


def no_longer(sock):
    """Makes a socket stop listening, or disconnects it: a connect() to AF_UNSPEC."""
    assert libc.connect(sock.fileno(), bytes(16), 16) == 0


def leave_nothing(sock):
    """Makes close() send a reset, and not a FIN, which would be retransmitted."""
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))


def segment(near, far, seq, ack, flags, payload=b"", **more):
    """A TCP segment over IPv4 between two ends, (address, port)."""
    header = struct.pack("!HHIIBBHHH", near[1], far[1], seq % 2**32, ack % 2**32, 5 << 4, flags, 8000, 0, 0)
    total = sum(struct.unpack("!10H", header) + struct.unpack("!4H", socket.inet_aton(near[0]) + socket.inet_aton(far[0])))
    padded = payload + bytes(len(payload) % 2)
    total += 6 + len(header) + len(payload) + sum(struct.unpack(f"!{len(padded) // 2}H", padded))
    while total >> 16:
        total = (total & 0xffff) + (total >> 16)
    return wire.ipv4(near[0], far[0], 6, header[:16] + struct.pack("!H", total ^ 0xffff) + header[18:] + payload,
                     **more)


class Sniffer:
    """Receives what arrives at a port of a wire, as a host there does."""

    def __init__(self, port):
        with port.netns.entered():
            self.sock = socket.socket(socket.AF_PACKET, socket.SOCK_DGRAM, socket.htons(ETH_P_ALL))
            self.sock.bind((port.device, ETH_P_ALL))
        self.sock.setblocking(False)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.sock.close()

    def segments(self, port):
        """(sequence, acknowledgement, flags, payload) of each TCP segment over IPv4 to that port since the last call."""
        found = []
        while True:
            try:
                data, (_, protocol, kind, *_) = self.sock.recvfrom(65535)
            except BlockingIOError:
                return found
            if protocol != ETH_P_IP or kind == OUTGOING or data[9] != 6:
                continue
            length, (_, to, seq, ack, offset, flags) = struct.unpack("!H", data[2:4])[0], struct.unpack("!HHIIBB", data[20:34])
            if to == port:
                found.append((seq, ack, flags, data[20 + (offset >> 4) * 4:length]))
