# SPDX-License-Identifier: GPL-2.0-only
"""Every word of a policy: which number it is on the wire, and that it comes back as the same word."""
import json

import pytest

from fake import FORWARD, HIT_PER, HIT_RATE, IN, LOG_GROUP, LOG_PER, LOG_RATE, LOG_TARGET, OUT, REPLIES

ACTIONS = ["off", "count", "log", "drop", "drop,log", "reject", "reject,log"]
WORDS = {key: {word: {kind: number} for number, word in enumerate(words)} for key, kind, words in (
    ("in", IN, ACTIONS), ("forward", FORWARD, ACTIONS), ("out", OUT, ACTIONS),
    ("replies", REPLIES, ["match", "exempt", "trust"]))}
WORDS["log-rate"] = {f"7/{unit}": {LOG_RATE: 7, LOG_PER: number} for number, unit in enumerate("smh")}
WORDS["hit-rate"] = {f"7/{unit}": {HIT_RATE: 7, HIT_PER: number} for number, unit in enumerate("smh")}
WORDS["log-target"] = {"syslog": {LOG_TARGET: 0, LOG_GROUP: None}, "nflog:65535": {LOG_TARGET: 1, LOG_GROUP: 65535}}
CASES = [(key, word, list(words)[i - 1]) for key, words in WORDS.items() for i, word in enumerate(words)]


@pytest.mark.parametrize("key,word,other", CASES, ids=[f"{key} {word}" for key, word, _ in CASES])
def test_a_word_goes_out_as_its_number_and_comes_back(ghost, kernel, tmp_path, key, word, other):
    def sent():
        return {kind: kernel.policy.get(kind) for kind in WORDS[key][word]}

    ghost.works("set", f"{key}={other}")
    assert sent() == WORDS[key][other]
    rest = {kind: number for kind, number in kernel.policy.items() if kind not in sent()}
    ghost.works("set", f"{key}={word}")
    assert sent() == WORDS[key][word]
    assert rest.items() <= kernel.policy.items()
    shown = ghost.works("show")
    assert dict(line.split() for line in shown.splitlines())[key] == word
    assert json.loads(ghost.works("-j", "show"))[0][key.replace("-", "_")] == word
    saved = tmp_path / "saved"
    ghost.works("save", str(saved))
    assert saved.read_text() == shown
    ghost.works("set", f"{key}={other}")
    ghost.works("apply", str(saved))
    assert sent() == WORDS[key][word]


@pytest.mark.parametrize("word", ["", "Trust", "TRUST", "trusted", "trus", "exempt,trust", "2"])
def test_a_word_that_is_nearly_right_is_refused_with_the_right_ones(ghost, kernel, word):
    ghost.fails(2, f"unknown word '{word}' for replies; words: match exempt trust", "set", f"replies={word}")
    assert kernel.seen == []
