# SPDX-License-Identifier: GPL-2.0-only
"""What the CLI asks the module for, and how it prints the answers."""
import json
import os
import pty
import random
import re
import resource
import stat
import subprocess
import time

import pytest

from fake import (ALLOW, COUNTERS_GET, COUNTERS_RESET, EINVAL, ENOBUFS, EOPNOTSUPP, EPERM, FORWARD,
                  HIT_BURST, HIT_PER, HIT_RATE, IN, LOG_BURST, LOG_GROUP, LOG_PER, LOG_RATE, LOG_TARGET, OUT, POLICY_GET,
                  POLICY_SET, REPLIES, SOURCES, STATUS_GET, attr, counter, prefix, source, u32)

DEFAULT = """\
in         count
forward    count
out        count
replies    exempt
log-rate   10/s
log-burst  20
log-target syslog
hit-rate   50000/s
hit-burst  50000
sources    256
"""

ROWS = [counter(0, 4, 10, 600, 6, 1), counter(0, 6, 3, 240, 17, 0), counter(1, 4, 5, 300, 132, 3),
        counter(2, 4, 2, 80, 33, 4), counter(2, 6, 1, 99, 136, 2), counter(2, 6, 0, 0, 6, 0)]
TRUNCATED = [counter(1, 4, 7, 196), counter(1, 6, 1, 44)]

TABLE = """\
direction  family  protocol  verdict   packets  bytes
in         ipv4    tcp       dropped        10    600
in         ipv6    udp       passed          3    240
forward    ipv4    sctp      allowed         5    300
out        ipv4    dccp      reply           2     80
out        ipv6    udplite   rejected        1     99
"""

MALFORMED = "the module's answer makes no sense; install the same version of both"


def hits(kernel):
    kernel.counters = list(ROWS)
    kernel.truncated = list(TRUNCATED)
    kernel.log = (12, 3)
    kernel.hits = (21, 22, 23)
    kernel.sources = [source("192.0.2.1", 5, 2), source("2001:db8::1", 3, direction=2, uid=0, comm=b"nc", early=True)]


def test_show_is_the_policy_file(ghost, kernel):
    assert ghost.works("show") == DEFAULT
    kernel.policy.update({IN: 4, FORWARD: 3, OUT: 2, REPLIES: 0, LOG_RATE: 5, LOG_PER: 1,
                          LOG_TARGET: 1, LOG_GROUP: 7, HIT_RATE: 9, HIT_PER: 2, HIT_BURST: 11, SOURCES: 0})
    kernel.allow = [prefix("10.0.0.0/8"), prefix("0.0.0.0/0"), prefix("::1/128")]
    assert ghost.works("show") == """\
in         drop,log
forward    drop
out        log
replies    match
log-rate   5/m
log-burst  20
log-target nflog:7
hit-rate   9/h
hit-burst  11
sources    0
allow      10.0.0.0/8
allow      0.0.0.0/0
allow      ::1/128
"""
    assert json.loads(ghost.works("-j", "show")) == [{
        "in": "drop,log", "forward": "drop", "out": "log", "replies": "match",
        "log_rate": "5/m", "log_burst": 20, "log_target": "nflog:7",
        "hit_rate": "9/h", "hit_burst": 11, "sources": 0,
        "allow": ["10.0.0.0/8", "0.0.0.0/0", "::1/128"]}]


def test_status_tells_what_is_armed_and_who_came(ghost, kernel):
    hits(kernel)
    kernel.policy[IN] = 4
    kernel.last_visit = int(time.time()) - 7300
    lines = dict(line.split(None, 1) for line in ghost.works().splitlines())
    assert lines.pop("last-visit").startswith("2 hours ago (20")
    assert lines == {"in": "drop,log", "forward": "count", "out": "count", "generation": "1",
                     "visits": "19", "passed": "3", "dropped": "10", "rejected": "1",
                     "allowed": "5", "reply": "2", "log-lines": "12", "log-suppressed": "3",
                     "hits-sent": "21", "hits-suppressed": "22", "hits-lost": "23",
                     "truncated-in": "0", "truncated-forward": "8", "truncated-out": "0"}
    row, = json.loads(ghost.works("--json", "status"))
    assert row.pop("last_visit") == kernel.last_visit
    assert {k.replace("_", "-"): str(v) for k, v in row.items()} == lines


@pytest.mark.parametrize("then, text", [
    (None, "never"), (0, "days ago"), (2 ** 64 - 1, "(@18446744073709551615)")])
def test_status_knows_odd_times(ghost, kernel, then, text):
    kernel.last_visit = then
    assert text in ghost.works("status")
    assert json.loads(ghost.works("-j"))[0]["last_visit"] == (then and min(then, 2 ** 63 - 1))


def test_stats_is_a_table(ghost, kernel):
    kernel.counters = list(ROWS)
    assert ghost.works("stats") == TABLE
    rows = json.loads(ghost.works("-j", "stats"))
    assert rows[0] == {"direction": "in", "family": "ipv4", "protocol": "tcp",
                       "verdict": "dropped", "packets": 10, "bytes": 600}
    assert len(rows) == 5


def test_stats_without_visits_is_an_empty_table(ghost):
    assert ghost.works("stats") == "direction  family  protocol  verdict  packets  bytes\n"
    assert ghost.works("-j", "stats") == "[]\n"


def test_reset_answers_what_stats_would_have(ghost, kernel):
    hits(kernel)
    before = ghost.works("stats")
    assert "forward    ipv4    -         truncated        7    196\n" in before
    assert ghost.works("stats", "reset") == before
    assert ghost.works("-j", "stats") == "[]\n"


def test_truncated_has_a_null_protocol_in_json(ghost, kernel):
    hits(kernel)
    rows = [r for r in json.loads(ghost.works("-j", "stats")) if r["verdict"] == "truncated"]
    assert [r["protocol"] for r in rows] == [None, None]


@pytest.mark.parametrize("verb", [["status"], ["show"], ["allow"], ["stats"], ["stats", "reset"], ["sources"], ["version"]])
def test_jq_takes_the_keys_of_json_unquoted(ghost, kernel, verb):
    hits(kernel)
    kernel.allow = [prefix("10.0.0.0/8")]
    keys = {key for row in json.loads(ghost.works("-j", *verb)) for key in row}
    assert keys and [key for key in keys if not re.fullmatch("[a-z][a-z0-9_]*", key)] == []


def test_set_one_action_for_all(ghost, kernel):
    assert ghost.works("set", "drop") == ""
    assert [kernel.policy[d] for d in (IN, FORWARD, OUT)] == [3, 3, 3]
    assert kernel.seen == [POLICY_GET, POLICY_SET]


def test_set_an_action_for_all_and_then_keys(ghost, kernel):
    ghost.works("set", "drop", "replies=match", "log-rate=5/s")
    assert [kernel.policy[d] for d in (IN, FORWARD, OUT)] == [3, 3, 3]
    assert (kernel.policy[REPLIES], kernel.policy[LOG_RATE], kernel.policy[LOG_PER]) == (0, 5, 0)
    ghost.works("set", "log,drop", "out=log", "in=off")
    assert [kernel.policy[d] for d in (IN, FORWARD, OUT)] == [0, 4, 2]
    assert kernel.seen == [POLICY_GET, POLICY_SET] * 2


def test_set_changes_only_what_it_names(ghost, kernel):
    kernel.allow = [prefix("10.0.0.0/8"), prefix("2001:db8::/32")]
    before = dict(kernel.policy)
    ghost.works("set", "out=log,drop", "log-rate=5/h", "log-target=nflog:0", "log-burst=1")
    assert kernel.policy == {**before, OUT: 4, LOG_RATE: 5, LOG_PER: 2, LOG_TARGET: 1,
                             LOG_GROUP: 0, LOG_BURST: 1}
    assert kernel.allow == [prefix("10.0.0.0/8"), prefix("2001:db8::/32")]
    ghost.works("set", "log-target=syslog")
    assert LOG_GROUP not in kernel.policy
    before = dict(kernel.policy)
    ghost.works("set", "hit-rate=9/m", "sources=0")
    assert kernel.policy == {**before, HIT_RATE: 9, HIT_PER: 1, SOURCES: 0}
    ghost.works("set", "hit-burst=11")
    assert kernel.policy == {**before, HIT_RATE: 9, HIT_PER: 1, SOURCES: 0, HIT_BURST: 11}


def test_set_tries_again_after_another_writer(ghost, kernel):
    kernel.busy = 5
    ghost.works("set", "in=drop")
    assert kernel.policy[IN] == 3
    assert kernel.seen.count(POLICY_SET) == 6


def test_set_gives_up_on_a_writer_that_never_rests(ghost, kernel):
    kernel.busy = 10 ** 6
    ghost.fails(1, "another writer keeps changing the policy; try again", "set", "in=drop")
    assert kernel.seen.count(POLICY_SET) == 32


def test_two_writers_lose_no_change(ghost, kernel):
    """The fake module serves one message at a time, so the two writers meet between get and set."""
    jobs = [subprocess.Popen([ghost.path, "allow", "add", f"10.{i}.0.0/16"],
                             env={**os.environ, **ghost.env}) for i in range(6)]
    assert all(job.wait(20) == 0 for job in jobs)
    assert len(kernel.allow) == 6


@pytest.mark.parametrize("capped", [True, False])
def test_a_refusal_carries_the_kernels_text_and_the_key(ghost, kernel, capped):
    kernel.capped = capped
    text = "reject is not supported yet"
    kernel.refuse[POLICY_SET] = (EOPNOTSUPP, text, OUT)
    ghost.fails(1, f"changing the policy: refused at out: {text}", "set", "out=reject")
    kernel.refuse[POLICY_SET] = (EOPNOTSUPP, None, REPLIES)
    ghost.fails(1, "changing the policy: refused at replies: Operation not supported",
                "set", "replies=exempt")
    kernel.refuse[POLICY_SET] = (EINVAL, "no", LOG_PER)
    ghost.fails(1, "changing the policy: refused at log-rate: no", "set", "log-rate=1/h")
    kernel.refuse[POLICY_SET] = (EINVAL, "covered by another", ALLOW)
    ghost.fails(1, "changing the policy: refused at allow 10.0.0.0/8: covered by another",
                "apply", "-", input=b"in off\nforward off\nout off\nallow ::/0\nallow 10.0.0.0/8\n")
    kernel.refuse[POLICY_SET] = (EINVAL, "two\nlines\033[31m", None)
    ghost.fails(1, "changing the policy: two lines [31m", "set", "drop")


def without_privilege(ghost, *args, wrap):
    done = subprocess.run([*wrap, ghost.path, *args], env={**os.environ, **ghost.env}, capture_output=True, text=True)
    assert (done.returncode, done.stdout) == (1, "")
    return done.stderr.removeprefix("ghost688: ")


def test_without_privilege_the_hint_repeats_the_command(ghost, kernel):
    kernel.refuse = {POLICY_SET: (EPERM, None, None), COUNTERS_RESET: (EPERM, None, None)}
    nobody = ["unshare", "-U"]
    assert without_privilege(ghost, "set", "in=drop", "out=log", wrap=nobody) == (
        "changing the policy needs CAP_NET_ADMIN; try: sudo ghost688 set in=drop out=log\n")
    assert without_privilege(ghost, "stats", "reset", "-j", wrap=nobody) == (
        "resetting the counters needs CAP_NET_ADMIN; try: sudo ghost688 stats reset -j\n")
    assert without_privilege(ghost, "-N", "/proc/self/ns/net", "show", wrap=nobody) == (
        "entering network namespace '/proc/self/ns/net' needs CAP_SYS_ADMIN; "
        "try: sudo ghost688 -N /proc/self/ns/net show\n")


def test_root_of_a_container_is_told_how_to_get_the_capability(ghost, kernel):
    kernel.refuse[POLICY_SET] = (EPERM, None, None)
    container = ["unshare", "-r", "setpriv", "--bounding-set=-net_admin,-sys_admin"]
    assert without_privilege(ghost, "set", "drop", wrap=container) == (
        "changing the policy needs CAP_NET_ADMIN, which root does not have here; "
        "a container gets it from: docker run --cap-add NET_ADMIN\n")
    assert without_privilege(ghost, "-N", "/proc/self/ns/net", "show", wrap=container) == (
        "entering network namespace '/proc/self/ns/net' needs CAP_SYS_ADMIN, which root does not have here; "
        "a container gets it from: docker run --cap-add SYS_ADMIN\n")


def test_a_user_in_a_container_is_told_the_same(ghost, kernel):
    if os.geteuid():
        pytest.skip("setpriv needs root")
    kernel.refuse[POLICY_SET] = (EPERM, None, None)
    nobody = ["setpriv", "--reuid=65534", "--bounding-set=-net_admin", "--inh-caps=-all,+dac_override",
              "--ambient-caps=+dac_override"]
    assert "which root does not have here" in without_privilege(ghost, "set", "drop", wrap=nobody)


def test_root_of_another_user_namespace_is_told_which_one_counts(ghost, kernel):
    kernel.refuse[POLICY_SET] = (EPERM, None, None)
    assert without_privilege(ghost, "set", "drop", wrap=["unshare", "-r"]) == (
        "changing the policy needs CAP_NET_ADMIN in the user namespace that owns the network namespace\n")


@pytest.mark.parametrize("verb", [["status"], ["set", "drop"], ["show"], ["save", "-"], ["allow"],
                                  ["allow", "flush"], ["stats"], ["stats", "reset"], ["sources"],
                                  ["sources", "--top", "3", "reset"], []])
def test_module_not_loaded(ghost, kernel, verb):
    kernel.loaded = False
    ghost.fails(1, "the ghost688 module is not loaded; load it with: modprobe ghost688", *verb)


@pytest.mark.parametrize("verb", [["status"], ["set", "drop"], ["show"], ["allow"], ["stats"], ["sources"]])
def test_another_abi_is_refused(ghost, kernel, verb):
    kernel.abi = 2
    ghost.fails(1, "module speaks ABI 2, this tool ABI 1; install the same version of both", *verb)
    assert kernel.seen == []


def test_version_tells_both(ghost, kernel):
    kernel.version = b"9.8.7\0"
    tool, module = ghost.works("version").splitlines()
    assert tool.startswith("ghost688 ") and tool.endswith(" (ABI 1)")
    assert module == "module   9.8.7 (ABI 1)"
    row, = json.loads(ghost.works("-j", "--version"))
    assert (row["module_version"], row["module_abi"], row["abi"]) == ("9.8.7", 1, 1)
    kernel.abi = 2
    assert "module   unknown (ABI 2); install the same version of both" in ghost.works("version")
    kernel.loaded = False
    assert "module   not loaded" in ghost.works("version")
    row, = json.loads(ghost.works("-j", "version"))
    assert row["module_version"] is None and row["module_abi"] is None


def test_version_tells_the_tools_own_where_the_module_cannot_be_asked(ghost, kernel):
    tool = ghost.works("version").splitlines()[0] + "\n"
    trouble = "ghost688: no generic netlink socket: Address family not supported by protocol\n"

    def told(*args, env=()):
        done = ghost(*args, env=env)
        assert done.returncode == 1
        return done.stdout, done.stderr

    assert told("--version", env={"GHOST_FAKE": ""}) == (tool, trouble)
    assert told("version", env={"GHOST_FAKE": ""}) == (tool, trouble)
    out, err = told("-j", "version", env={"GHOST_FAKE": ""})
    row, = json.loads(out)
    assert (row.pop("abi"), row.pop("version") in tool, err) == (1, True, trouble)
    assert row == {"module_version": None, "module_abi": None}
    kernel.spoil[STATUS_GET] = lambda body: body + attr(3, b"\1")
    assert told("version") == (tool, f"ghost688: reading the module's version: {MALFORMED}\n")


def test_allow(ghost, kernel):
    assert ghost.works("allow") == ""
    assert ghost.works("-j", "allow") == "[]\n"
    ghost.works("allow", "add", "10.0.0.0/8", "192.0.2.1", "2001:db8::1")
    assert ghost.works("allow") == "10.0.0.0/8\n192.0.2.1/32\n2001:db8::1/128\n"
    assert json.loads(ghost.works("-j", "allow"))[1] == {"prefix": "192.0.2.1/32"}
    ghost.works("allow", "del", "2001:db8::1", "10.0.0.0/8")
    assert ghost.works("allow") == "192.0.2.1/32\n"
    ghost.works("allow", "flush")
    assert kernel.allow == []


def test_allow_may_be_repeated(ghost, kernel):
    """If the allow-list is already as asked, the tool succeeds with one line, and does not replace the policy."""
    def told(*args):
        done = ghost("allow", *args)
        assert (done.returncode, done.stdout) == (0, "")
        return done.stderr

    ghost.works("allow", "add", "10.0.0.0/8", "192.0.2.1")
    generation, seen = kernel.generation, len(kernel.seen)
    assert told("add", "192.0.2.1") == "ghost688: 192.0.2.1/32 is on the allow-list already\n"
    assert told("add", "192.0.2.1", "10.0.0.0/8") == "ghost688: 192.0.2.1/32, 10.0.0.0/8 are on the allow-list already\n"
    assert told("del", "10.0.0.0/9") == "ghost688: 10.0.0.0/9 is not on the allow-list\n"
    assert kernel.generation == generation and kernel.seen[seen:] == [POLICY_GET] * 3
    # The other prefixes are added or deleted nevertheless.
    kernel.busy = 2
    assert told("add", "10.1.0.0/16", "192.0.2.1") == "ghost688: 192.0.2.1/32 is on the allow-list already\n"
    assert told("del", "::/0", "10.0.0.0/8") == "ghost688: ::/0 is not on the allow-list\n"
    assert ghost.works("allow") == "192.0.2.1/32\n10.1.0.0/16\n"
    # Without a change no privilege is needed. A refusal is not a success.
    kernel.refuse[POLICY_SET] = (EINVAL, "no", None)
    assert told("add", "10.1.0.0/16") == "ghost688: 10.1.0.0/16 is on the allow-list already\n"
    ghost.fails(1, "changing the policy: no", "allow", "add", "10.1.0.0/16", "::/0")


def test_a_long_list_of_prefixes_in_a_note_is_cut(ghost, kernel):
    nets = [f"2001:db8:{i:x}::/48" for i in range(1, 257)]
    ghost.works("allow", "add", *nets)
    done = ghost("allow", "add", *nets)
    assert done.returncode == 0
    assert re.fullmatch(r"ghost688: (2001:db8:\w+::/48, ){7}2001:db8:8::/48 and 248 more are on the allow-list already\n",
                        done.stderr)


def test_ipv4_in_ipv6_is_refused_in_a_file_and_may_be_deleted(ghost, kernel):
    done = ghost("apply", "-", input=b"in off\nforward off\nout off\nallow ::ffff:10.88.1.0/120\n")
    assert done.returncode == 1
    assert done.stderr == ("ghost688: <stdin>:4:7: '::ffff:10.88.1.0/120' is IPv4 written as IPv6; "
                           "write 10.88.1.0/24\n")
    # Another program may have added it in the meantime.
    kernel.allow = [prefix("::ffff:10.88.1.0/120"), prefix("::1/128")]
    ghost.works("allow", "del", "::ffff:10.88.1.0/120")
    assert kernel.allow == [prefix("::1/128")]


def test_256_prefixes_and_no_more(ghost, kernel):
    nets = [f"2001:db8:{i:x}::/48" for i in range(1, 257)]
    ghost.works("allow", "add", *nets)
    assert ghost.works("allow").split() == nets
    ghost.fails(1, "the allow-list takes 256 prefixes and has 256; nothing changed",
                "allow", "add", "10.0.0.0/8")
    ghost.works("allow", "del", nets[0], nets[-1])
    assert ghost.works("allow").split() == nets[1:-1]
    ghost.works("allow", "add", nets[0], nets[-1])
    text = ghost.works("show")
    ghost.works("allow", "flush")
    ghost.works("apply", "-", input=text.encode())
    assert ghost.works("show") == text


def test_apply_replaces_all(ghost, kernel, tmp_path):
    kernel.allow = [prefix("10.0.0.0/8")]
    kernel.policy.update({LOG_RATE: 99, LOG_TARGET: 1, LOG_GROUP: 3, HIT_RATE: 9, HIT_PER: 1, HIT_BURST: 2, SOURCES: 3})
    path = tmp_path / "policy"
    path.write_bytes(b"# mine\r\n\r\n  in off # not\r\n\tforward\tdrop\r\nout log")
    ghost.works("apply", str(path))
    assert kernel.policy == {IN: 0, FORWARD: 3, OUT: 2, REPLIES: 1, LOG_RATE: 10, LOG_PER: 0,
                             LOG_BURST: 20, LOG_TARGET: 0, HIT_RATE: 50000, HIT_PER: 0, HIT_BURST: 50000, SOURCES: 256}
    assert kernel.allow == []
    assert kernel.seen == [POLICY_SET]


def test_show_apply_save_agree(ghost, kernel, tmp_path):
    kernel.policy.update({IN: 4, LOG_TARGET: 1, LOG_GROUP: 65535, LOG_PER: 2})
    kernel.allow = [prefix("10.0.0.0/8"), prefix("::/0")]
    path = tmp_path / "saved"
    shown = ghost.works("show")
    assert ghost.works("save", "-") == shown
    ghost.works("save", str(path))
    assert path.read_text() == shown
    assert stat.S_IMODE(path.stat().st_mode) == 0o644
    ghost.works("set", "off")
    ghost.works("apply", str(path))
    assert ghost.works("show") == shown


def test_save_refuses_what_apply_would(ghost, kernel, tmp_path):
    path = tmp_path / "saved"
    path.write_text("old")
    kernel.policy[REPLIES] = 9
    done = ghost("save", str(path))
    assert done.returncode == 1 and "unknown(9)" in done.stderr
    assert path.read_text() == "old"


def test_a_newer_modules_words_are_told_as_numbers(ghost, kernel):
    kernel.policy.update({IN: 9, REPLIES: 7, LOG_PER: 8, LOG_TARGET: 6})
    assert ghost.works("show").split("\n")[:1] == ["in         unknown(9)"]
    assert "log-rate   10/unknown(8)\n" in ghost.works("show")
    kernel.counters = [counter(5, 9, 1, 2, 47, 77)]
    assert ghost.works("stats").split("\n")[1].split() == [
        "unknown(5)", "unknown(9)", "unknown(47)", "unknown(77)", "1", "2"]
    assert json.loads(ghost.works("-j"))[0]["visits"] == 1
    ghost.works("set", "out=drop")
    assert kernel.policy[IN] == 9 and kernel.policy[OUT] == 3


def test_a_setting_that_is_not_known_is_never_lost(ghost, kernel):
    kernel.spoil[POLICY_GET] = lambda body: body + u32(42, 1)
    for verb in (["set", "drop"], ["allow", "flush"], ["save", "-"]):
        ghost.fails(1, "the policy has a setting (42) that this tool does not know; "
                    "install the same version of both", *verb)
    assert POLICY_SET not in kernel.seen
    assert ghost.works("show") == DEFAULT


@pytest.mark.parametrize("cmd, verb", [
    (POLICY_GET, "show"), (STATUS_GET, "status"), (COUNTERS_GET, "stats"),
    (COUNTERS_RESET, "reset")])
def test_answers_of_random_bytes_are_refused_or_harmless(ghost, kernel, cmd, verb):
    dice = random.Random(688 + cmd)
    kernel.allow = [prefix("10.0.0.0/8"), prefix("::1/128")]

    def spoil(body):
        body = bytearray(body)
        for _ in range(dice.randrange(1, 6)):
            body[dice.randrange(len(body))] = dice.choice([0, 1, 3, 4, 8, 0x80, 0xff,
                                                           dice.randrange(256)])
        return bytes(body[:dice.randrange(len(body) + 1)] if dice.random() < .3 else body)

    kernel.spoil[cmd] = spoil
    for _ in range(60):
        hits(kernel)
        done = ghost(*(["stats", "reset"] if verb == "reset" else [verb]))
        assert done.returncode in (0, 1)
        assert bool(done.stderr) == bool(done.returncode)


@pytest.mark.parametrize("spoil", [
    lambda b: b"", lambda b: b[8:],                        # an empty answer; no generation
    lambda b: b[:8] + b[16:],                              # no in
    lambda b: b[:40] + b[48:], lambda b: b[:48] + b[56:],  # no log-rate; no log-per
    lambda b: b[:-8] + u32(LOG_TARGET, 1),                 # nflog without a group
    lambda b: b + attr(IN, b"\1"),                         # u32 of one byte
    lambda b: b + attr(IN, bytes(8)),                      # and of eight
    lambda b: b + attr(ALLOW, attr(1, bytes(5)) + attr(2, b"\1")),
    lambda b: b + attr(ALLOW, attr(1, bytes(4)) + attr(2, b"\x21")),
    lambda b: b + attr(ALLOW, attr(1, bytes(4))),
    lambda b: b + prefix("::/0") * 257])
def test_a_malformed_policy_is_refused(ghost, kernel, spoil):
    kernel.spoil[POLICY_GET] = spoil
    ghost.fails(1, f"reading the policy: {MALFORMED}", "show")
    ghost.fails(1, f"reading the policy: {MALFORMED}", "set", "drop")
    assert POLICY_SET not in kernel.seen


@pytest.mark.parametrize("lacks, kinds", [
    ("replies", [REPLIES]), ("log-burst", [LOG_BURST]), ("log-target", [LOG_TARGET, LOG_GROUP]),
    ("hit-rate", [HIT_RATE, HIT_PER]), ("sources", [SOURCES])])
def test_an_older_module_that_lacks_a_key_works_without_it(ghost, kernel, lacks, kinds):
    """The key is neither shown nor sent, unless a command or a file names it: then the module refuses it."""
    kernel.lacks = set(kinds)
    text = "".join(line for line in DEFAULT.splitlines(True) if not line.startswith(lacks))
    assert ghost.works("show") == ghost.works("save", "-") == text
    assert lacks.replace("-", "_") not in json.loads(ghost.works("-j", "show"))[0]
    ghost.works("set", "in=drop")
    ghost.works("allow", "add", "10.0.0.0/8")
    assert kernel.policy[IN] == 3 and len(kernel.allow) == 1
    ghost.works("apply", "-", input=text.encode())
    assert ghost.works("show") == text
    value = {"replies": "trust", "log-burst": "7", "log-target": "syslog", "hit-rate": "1/s", "sources": "0"}[lacks]
    refused = f"changing the policy: refused at {lacks}: Unknown attribute type"
    ghost.fails(1, refused, "set", f"{lacks}={value}")
    ghost.fails(1, refused, "apply", "-", input=f"{text}{lacks} {value}\n".encode())


def test_host_bits_of_the_kernel_are_shown_as_they_are(ghost, kernel):
    kernel.allow = [attr(ALLOW, attr(1, bytes([10, 0, 0, 1])) + attr(2, b"\x08"))]
    assert ghost.works("allow") == "10.0.0.1/8\n"


def test_answers_to_others_are_skipped(ghost, kernel):
    kernel.seq = 0
    stray = [kernel.message(2, b"\xff\xff\xff\xff" + bytes(16), seq=1),
             kernel.message(2, b"\xff\xff\xff\xff" + bytes(16), seq=1, portid=1)]
    kernel.noise = stray + [f"E{4}".encode()]    # and EINTR in between
    assert ghost.works("show") == DEFAULT


def test_answers_of_others_than_the_kernel_are_skipped(ghost, kernel):
    """A process that may send to the tool's socket can guess the sequence number of an answer."""
    kernel.noise = [lambda: b"FORGED" + kernel.message(2, bytes(4) + kernel.request[:16])]
    assert ghost.works("show") == DEFAULT


def test_an_answer_that_got_lost_is_told(ghost, kernel):
    ghost.works("show")
    kernel.noise = [f"E{ENOBUFS}".encode()]
    ghost.fails(1, "looking for the module: the kernel's answer got lost; try again", "show")


def test_an_interrupted_dump_is_requested_again(ghost, kernel):
    kernel.counters = list(ROWS)
    kernel.torn = 3
    assert ghost.works("stats") == TABLE
    kernel.torn = 100
    assert "changed each time; try again" in ghost("stats").stderr


def test_a_large_reset_is_read_whole(ghost, kernel):
    kernel.counters = [counter(d, f, 1, 60, p, v) for d in range(3) for f in (4, 6)
                       for p in (6, 17, 33, 132, 136) for v in range(5)] * 4
    rows = json.loads(ghost.works("-j", "stats", "reset"))
    assert len(rows) == 600


@pytest.mark.parametrize("verb", [["show"], ["-j", "show"], ["status"], ["stats"], ["allow"],
                                  ["sources"], ["save", "-"], ["help"], ["version"]])
def test_a_full_standard_output_is_an_error(ghost, kernel, verb):
    kernel.allow = [prefix(f"2001:db8:{i:x}::/48") for i in range(256)]
    with open("/dev/full", "w") as full:
        done = ghost(*verb, stdout=full)
    assert done.returncode == 1
    assert done.stderr == ("ghost688: cannot write to standard output: "
                           "No space left on device\n")


LOST = "ghost688: the counters are reset; this is what they were:\n"


@pytest.mark.parametrize("words", [["stats", "reset"], ["-j", "stats", "reset"]])
def test_a_reset_that_cannot_be_printed_is_not_lost(ghost, kernel, words):
    hits(kernel)
    table = ghost.works("stats")
    with open("/dev/full", "w") as full:
        done = ghost(*words, stdout=full)
    assert done.returncode == 1
    assert done.stderr == ("ghost688: cannot write to standard output: No space left on device\n" +
                           LOST + table)
    assert kernel.counters == []


def test_a_reset_whose_reader_went_away_is_not_lost(ghost, kernel):
    hits(kernel)
    table = ghost.works("stats")
    read, write = os.pipe()
    os.close(read)
    done = ghost("stats", "reset", stdout=write)
    os.close(write)
    assert done.returncode == 1
    assert done.stderr == "ghost688: cannot write to standard output: Broken pipe\n" + LOST + table


def test_a_reset_without_memory_for_json_is_not_lost(ghost, kernel):
    hits(kernel)
    table = ghost.works("stats")
    done = ghost("-j", "stats", "reset", env={"GHOST_NO_MEMORY": "3"})
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr == "ghost688: out of memory\n" + LOST + table


def test_a_reset_whose_answer_got_lost_is_told_truly(ghost, kernel):
    kernel.spoil[COUNTERS_RESET] = lambda body: u32(8, 1)
    ghost.fails(1, f"reading the counters, which may be reset now: {MALFORMED}", "stats", "reset")


def test_a_closed_standard_output_is_an_error_if_it_is_used(ghost):
    run = lambda verb: subprocess.run(["sh", "-c", f'"$0" {verb} >&-', ghost.path], text=True,
                                      env={**os.environ, **ghost.env}, stderr=subprocess.PIPE)
    assert run("set drop").returncode == 0
    done = run("show")
    assert done.returncode == 1 and "cannot write to standard output" in done.stderr


def test_colours_are_for_terminals_only(ghost, kernel):
    def on_terminal(**env):
        main, side = pty.openpty()
        ghost("status", stdout=side, env={"TERM": "xterm", "NO_COLOR": "", **env})
        os.close(side)
        text = os.read(main, 65536).decode()
        os.close(main)
        return text

    kernel.policy[IN] = 3
    assert "\033[31mdrop\033[0m" in on_terminal()
    assert "\033" not in on_terminal(NO_COLOR="1")
    assert "\033" not in on_terminal(TERM="dumb")
    assert "\033" not in ghost.works("status")


def test_netns_by_path(ghost):
    if os.geteuid():
        pytest.skip("setns needs root")
    assert ghost.works("-N", "/proc/self/ns/net", "show") == DEFAULT
    ghost.fails(1, "'/proc/self/ns/uts' is no network namespace", "-N", "/proc/self/ns/uts", "show")


def test_netns_by_the_number_of_a_process(ghost):
    if os.geteuid():
        pytest.skip("setns needs root")
    other = subprocess.Popen(["unshare", "-n", "sh", "-c", "echo; exec cat"], stdin=subprocess.PIPE,
                             stdout=subprocess.PIPE)
    try:
        other.stdout.readline()
        assert ghost.works("-N", str(other.pid), "show") == DEFAULT
        traced = ghost("-N", str(other.pid), "show", env={"GHOST_FAKE": "netns"})
        assert traced.stderr.splitlines()[0] == os.readlink(f"/proc/{other.pid}/ns/net")
    finally:
        other.communicate()


def test_file_size_limit_keeps_the_old_file(ghost, kernel, tmp_path):
    path = tmp_path / "saved"
    path.write_text("old")
    done = ghost("save", str(path),
                 preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (10, 10)))
    assert done.stderr == f"ghost688: {path}: cannot write: File too large\n"
    assert done.returncode == 1
    assert sorted(os.listdir(tmp_path)) == ["saved", "socket"]
    assert path.read_text() == "old"
