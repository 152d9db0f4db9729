# SPDX-License-Identifier: GPL-2.0-only
"""Replies and visits behind a VRF, where the device decides which sockets are looked up."""

import pytest

from lib import genl, wire
from lib.dialogue import (ACK, FORMS, PUSH, SYN_ACK, address, connection, datagram, exchange, family, listener, ports,
                          put, served, stream)
from lib.netns import run, until
from lib.topology import Port


@pytest.fixture
def far(street):
    """(host's end of a wire, which is in vrf88, router's end)."""
    near, other = (Port(street.host, "x0", 0x51, "10.88.5.1", "fd88:5::1"),
                   Port(street.router, "x1", 0x52, "10.88.5.2", "fd88:5::2"))
    street.host.run("ip", "-batch", "-", input="link add vrf88 type vrf table 88\nlink set vrf88 up")
    run("ip", "link", "add", "x0", "netns", "host", "address", near.mac, "type", "veth",
        "peer", "name", "x1", "netns", "router", "address", other.mac)
    street.host.run("ip", "link", "set", "x0", "master", "vrf88")
    for port, peer in (near, other), (other, near):
        port.netns.run("ip", "-batch", "-", input="\n".join([
            f"link set {port.device} up",
            f"addr add {port.ipv4}/24 dev {port.device}", f"addr add {port.ipv6}/64 dev {port.device} nodad",
            f"neigh replace {peer.ipv4} lladdr {peer.mac} nud permanent dev {port.device}",
            f"neigh replace {peer.ipv6} lladdr {peer.mac} nud permanent dev {port.device}"]))
    yield near, other
    street.host.run("ip", "link", "del", "x0")
    street.host.run("ip", "link", "del", "vrf88")


def replies(router, host, form, protocol, answers):
    """Waits until both counted the same replies, and asserts that they counted nothing else."""
    back = {"in": "out", "out": "in"}[answers]
    until(lambda: host.rows().get((answers, family(form), protocol, "reply"), 1) ==
          router.rows().get((back, family(form), protocol, "reply"), 2))
    assert len(host.rows()) == len(router.rows()) == 1


@pytest.fixture
def dropping(means, router, host):
    for ghost in router, host:
        ghost.set("drop", replies=genl.EXEMPT)


@pytest.mark.parametrize("device", ["vrf88", "x0"])
@pytest.mark.parametrize("form", FORMS)
def test_a_client_in_a_vrf_gets_its_answers(street, router, host, dropping, far, form, device):
    near, other = far
    here, there = (address(near, form), 688), (address(other, form), next(ports))
    with connection(stream(street.host, here, device=device), listener(street.router, there)) as both:
        exchange(*both)
    replies(router, host, form, "tcp", "in")
    there = there[0], next(served)
    with datagram(street.host, here, device=device) as client, datagram(street.router, there) as server:
        host.reset()
        router.reset()
        client.connect(there)
        client.send(b"ask")
        server.sendto(b"answer", server.recvfrom(10)[1][:2])
        assert client.recv(10) == b"answer"
    replies(router, host, form, "udp", "in")


@pytest.mark.parametrize("listens", ["in the VRF", "everywhere"])
@pytest.mark.parametrize("form", FORMS)
def test_a_server_in_a_vrf_answers_a_client_on_688(street, router, host, dropping, far, form, listens):
    """Its packets pass LOCAL_OUT twice. The listener is bound to the VRF, or to nothing."""
    near, other = far
    # A port that connect() could have picked as well.
    port = 40000 + next(ports) % 10000
    here, there = (address(other, form), 688), (address(near, form), port)
    street.host.sysctl("net.ipv4.tcp_l3mdev_accept", 1)
    try:
        if listens == "everywhere":
            any_address = {"ipv4": "0.0.0.0", "ipv6": "::", "mapped": "::"}[form]
            server = listener(street.host, (any_address, port))
        else:
            server = listener(street.host, there, device="vrf88")
        with server, stream(street.router, here) as client:
            client.connect(there)
            accepted, _ = server.accept()
            with accepted:
                exchange(client, accepted)
                client.close()
        replies(router, host, form, "tcp", "out")
    finally:
        street.host.sysctl("net.ipv4.tcp_l3mdev_accept", 0)


@pytest.mark.parametrize("form", ["ipv4", "ipv6"])
def test_what_comes_outside_of_the_vrf_is_not_for_the_client_in_it(street, host, far, form):
    """The ports are right, and so are the addresses, which host has here as well. But the device is wrong. Conntrack
    would not notice."""
    host.set("drop", replies=genl.EXEMPT)
    near, other = far
    here, there = (address(near, form), 688), (address(other, form), next(ports))
    street.host.run("ip", "addr", "add", f"{here[0]}/{32 if form == 'ipv4' else 128}", "dev", "lo",
                    *["nodad"] * (form == "ipv6"))
    try:
        with connection(stream(street.host, here, device="vrf88"), listener(street.router, there)) as both, \
                datagram(street.host, here, device="vrf88") as udp:
            exchange(*both)
            udp.connect(there)
            host.reset()
            packets = [wire.packet("tcp", there[0], here[0], source_port=there[1], tcp_flags=flags)
                       for flags in (SYN_ACK, ACK, PUSH)]
            packets.append(wire.packet("udp", there[0], here[0], source_port=there[1]))
            put(street, *packets)
            assert host.rows() == {
                ("in", family(form), "tcp", "dropped"): (3, sum(map(len, packets[:3]))),
                ("in", family(form), "udp", "dropped"): (1, len(packets[3]))}
            # The same packet inside the VRF is a reply.
            street.inject(packets[1:2], other, near)
            until(lambda: ("in", family(form), "tcp", "reply") in host.rows())
    finally:
        street.host.run("ip", "addr", "del", f"{here[0]}/{32 if form == 'ipv4' else 128}", "dev", "lo")
