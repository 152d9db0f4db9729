# SPDX-License-Identifier: GPL-2.0-only
"""Dialogues about port 688, and the oracle that predicts their verdicts. test_walk.py uses both.

A dialogue is between `near`, which has port 688 in host, and `far` in visitor. What far sends goes out of visitor,
through router and into host. What near sends goes to another port, and is no visit.
"""
import dataclasses

from . import genl

PLACES = "out", "forward", "in"
EXEMPT, TRUST, MATCH = genl.EXEMPT, genl.TRUST, genl.MATCH


@dataclasses.dataclass
class Dialogue:
    """near_opens: near is a client that has bound 688. Otherwise far is a visitor."""
    protocol: str
    form: str
    near_opens: bool
    near_connects: bool	# UDP: near uses connect(); as a server, after the first datagram
    far_privileged: bool	# UDP: far is on a privileged port

    def __str__(self):
        return (f"{self.protocol} {self.form} opened {'from' if self.near_opens else 'to'} 688"
                f"{', near connected' if self.near_connects else ''}{', far privileged' if self.far_privileged else ''}")


class Place:
    """The policy of a namespace, and what it has seen."""

    def __init__(self, name, ghost):
        self.name, self.ghost = name, ghost
        self.drops, self.replies = False, EXEMPT
        self.tracks = False
        self.first = None	# who spoke first for conntrack: "near", "far" or None
        self.syn = False	# whether conntrack saw the SYN

    def set(self, drops, replies):
        self.drops, self.replies = drops, replies
        self.ghost.set("drop" if drops else "count", replies=replies)

    def flush(self):
        self.first, self.syn = None, False

    def hears(self, speaker, syn=False):
        """A packet passed here, and was not dropped."""
        if self.tracks and self.first is None:
            self.first, self.syn = speaker, syn


class Oracle:
    """Knows who opened the dialogue, and what the man page's REPLIES says can be proved about it."""

    def __init__(self, dialogue, places):
        self.dialogue, self.places = dialogue, places
        self.came_first = False	# far's datagram was let in before near connected

    def proved(self, place, opens=False):
        """Is a packet from far to near a reply here?"""
        dialogue = self.dialogue
        if place.replies == MATCH or opens:
            return False
        first = place.first or ("far" if place.tracks else None)
        if dialogue.protocol == "tcp":
            if place.name != "forward":
                return dialogue.near_opens
            return place.syn and place.first == "near"
        if first == "far":
            return False
        if place.replies == TRUST and first == "near":
            return True
        if place.name == "in":
            return dialogue.near_connects and not self.came_first
        if place.name == "out":
            return first == "near" and dialogue.form == "ipv4" or dialogue.far_privileged
        return False

    def far_says(self, opens=False):
        """Returns the verdict in each place that the packet reaches, and whether it arrives."""
        told = {}
        for place in self.places:
            if self.proved(place, opens):
                told[place.name] = "reply"
            else:
                told[place.name] = "dropped" if place.drops else "passed"
            if told[place.name] == "dropped":
                return told, False
            place.hears("far", opens)
        if self.dialogue.protocol == "udp" and told["in"] == "passed":
            self.came_first = True
        return told, True

    def near_says(self, opens=False):
        for place in reversed(self.places):
            place.hears("near", opens)
