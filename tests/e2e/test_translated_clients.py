# SPDX-License-Identifier: GPL-2.0-only
"""A client on port 688 gets its answers, whoever translates addresses and ports on the way."""
import contextlib

import pytest

from lib import wire
from lib.conntrack import tracked
from lib.dialogue import connection, datagram, exchange, listener, ports, stream
from lib.translation import CASES, Known, key, table, translated_protocols


@pytest.fixture(autouse=True, scope="module")
def _redirects(_street):
    if not translated_protocols():
        pytest.skip("this kernel has no redirect in nftables")


# Who translates, in which hook, by which rule, and where the server is for the client.
CLIENTS = {
    "redirected": ("host", "prerouting", "h0", "dport 80 redirect to :8080"),
    "published": ("router", "prerouting", "r1", "dport 80 dnat to {far}:8080"),
    "sent elsewhere": ("visitor", "output", "r1", "dport 80 dnat to {far}:8080"),
    "masqueraded": ("router", "postrouting", "h0", "dport 8080 masquerade"),
    "masqueraded on another port": ("router", "postrouting", "h0", "dport 8080 masquerade to :5000-6000"),
}


@contextlib.contextmanager
def client_on_688(street, family, name):
    """The address that the client on 688 in visitor connects to. Its server is host's port 8080."""
    who, hook, end, rule = CLIENTS[name]
    far = street.h0.address(family)
    rule = rule.format(far=f"[{far}]" if family == 6 else far)
    rule = "; ".join(f"{protocol} {rule}" for protocol in ("tcp", "udp"))
    with tracked(getattr(street, who), table=table(family, hook, rule, priority=100 if "post" in hook else -100)):
        yield getattr(street, end).address(family), 8080 if hook == "postrouting" else 80


@pytest.mark.parametrize("family", wire.FAMILIES)
@pytest.mark.parametrize("name", CLIENTS)
def test_a_client_on_688_is_answered_through_translation(street, visitor, router, host, name, family):
    visitor.set("drop")
    host.set("drop")
    router.set("drop" if CLIENTS[name][0] == "router" else "count")
    with client_on_688(street, family, name) as end, \
            connection(stream(street.visitor, (street.v0.address(family), 688)),
                       Known(listener(street.host, (street.h0.address(family), 8080)), end)) as (client, accepted):
        exchange(client, accepted)
        street.settle()
        count = visitor.rows()[key("in", family, "tcp", "reply")]
        assert set(visitor.rows()) == {key("in", family, "tcp", "reply")}
        known = "reply" if CLIENTS[name][0] == "router" else "passed"
        assert router.rows() == {key("forward", family, "tcp", known): count}
        # The server does not see that the client's port was 688.
        hidden = name == "masqueraded on another port"
        assert host.rows() == ({} if hidden else {key("out", family, "tcp", "reply"): count})


@pytest.mark.parametrize("family", wire.FAMILIES)
@pytest.mark.parametrize("name", CLIENTS)
def test_a_client_of_udp_on_688_is_answered_through_translation(street, visitor, router, host, name, family):
    visitor.set("drop")
    # For IPv6 conntrack proves nothing in `out`.
    if CLIENTS[name][0] == "host" and family == 4:
        host.set("drop")
    with client_on_688(street, family, name) as end, \
            datagram(street.visitor, (street.v0.address(family), 688)) as client, \
            datagram(street.host, (street.h0.address(family), 8080)) as serving:
        client.connect(end)
        for _ in range(3):
            client.send(b"ask")
            serving.sendto(b"answer", serving.recvfrom(10)[1])
            assert client.recv(10) == b"answer"
    count = (3, 3 * (54 if family == 6 else 34))
    assert visitor.rows() == {key("in", family, "udp", "reply"): count}
    # A forwarder of UDP has no proof.
    assert router.rows() == {key("forward", family, "udp", "passed"): count}
    if CLIENTS[name][0] == "host":
        assert host.rows() == {key("out", family, "udp", "reply" if family == 4 else "passed"): count}


@pytest.mark.parametrize("family", wire.FAMILIES)
def test_a_client_whose_source_is_translated_to_688_is_answered(street, router, host, family):
    """The client is on another port, and the router shows 688 instead. Answers go to 688 only up to the router."""
    router.set("drop")
    host.set("drop")
    to = f"[{street.r2.ipv6}]:688" if family == 6 else f"{street.r2.ipv4}:688"
    with tracked(street.router, table=table(family, "postrouting", f"tcp dport 8080 snat to {to}", priority=100)), \
            connection(stream(street.visitor, (street.v0.address(family), next(ports))),
                       listener(street.host, (street.h0.address(family), 8080))) as (client, accepted):
        assert accepted.getpeername()[1] == 688
        exchange(client, accepted)
        assert set(host.rows()) == {key("out", family, "tcp", "reply")}
        assert router.rows() == {}


@pytest.mark.parametrize("family", wire.FAMILIES)
def test_a_visitor_whose_source_is_translated_to_688_stays_one(street, router, host, family):
    """From 688 to 688, by translation of both."""
    case = CASES["redirected by its host"]
    to = f"[{street.r2.ipv6}]:688" if family == 6 else f"{street.r2.ipv4}:688"
    host.set("drop")
    with tracked(street.router, table=table(family, "postrouting", f"udp dport 688 snat to {to}", priority=100)), \
            case.translating(street, family), datagram(street.host, (street.h0.address(family), 2222)) as serving, \
            datagram(street.visitor, (street.v0.address(family), next(ports))) as client:
        client.sendto(b"boo", case.end(street, family))
        street.settle()
        serving.setblocking(False)
        assert wire.received(serving) == []
    assert set(host.rows()) == {key("in", family, "udp", "dropped")}
