# SPDX-License-Identifier: GPL-2.0-only
"""An SCTP client on port 688 in host. Only conntrack can prove its replies; in `in` and `out` only for IPv4, whose
stack accepts no packet with its own address from outside and sends none with a foreign one."""
import errno
import socket

import pytest
from scapy.layers.sctp import SCTP, SCTPChunkInitAck

from lib import genl, wire
from lib.conntrack import tracked
from lib.dialogue import ends, exchange, family, mute, open_socket, ports, put
from lib.forge import counted, leave_nothing
from lib.netns import run, until

NUMBER = socket.IPPROTO_SCTP


@pytest.fixture
def sctp(street):
    run("modprobe", "sctp", check=False)
    try:
        street.host.socket(socket.AF_INET, socket.SOCK_STREAM, NUMBER).close()
    except OSError as error:
        assert error.errno == errno.EPROTONOSUPPORT
        pytest.skip("this kernel has no SCTP")


def associated(netns, end):
    sock = open_socket(netns, socket.SOCK_STREAM, end, protocol=NUMBER, options=())
    leave_nothing(sock)
    return sock


@pytest.mark.parametrize("replies", [genl.MATCH, genl.EXEMPT, genl.TRUST], ids=["match", "exempt", "trust"])
@pytest.mark.parametrize("place", ["in", "forward", "out"])
@pytest.mark.parametrize("form", ["ipv4", "ipv6"])
def test_a_client_is_answered_where_conntrack_can_tell(street, visitor, router, host, sctp, form, place, replies):
    ghosts = {"in": host, "forward": router, "out": visitor}
    for ghost in ghosts.values():
        ghost.set("off")
    ghost = ghosts[place]
    ghost.set("drop", replies=replies)
    answered = replies == genl.TRUST or replies == genl.EXEMPT and (form == "ipv4" or place == "forward")
    there, here = ends(street, form)
    with tracked(ghost.netns), associated(street.visitor, there) as server, associated(street.host, here) as client:
        server.listen()
        client.setblocking(False)
        client.connect_ex(there)
        if answered:
            with server.accept()[0] as accepted:
                leave_nothing(accepted)
                client.setblocking(True)
                exchange(client, accepted)
        until(lambda: counted(ghost, place, "sctp"))
        assert {key: None for key in ghost.rows()} == {(place, family(form), "sctp", "reply" if answered else "dropped"): None}
        ghost.set("off")


@pytest.mark.parametrize("number", wire.FAMILIES)
def test_a_forged_init_from_the_hosts_own_address_makes_no_reply(street, host, number):
    """IPv4 drops it as a martian. IPv6 conntrack believes that host opened a connection from 688."""
    own, port = street.h0.address(number), next(ports)
    with tracked(street.host), mute(street.host, port):
        host.set("drop", replies=genl.EXEMPT)
        answer = SCTP(sport=port, dport=688, tag=1) / SCTPChunkInitAck(init_tag=2, a_rwnd=65535, n_out_streams=1,
                                                                        n_in_streams=1, init_tsn=1)
        make = wire.ipv6 if number == 6 else wire.ipv4
        put(street, wire.packet("sctp", own, own, port=port, source_port=688),
            make(own, own, NUMBER, answer))
        assert counted(host, "in", "sctp") == ({"dropped": 1} if number == 6 else {})
