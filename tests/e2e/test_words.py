# SPDX-License-Identifier: GPL-2.0-only
"""Every word of a policy: set by the tool, and read back in every way."""
import json

import pytest

from lib import genl
from lib.netns import until
from lib.tool import policy, tool

ACTIONS = ["off", "count", "log", "drop", "drop,log"]
WORDS = [(key, word, kind, number) for key, kind in (("in", genl.IN), ("forward", genl.FORWARD), ("out", genl.OUT))
         for number, word in enumerate(ACTIONS)] + \
    [("replies", word, genl.REPLIES, number) for number, word in enumerate(["match", "exempt", "trust"])] + \
    [("log-rate", f"7/{unit}", genl.PER, number) for number, unit in enumerate("smh")] + \
    [("hit-rate", f"7/{unit}", genl.HIT_PER, number) for number, unit in enumerate("smh")] + \
    [("log-target", word, genl.TARGET, number) for number, word in enumerate(["syslog", "nflog:7"])]


def words(text):
    """{key: value} of a policy file."""
    return dict(line.split() for line in text.splitlines())


@pytest.mark.parametrize("key,word,kind,number", WORDS, ids=[f"{key} {word}" for key, word, *_ in WORDS])
def test_what_the_tool_sets_is_told_everywhere(host, tmp_path, key, word, kind, number):
    # Begin with another word of each kind.
    host.set("count" if word != "count" else "drop", rate=9, per=2 if word != "7/h" else 1,
             hit_rate=9, hit_per=2 if word != "7/h" else 1,
             group=7 if word == "syslog" else None, replies=genl.MATCH if word != "match" else genl.EXEMPT)
    assert words(policy(host))[key] != word
    with host.socket() as listener:
        listener.join("policy")
        tool(host, "set", f"{key}={word}")
        (command, told), = until(listener.events)
    assert command == genl.NTF and told == host.policy()
    assert genl.number(dict(told)[kind]) == number
    assert words(policy(host))[key] == words(tool(host, "show"))[key] == word
    assert json.loads(tool(host, "-j", "show"))[0][key.replace("-", "_")] == word
    if kind < genl.REPLIES:
        status = dict(line.split(None, 1) for line in tool(host, "status").splitlines())
        assert status[key] == host.status()[key] == word
    saved = tmp_path / "saved"
    tool(host, "save", saved)
    whole = policy(host)
    assert saved.read_text(encoding="ascii") == whole
    host.set("off", replies=genl.EXEMPT)
    tool(host, "apply", saved)
    assert policy(host) == whole


@pytest.mark.parametrize("word", ["never", "Trust", "trusted", "2", ""])
def test_a_wrong_word_for_replies_is_told_with_the_right_ones_and_changes_nothing(host, word):
    before = host.generation()
    told = tool(host, "set", f"replies={word}", status=2)
    assert f"'{word}'" in told and "match exempt trust" in told
    told = tool(host, "apply", "-", input=f"in off\nforward off\nout off\nreplies {word or 'x'}\n", status=1)
    assert ":4:9:" in told and "match exempt trust" in told
    assert host.generation() == before
