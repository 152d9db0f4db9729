# SPDX-License-Identifier: GPL-2.0-only
"""The tool with the real module: what the tool sets is in force in the kernel."""
import json
import os

import pytest

from lib import ghost, wire
from lib.ghost import CLI
from lib.netns import run
from lib.tool import ALLOW, DEFAULT, POLICY, policy, tool
from lib.topology import SILENT


def test_set_changes_what_it_names_and_nothing_else(host):
    tool(host, "set", "drop")
    assert policy(host).splitlines()[:3] == ["in         drop", "forward    drop", "out        drop"]
    tool(host, "set", "in=drop,log", "out=log", "log-rate=5/m", "log-burst=7", "log-target=nflog:12", "replies=match",
         "hit-rate=9/h", "hit-burst=11", "sources=64")
    tool(host, "allow", "add", *ALLOW)
    assert policy(host) == POLICY
    assert tool(host, "allow").split() == [line.split()[1] for line in POLICY.splitlines() if "allow" in line]
    tool(host, "allow", "del", "10.0.0.0/8")
    assert "10.0.0.0/8" not in policy(host)
    tool(host, "allow", "flush")
    assert "allow" not in policy(host)


def test_show_is_the_proc_file_and_apply_of_it_is_the_same_policy(host, tmp_path):
    tool(host, "apply", "-", input=POLICY)
    assert tool(host, "show") == policy(host) == POLICY
    tool(host, "save", tmp_path / "saved")
    tool(host, "set", "off")
    tool(host, "apply", tmp_path / "saved")
    assert policy(host) == POLICY
    tool(host, "apply", "-", input=DEFAULT)
    assert policy(host) == DEFAULT


def test_a_bad_file_changes_nothing_and_is_told_with_line_and_column(host):
    before = host.generation()
    told = tool(host, "apply", "-", input=DEFAULT + "allow 10.0.0.1/8\n", status=1)
    assert ":11:" in told and "10.0.0.0/8" in told
    assert host.generation() == before


@pytest.mark.parametrize("words,status,text", [
    (["set", "bogus"], 2, "drop,log"), (["set", "in=bogus"], 2, "drop,log"), (["set"], 2, ""), (["bogus"], 2, "status"),
    (["allow", "add", "10.0.0.1/8"], 2, "10.0.0.0/8"), (["set", "reject"], 1, "cannot reject")])
def test_a_wrong_word_is_told_and_changes_nothing(host, words, status, text):
    before = host.generation()
    assert text in tool(host, *words, status=status)
    assert host.generation() == before


def test_what_is_there_already_is_told_and_changes_nothing(host):
    tool(host, "allow", "add", "10.0.0.0/8")
    before = host.generation()
    for words in ["add", "10.0.0.0/8"], ["del", "10.9.0.0/16"]:
        done = host.netns.run(CLI, "allow", *words, check=False)
        assert (done.returncode, done.stdout) == (0, "") and words[1] in done.stderr
    assert host.generation() == before


def test_the_kernels_refusal_is_handed_on(host):
    prefixes = [f"10.{i}.0.0/16" for i in range(256)]
    tool(host, "allow", "add", *prefixes)
    assert "256" in tool(host, "allow", "add", "11.0.0.0/8", status=1)


def test_stats_tell_what_was_counted_and_reset_answers_it(street, host):
    packet = wire.packet("sctp", SILENT[6], street.h0.ipv6)
    street.inject([packet] * 3)
    street.settle()
    row = {"direction": "in", "family": "ipv6", "protocol": "sctp", "verdict": "passed", "packets": 3,
           "bytes": 3 * len(packet)}
    rows = [r for r in json.loads(tool(host, "-j", "stats")) if r["packets"]]
    assert rows == [row]
    assert ["in", "ipv6", "sctp", "passed", "3", str(3 * len(packet))] in \
        [line.split() for line in tool(host, "stats").splitlines()]
    assert [r for r in json.loads(tool(host, "--json", "stats", "reset")) if r["packets"]] == [row]
    assert host.rows() == {}


def test_status_agrees_with_proc(street, host):
    street.inject([wire.packet("udp", SILENT[4], street.h0.ipv4)])
    street.settle()
    told, = json.loads(tool(host, "-j"))
    status = host.status()
    for key, value in told.items():
        assert status[key.replace("_", "-")] == value, key
    text = dict(line.split(None, 1) for line in tool(host, "status").splitlines())
    assert (text["visits"], text["in"]) == ("1", "count")


def test_netns_works_in_another_namespace(host, router):
    tool(router, "--netns", "host", "set", "drop")
    assert (host.status()["in"], router.status()["in"]) == ("drop", "count")
    told = json.loads(tool(router, "-j", "-N", "host", "show"))
    assert told[0]["in"] == "drop"
    assert "nowhere" in tool(router, "-N", "nowhere", "show", status=1)


def nobody(owner, *words, status):
    done = owner.netns.run("setpriv", "--reuid", 65534, "--regid", 65534, "--clear-groups", CLI, *words, check=False)
    assert done.returncode == status
    return done.stderr


def test_without_privilege_looking_works_and_changing_names_the_capability(init):
    for words in ["status"], ["show"], ["stats"], ["allow"]:
        assert nobody(init, *words, status=0) == ""
    for words in ["set", "drop"], ["allow", "add", "10.0.0.0/8"], ["stats", "reset"], ["sources"], ["sources", "reset"]:
        assert "CAP_NET_ADMIN" in nobody(init, *words, status=1)


def test_without_the_module_it_says_how_to_load_it(init):
    ghost.rmmod()
    for words in ["status"], ["set", "drop"], ["stats", "reset"], ["sources"]:
        assert "modprobe ghost688" in tool(init, *words, status=1)
    ghost.insmod()
    init.set("count")


def test_a_module_of_another_abi_is_refused(init):
    other = os.environ.get("GHOST688_KO_ABI99")
    assert other, "GHOST688_KO_ABI99 names no module"
    ghost.rmmod()
    try:
        run("insmod", other)
        for words in ["status"], ["set", "drop"], ["stats"], ["sources"]:
            assert "module speaks ABI 99, this tool ABI 1;" in tool(init, *words, status=1)
    finally:
        ghost.fresh()
