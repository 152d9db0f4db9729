# SPDX-License-Identifier: GPL-2.0-only
"""What `ghost688 sources` asks the module for, and how it prints the answer."""
import json
import os
import random
import subprocess

import pytest

from fake import EPERM, SOURCES as KEPT, SOURCES_GET, SOURCES_RESET, attr, source, u32, u64

MALFORMED = "the module's answer makes no sense; install the same version of both"
UTC = {"TZ": "UTC"}

ROWS = [source("192.0.2.9", 7, early=True),
        source("2001:db8:1:2:3:4:5:6", 120, 7, size=6780, protocols=0b11, verdicts=0b1010, ports=(688, 5353)),
        source("198.51.100.2", 2000000, direction=1, protocols=1 << 3, verdicts=2),
        source("203.0.113.5", 7, 2, size=300, direction=2, ports=(40000, 688), uid=1000, comm=b"Web Content"),
        source("192.0.2.10", 7, direction=0, protocols=1 << 5, ports=None)]

TABLE = """\
direction  address                  packets      bytes  first-seen           last-seen            protocols  verdicts         ports      who
forward    198.51.100.2             2000000  120000000  2023-11-14T22:13:20  2023-11-14T22:14:20  sctp       dropped          40112>688  -
in         2001:db8:1:2:3:4:5:6/64  113-120       6780  2023-11-14T22:13:20  2023-11-14T22:14:20  tcp,udp    dropped,allowed  5353>688   -
in         192.0.2.9                      7        420  2023-11-14T22:13:20  2023-11-14T22:14:20  tcp        passed           40112>688  -
in         192.0.2.10                     7        420  2023-11-14T22:13:20  2023-11-14T22:14:20  truncated  passed           -          -
out        203.0.113.5                  5-7        300  2023-11-14T22:13:20  2023-11-14T22:14:20  tcp        passed           40000>688  uid 1000 "Web Content"
"""
REST = "Whoever sent more than 17 packets is listed.\n"
LOST = "ghost688: the sources are reset; this is what they were:\n"


@pytest.fixture
def came(kernel):
    kernel.sources, kernel.threshold = list(ROWS), 17
    return kernel


def test_sources_are_a_table_and_a_line_about_who_is_missing(ghost, came):
    assert ghost.works("sources", env=UTC) == TABLE + REST
    assert came.seen == [SOURCES_GET]


def test_packets_that_met_no_memory_are_told(ghost, came):
    came.unrecorded = 3
    assert ghost.works("sources", env=UTC) == (
        TABLE + REST + "3 packets, counted in this number, met no memory to record them.\n")


def test_nobody_came(ghost, kernel):
    head, line = ghost.works("sources").splitlines()
    assert head.split() == TABLE.splitlines()[0].split()
    assert line == "No source is recorded."
    assert ghost.works("-j", "sources") == "[]\n"
    # There is a threshold if all of them were filtered, or met no memory.
    kernel.threshold = 2
    assert ghost.works("sources").splitlines()[1:] == ["Whoever sent more than 2 packets is listed."]
    for words in ["-j", "sources"], ["-j", "sources", "reset"]:
        done = ghost(*words)
        assert (done.returncode, done.stdout, done.stderr) == (
            0, "[]\n", "ghost688: nobody is listed, but somebody may have sent up to 2 packets\n")
    assert ghost.works("-j", "sources", "reset") == "[]\n"


def test_nobody_is_recorded_if_the_policy_says_so(ghost, kernel):
    kernel.policy[KEPT] = 0
    for words in ["sources"], ["-j", "sources"]:
        done = ghost(*words)
        assert (done.returncode, done.stderr) == (
            0, "ghost688: nobody is recorded, because the policy has 'sources 0'\n")
    # An older module does not tell.
    del kernel.policy[KEPT]
    assert ghost.works("-j", "sources") == "[]\n"


def test_top_prints_the_first_of_them_and_says_so(ghost, came):
    lines = TABLE.splitlines()
    for words in ("--top", "2"), ("--top=2",):
        shown = ghost.works("sources", *words, env=UTC).splitlines()
        assert [line.split() for line in shown[:3]] == [line.split() for line in lines[:3]]
        assert shown[3:] == ["These are 2 of 5 sources.", "Whoever sent more than 17 packets is listed without --top."]
    for number in "5", "4294967295":
        assert ghost.works("sources", "--top", number, env=UTC) == TABLE + REST
    assert [row["address"] for row in json.loads(ghost.works("-j", "sources", "--top", "1"))] == ["198.51.100.2"]


def test_who_sent_as_much_is_sorted_by_certainty_and_then_by_address(ghost, kernel):
    order = [source("2001:db8::1", 9), source("192.0.2.9", 8), source("192.0.2.10", 8), source("192.0.2.10", 8, direction=1),
             source("2001:db8::1", 8), source("192.0.2.1", 8, 1), source("192.0.2.2", 8, 8), source("192.0.2.3", 7)]
    kernel.sources = order[:]
    rows = ghost.works("-j", "sources")
    for seed in range(5):
        random.Random(seed).shuffle(kernel.sources)
        assert ghost.works("-j", "sources") == rows
    assert [(row["packets"], row["error"], row["address"], row["direction"]) for row in json.loads(rows)] == [
        (9, 0, "2001:db8::1", "in"), (8, 0, "192.0.2.9", "in"), (8, 0, "192.0.2.10", "in"),
        (8, 0, "192.0.2.10", "forward"), (8, 0, "2001:db8::1", "in"), (8, 1, "192.0.2.1", "in"),
        (8, 8, "192.0.2.2", "in"), (7, 0, "192.0.2.3", "in")]


def test_json_has_a_flat_object_for_each_and_leaves_out_what_is_unknown(ghost, came):
    came.unrecorded = 1
    times = {"first_seen": 1700000000, "last_seen": 1700000060}
    shared = {**times, "threshold": 17, "unrecorded": 1}
    assert json.loads(ghost.works("--json", "sources")) == [
        {"direction": "forward", "family": "ipv4", "address": "198.51.100.2", "packets": 2000000, "bytes": 120000000,
         "error": 0, "protocols": "sctp", "verdicts": "dropped", "local_port": 688, "remote_port": 40112,
         "early": False, **shared},
        {"direction": "in", "family": "ipv6", "address": "2001:db8:1:2:3:4:5:6", "prefix": "2001:db8:1:2::/64",
         "packets": 120, "bytes": 6780, "error": 7, "protocols": "tcp,udp", "verdicts": "dropped,allowed",
         "local_port": 688, "remote_port": 5353, "early": False, **shared},
        {"direction": "in", "family": "ipv4", "address": "192.0.2.9", "packets": 7, "bytes": 420, "error": 0,
         "protocols": "tcp", "verdicts": "passed", "local_port": 688, "remote_port": 40112, "early": True, **shared},
        {"direction": "in", "family": "ipv4", "address": "192.0.2.10", "packets": 7, "bytes": 420, "error": 0,
         "protocols": "truncated", "verdicts": "passed", "early": False, **shared},
        {"direction": "out", "family": "ipv4", "address": "203.0.113.5", "packets": 7, "bytes": 300, "error": 2,
         "protocols": "tcp", "verdicts": "passed", "local_port": 40000, "remote_port": 688, "uid": 1000,
         "comm": "Web Content", "early": False, **shared}]


@pytest.mark.parametrize("words", [["sources"], ["-j", "sources"]])
def test_reset_prints_what_it_reset(ghost, came, words):
    before = ghost.works(*words)
    assert ghost.works(*words, "reset") == before
    assert came.seen == [SOURCES_GET, SOURCES_RESET]
    assert ghost.works("-j", "sources") == "[]\n"


@pytest.mark.parametrize("words", [["sources", "reset"], ["-j", "sources", "reset"], ["sources", "--top", "1", "reset"]])
def test_a_reset_that_cannot_be_printed_is_not_lost(ghost, came, words):
    with open("/dev/full", "w") as full:
        done = ghost(*words, stdout=full, env=UTC)
    assert done.returncode == 1
    assert done.stderr == ("ghost688: cannot write to standard output: No space left on device\n" + LOST + TABLE + REST)
    assert came.sources == []


def test_a_reset_without_reader_or_memory_is_not_lost(ghost, came):
    read, write = os.pipe()
    os.close(read)
    done = ghost("sources", "reset", stdout=write, env=UTC)
    os.close(write)
    assert (done.returncode, done.stderr) == (
        1, "ghost688: cannot write to standard output: Broken pipe\n" + LOST + TABLE + REST)
    came.sources, came.threshold = list(ROWS), 17
    done = ghost("-j", "sources", "reset", env={"GHOST_NO_MEMORY": "3", **UTC})
    assert (done.returncode, done.stdout, done.stderr) == (1, "", "ghost688: out of memory\n" + LOST + TABLE + REST)


def tear(kernel, times):
    """Interrupts the next dumps of sources."""
    whole = type(kernel).sources_get

    def torn(*args):
        nonlocal times
        kernel.torn, times = int(times > 0), times - 1
        whole(kernel, *args)
    kernel.sources_get = torn


def test_a_reset_that_is_broken_off_prints_what_came_of_it(ghost, came):
    """It is not asked for again: a second answer would lack what the first one had."""
    tear(came, 1)
    done = ghost("sources", "reset", env=UTC)
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr == ("ghost688: reading the sources, which may be reset now: "
                           "the kernel's answer changed each time; try again\n" + TABLE + REST)
    assert came.seen == [SOURCES_RESET]


def test_an_interrupted_dump_is_requested_again(ghost, came):
    tear(came, 3)
    assert ghost.works("sources", env=UTC) == TABLE + REST
    assert came.seen == [SOURCES_GET] * 4
    tear(came, 100)
    assert ghost("sources").stderr == "ghost688: reading the sources: the kernel's answer changed each time; try again\n"


def test_without_privilege_the_hint_repeats_the_command(ghost, kernel):
    kernel.refuse = {SOURCES_GET: (EPERM, None, None), SOURCES_RESET: (EPERM, None, None)}

    def told(*words):
        done = subprocess.run(["unshare", "-U", ghost.path, *words], env={**os.environ, **ghost.env}, capture_output=True,
                              text=True)
        assert (done.returncode, done.stdout) == (1, "")
        return done.stderr

    assert told("sources", "--top", "3") == (
        "ghost688: reading the sources needs CAP_NET_ADMIN; try: sudo ghost688 sources --top 3\n")
    assert told("-j", "sources", "reset") == (
        "ghost688: resetting the sources needs CAP_NET_ADMIN; try: sudo ghost688 -j sources reset\n")


def test_a_threads_name_is_safe_to_print(ghost, kernel):
    """Any program may give its threads any name."""
    kernel.sources = [source("192.0.2.1", 1, direction=2, comm=b"a\033[2J\xff\xc3\n")]
    assert ghost.works("sources").splitlines()[1].endswith(r"  a\x1b[2J\xff\xc3\x0a")
    row, = json.loads(ghost.works("-j", "sources"))
    assert row["comm"] == r"a\x1b[2J\xff\xc3\x0a" and "uid" not in row
    kernel.sources = [source("192.0.2.1", 1, direction=2, comm="uid 0\u00e9".encode())]
    assert ghost.works("sources").splitlines()[1].endswith(r'  "uid 0\xc3\xa9"')
    text = ghost.works("-j", "sources")
    assert json.loads(text)[0]["comm"] == "uid 0\u00e9" and text.isascii()


def test_words_of_a_newer_module_are_told_as_numbers(ghost, kernel):
    kernel.sources = [source("192.0.2.1", 1, direction=7, protocols=1 << 31 | 1, verdicts=1 << 6, last=2 ** 64 - 1,
                             uid=4294967295)]
    cells = ghost.works("sources").splitlines()[1].split()
    assert (cells[0], cells[5:8]) == ("unknown(7)", ["@18446744073709551615", "tcp,unknown(31)", "unknown(6)"])
    assert cells[-2:] == ["uid", "4294967295"]
    kernel.sources = [source("192.0.2.1", 1, protocols=0, verdicts=2 ** 32 - 1) + u32(42, 7)]
    assert ghost.works("sources").splitlines()[1].split()[6] == "-"


HEAD, ROW = u64(2, 1) + u64(3, 0), source("192.0.2.1", 5, 2)


@pytest.mark.parametrize("rows", [
    [], [ROW],                                                  # no threshold
    [HEAD, b""], [HEAD, ROW[:-48]], [HEAD, ROW[8:]],            # an empty message; no last-seen; no direction
    [HEAD, source("192.0.2.1", 5, 6)],                          # more error than packets
    [HEAD, source("192.0.2.1", 5, length=33)], [HEAD, source("::1", 5, length=129)],
    [HEAD, ROW + u32(5, 6)], [HEAD, ROW + u32(5, 9)],           # another family
    [HEAD, ROW + attr(6, bytes(5))], [HEAD, ROW + attr(8, bytes(4))], [HEAD, ROW + attr(15, bytes(4))],
    [HEAD, ROW + attr(18, b"x" * 64)]])
@pytest.mark.parametrize("words,what", [
    (["sources"], "reading the sources"), (["-j", "sources", "reset"], "reading the sources, which may be reset now")])
def test_a_malformed_answer_is_refused(ghost, kernel, rows, words, what):
    def answer(peer, _, cmd):
        for row in rows:
            kernel.answer(peer, cmd, row, 2)
        kernel.done(peer)
    kernel.sources_get = lambda peer, _: answer(peer, _, SOURCES_GET)
    kernel.sources_reset = lambda peer, _: answer(peer, _, SOURCES_RESET)
    done = ghost(*words)
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.splitlines()[0] == f"ghost688: {what}: {MALFORMED}"


@pytest.mark.parametrize("words", [["sources"], ["sources", "reset"], ["-j", "sources"]])
def test_answers_of_random_bytes_are_refused_or_harmless(ghost, kernel, words):
    dice = random.Random(len(words))

    def spoil(body):
        body = bytearray(body)
        for _ in range(dice.randrange(1, 4)):
            body[dice.randrange(len(body))] = dice.choice([0, 1, 3, 4, 8, 0x80, 0xff, dice.randrange(256)])
        return bytes(body[:dice.randrange(len(body) + 1)] if dice.random() < .1 else body)

    kernel.spoil[SOURCES_GET] = kernel.spoil[SOURCES_RESET] = spoil
    for _ in range(60):
        kernel.sources = list(ROWS)
        done = ghost(*words)
        assert done.returncode in (0, 1)
        assert bool(done.stderr) == bool(done.returncode)


def test_ten_thousand_sources_are_read_whole(ghost, kernel):
    kernel.sources = [source(f"10.0.{i // 256}.{i % 256}", i + 1) for i in range(10000)]
    rows = json.loads(ghost.works("-j", "sources"))
    assert [row["packets"] for row in rows] == list(range(10000, 0, -1))
