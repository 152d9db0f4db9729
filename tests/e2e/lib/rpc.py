# SPDX-License-Identifier: GPL-2.0-only
"""Calls of ONC RPC (RFC 5531), from a socket that has bound port 688."""
import contextlib
import itertools
import socket
import struct

PORTMAP, NFS, GETPORT = 100000, 100003, 3
CALL, REPLY, LAST = 0, 1, 1 << 31
numbers = itertools.count(688)


def words(*values):
    return struct.pack(f"!{len(values)}I", *values)


@contextlib.contextmanager
def client(netns, address, server, kind, port=688):
    """A socket that is connected to a server, and that leaves no TIME_WAIT behind."""
    with netns.socket(socket.AF_INET6 if ":" in address else socket.AF_INET, kind) as sock:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        sock.bind((address, port))
        sock.settimeout(20)
        sock.connect(server)
        yield sock


def call(sock, program, version, procedure=0, arguments=b""):
    """Calls a procedure without credentials. Returns its result."""
    number = next(numbers)
    message = words(number, CALL, 2, program, version, procedure, 0, 0, 0, 0) + arguments
    if sock.type == socket.SOCK_STREAM:
        sock.sendall(words(LAST | len(message)) + message)
        size, = struct.unpack("!I", sock.recv(4, socket.MSG_WAITALL))
        answer = sock.recv(size & ~LAST, socket.MSG_WAITALL)
    else:
        sock.send(message)
        answer = sock.recv(1 << 16)
    # The call was accepted, without a verifier, and succeeded.
    assert answer[:24] == words(number, REPLY, 0, 0, 0, 0), answer
    return answer[24:]
