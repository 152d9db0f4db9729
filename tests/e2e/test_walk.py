# SPDX-License-Identifier: GPL-2.0-only
"""A random walk: dialogues about port 688, opened by either side, while policies change and conntrack forgets. An
oracle that knows who opened each dialogue predicts every verdict."""
import contextlib
import os
import random
import socket
import struct

import pytest

from lib.conntrack import MEANS
from lib.dialogue import ESTABLISHED, address, datagram, ports, served, state, stream
from lib.ghost import SLOW, Ghost
from lib.netns import until
from lib.walk import EXEMPT, MATCH, PLACES, TRUST, Dialogue, Oracle, Place

SEED = int(os.environ.get("GHOST688_SEED") or 688)
DIALOGUES = int(os.environ.get("GHOST688_DIALOGUES") or 300) // SLOW
# (what proves replies, whether host is behind the router's address)
WAYS = [(means, False) for means in MEANS] + [("conntrack", True)]
AT_ONCE = struct.pack("ii", 1, 0)	# SO_LINGER: close() sends a reset, and leaves no TIME_WAIT


class Walk:
    def __init__(self, street, means, translated, seed):
        self.translated = translated
        self.street, self.random = street, random.Random(seed)
        namespaces = dict(zip(PLACES, (street.visitor, street.router, street.host)))
        self.namespaces = namespaces
        self.places = [Place(name, Ghost(netns)) for name, netns in namespaces.items()]
        for place in self.places:
            place.tracks = means == "conntrack"
        self.sockets = []
        self.words = 0

    def open(self, make, *arguments):
        sock = make(*arguments)
        self.sockets.append(sock)
        return sock

    def settle(self):
        """Returns when everything sent before has arrived or was dropped."""
        self.street.settle()

    def policies(self):
        for place in self.places:
            if self.random.random() < 0.5:
                place.set(self.random.random() < 0.5, self.random.choice((EXEMPT, EXEMPT, EXEMPT, TRUST, MATCH)))

    def forget(self):
        for place in self.places:
            if place.tracks and self.random.random() < 0.15:
                self.namespaces[place.name].run("conntrack", "-F")
                place.flush()

    def counted(self):
        """{place: {verdict: packets}} since the last call."""
        found = {}
        for place in self.places:
            for (direction, _, protocol, verdict), count in place.ghost.reset().items():
                assert (direction, protocol) == (place.name, self.dialogue.protocol)
                found.setdefault(direction, {})[verdict] = count[0]
        return found

    def dialogue_of(self):
        pick = self.random.choice
        return Dialogue(pick(("tcp", "udp")), pick(("ipv4", "ipv6")), pick((True, False)), pick((True, False)),
                        pick((True, False)))

    def go(self):
        self.dialogue = self.dialogue_of()
        self.oracle = Oracle(self.dialogue, self.places)
        for place in self.places:
            place.flush()
            place.ghost.reset()
        self.policies()
        try:
            (self.talk_tcp if self.dialogue.protocol == "tcp" else self.talk_udp)()
        finally:
            for place in self.places:
                place.set(False, EXEMPT)
            for sock in self.sockets:
                if sock.type == socket.SOCK_STREAM:
                    sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, AT_ONCE)
                sock.close()
            self.sockets.clear()
            self.settle()

    def target(self):
        """The end that far sends to."""
        port = self.street.r1 if self.translated else self.street.h0
        return address(port, self.dialogue.form), 688

    def ends(self):
        dialogue, street = self.dialogue, self.street
        privileged = dialogue.protocol == "udp" and dialogue.far_privileged
        return (address(street.v0, dialogue.form), next(served if privileged else ports)), \
            (address(street.h0, dialogue.form), 688)

    # UDP: each word is one packet.

    def talk_udp(self):
        far_end, near_end = self.ends()
        far = self.open(datagram, self.street.visitor, far_end)
        near = self.open(datagram, self.street.host, near_end)
        near.setblocking(False)
        connected = False
        if self.dialogue.near_opens and self.dialogue.near_connects:
            near.connect(far_end)
            connected = True
        # A server connects after the first datagram.
        self.dialogue.near_connects, connects = connected, self.dialogue.near_connects
        for step in range(self.random.randrange(2, 7)):
            if step:
                self.policies()
                self.forget()
            if (step == 0) == self.dialogue.near_opens or step and self.random.random() < 0.4:
                near.sendto(b"near", far_end) if not connected else near.send(b"near")
                self.oracle.near_says()
                assert far.recv(10) == b"near"
                continue
            told, heard = self.oracle.far_says()
            word = self.say_udp(far)
            self.settle()
            try:
                got = near.recv(10)
            except BlockingIOError:
                got = None
            assert (got == word) == heard, (told, got)
            assert self.counted() == {place: {verdict: 1} for place, verdict in told.items()}
            if heard and connects and not connected:
                near.connect(far_end)
                connected = self.dialogue.near_connects = True

    def say_udp(self, far):
        self.words += 1
        word = b"far %d" % self.words
        try:
            far.sendto(word, self.target())
        except PermissionError:
            pass
        return word

    # TCP: a word may become several packets. What counts is whether it arrives.

    def talk_tcp(self):
        far_end, near_end = self.ends()
        opener, server, end = (near_end, far_end, self.street.visitor) if self.dialogue.near_opens else \
            (far_end, near_end, self.street.host)
        listening = self.open(stream, end, server)
        listening.listen()
        client = self.open(stream, self.street.host if self.dialogue.near_opens else self.street.visitor, opener)
        client.setblocking(False)
        client.connect_ex(server if self.dialogue.near_opens else self.target())
        if self.dialogue.near_opens:
            self.oracle.near_says(opens=True)
            told, heard = self.oracle.far_says()
        else:
            told, heard = self.oracle.far_says(opens=True)
            self.oracle.near_says()
        if not heard:
            self.settle()
            port = far_end[1]
            assert ESTABLISHED not in state(self.street.host, self.dialogue.form, port)
            self.check_tcp(told)
            return
        until(lambda: client.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, 1) == bytes([ESTABLISHED]))
        accepted = self.open(lambda: listening.accept()[0])
        near, far = (client, accepted) if self.dialogue.near_opens else (accepted, client)
        self.check_tcp(told)
        for _ in range(self.random.randrange(1, 5)):
            self.policies()
            self.forget()
            if not self.say_tcp(near, far):
                return

    def say_tcp(self, near, far):
        """Sends one word. Returns whether the dialogue goes on."""
        for sock in near, far:
            sock.setblocking(True)
            sock.settimeout(20)
        self.counted()
        if self.random.random() < 0.4:
            near.sendall(b"near")
            self.oracle.near_says()
            # Far acknowledges it with a packet to 688.
            told, heard = self.oracle.far_says()
            assert far.recv(10) == b"near"
            self.settle()
            self.check_tcp(told)
            return heard
        told, heard = self.oracle.far_says()
        far.sendall(b"far")
        if heard:
            assert near.recv(10) == b"far"
            self.oracle.near_says()
        else:
            self.settle()
            near.setblocking(False)
            with pytest.raises(BlockingIOError):
                near.recv(10)
        self.check_tcp(told)
        return heard

    def check_tcp(self, told):
        found = {}

        def all_met():
            for place, verdicts in self.counted().items():
                found.setdefault(place, set()).update(verdicts)
            return found.keys() >= told.keys()
        # An acknowledgement may be delayed.
        until(all_met, what=f"packets in {', '.join(told)}, and not only in {found}")
        assert found == {place: {verdict} for place, verdict in told.items()}


@contextlib.contextmanager
def behind(street):
    """host is reachable only by the router's address, with the same port."""
    rules = "".join(f"""table {name} behind {{
        chain p {{ type nat hook prerouting priority -100; iifname r1 meta l4proto {{ tcp, udp }} th dport 688 dnat to {host}; }};
        chain s {{ type nat hook postrouting priority 100; oifname r1 {name} saddr {host} snat to {router}; }}; }}; """
                    for name, host, router in (("ip", street.h0.ipv4, street.r1.ipv4),
                                               ("ip6", street.h0.ipv6, street.r1.ipv6)))
    street.router.run("nft", rules)
    try:
        yield
    finally:
        for name in "ip", "ip6":
            street.router.run("nft", "delete", "table", name, "behind")


@pytest.mark.parametrize("means,translated", WAYS)
def test_no_visit_passes_and_no_answer_is_lost(street, means, translated):
    with behind(street) if translated else contextlib.nullcontext():
        walk_along(street, means, translated)


def walk_along(street, means, translated):
    way = f"{means}, translated" if translated else means
    walk = Walk(street, means, translated, f"{SEED} {way}")
    for number in range(DIALOGUES // len(WAYS)):
        if number % 20 == 0:
            # Forget who came by UDP: with many visitors, more of them share a mark.
            walk.places[-1].ghost.set("off")
            walk.places[-1].set(False, EXEMPT)
        try:
            walk.go()
        except BaseException as error:
            policies = ", ".join(f"{place.name} {place.first}" for place in walk.places)
            raise AssertionError(f"GHOST688_SEED={SEED}, {way}, dialogue {number}: {walk.dialogue}; {policies}: "
                                 f"{error}") from error
