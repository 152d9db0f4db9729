# SPDX-License-Identifier: GPL-2.0-only
"""monitor: what it prints of the module's events, and what it does if they stop, get lost, or come in odd forms."""
import contextlib
import fcntl
import itertools
import json
import os
import pty
import random
import re
import signal
import struct
import subprocess
import termios
import threading
import time

import pytest

from fake import (EINVAL, ENOMEM, EPERM, GENERATION, HIT_NTF, HITS_GROUP, HITS_LISTEN, IN, POLICY_GROUP, POLICY_NTF,
                  RESET_NTF, hit, prefix, u32)
from test_wire import MALFORMED, without_privilege

OUT = dict(direction=2, in_ifindex=None, in_ifname=None, out_ifindex=3, out_ifname="eth1", source="192.0.2.1",
           destination="198.51.100.7", verdict=0)
SENDER = dict(OUT, uid=0, pid=4242, comm="curl", cgroup=77, cookie=5)


class Monitor:
    """The tool while it runs. All that it prints goes to a pipe."""

    def __init__(self, ghost, kernel, *args, env=(), **more):
        self.kernel = kernel
        kernel.joined.clear()
        kernel.listener = None
        self.process = subprocess.Popen(
            [ghost.path, *args], stdin=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True,
            env={**os.environ, "LC_ALL": "C", "TZ": "UTC", **ghost.env, **dict(env)},
            **{"stdout": subprocess.PIPE, **more})
        # What never comes must not be waited for for ever.
        self.watchdog = threading.Timer(40, self.process.kill)
        self.watchdog.daemon = True
        self.watchdog.start()

    def line(self):
        return self.process.stdout.readline()

    def row(self):
        return json.loads(self.line())

    def rows(self, count):
        return [self.row() for _ in range(count)]

    def end(self, number=signal.SIGINT):
        """Interrupts it. Returns its exit status, and the rest of what it prints."""
        if number:
            # It catches signals before it joins a group.
            self.kernel.until(lambda: self.kernel.listener)
            self.process.send_signal(number)
        out, err = self.process.communicate(timeout=20)
        assert err == "", err
        return self.process.returncode, out


@pytest.fixture
def monitor(ghost, kernel):
    with contextlib.ExitStack() as stack:
        def start(*args, **more):
            it = Monitor(ghost, kernel, *args, **more)
            stack.callback(lambda: (it.watchdog.cancel(), it.process.kill(), it.process.communicate()))
            return it
        yield start


def told(monitor, kernel, *hits, args=("monitor",), **more):
    """What it prints of so many hits: one line each."""
    it = monitor("--count", str(len(hits)), *args, **more)
    kernel.visit(*({"seq": i, **values} for i, values in enumerate(hits, 1)))
    status, out = it.end(0)
    assert status == 0
    return out.splitlines()


def test_a_line_for_people(monitor, kernel):
    v6 = dict(family=6, source="2001:db8::7", destination="2001:db8::1")
    assert told(monitor, kernel, {}, dict(v6, protocol=17, verdict=0), SENDER, OUT,
                dict(direction=1, out_ifname="eth1", verdict=3, reason=1, protocol=132),
                dict(v6, protocol=None, reason=0, source_port=None, destination_port=None),
                dict(reason=2, destination="10.0.0.2", destination_port=8688, original_source="198.51.100.7",
                     original_source_port=40112, original_destination="192.0.2.1", original_destination_port=688),
                dict(packets=44, protocol=136)) == [
        "2023-11-14 22:13:20.123 in      dropped  tcp  198.51.100.7:40112 -> 192.0.2.1:688 in=eth0",
        "2023-11-14 22:13:20.123 in      passed   udp  [2001:db8::7]:40112 -> [2001:db8::1]:688 in=eth0",
        "2023-11-14 22:13:20.123 out     passed   tcp  192.0.2.1:40112 -> 198.51.100.7:688 uid=0 pid=4242 comm=curl",
        "2023-11-14 22:13:20.123 out     passed   tcp  192.0.2.1:40112 -> 198.51.100.7:688 out=eth1",
        "2023-11-14 22:13:20.123 forward allowed  sctp 198.51.100.7:40112 -> 192.0.2.1:688 in=eth0 out=eth1",
        "2023-11-14 22:13:20.123 in      dropped,truncated -    2001:db8::7 -> 2001:db8::1 in=eth0",
        "2023-11-14 22:13:20.123 in      dropped,translated tcp  198.51.100.7:40112 -> 10.0.0.2:8688 "
        "sent-to=192.0.2.1:688 in=eth0",
        "2023-11-14 22:13:20.123 in      dropped  udplite 198.51.100.7:40112 -> 192.0.2.1:688 packets=44 in=eth0"]


def test_json_has_all_that_is_known_and_nothing_else(monitor, kernel):
    lines = told(monitor, kernel, {}, SENDER, dict(
        direction=1, reason=2, original_source="10.0.0.9", original_source_port=1, original_destination="10.0.0.8",
        original_destination_port=688, out_ifindex=3, out_ifname="eth1"),
        dict(protocol=None, source_port=None, destination_port=None, tcp_flags=None, in_ifindex=None, in_ifname=None,
             reason=0, boot_time=None), args=["-j", "monitor"])
    rows = [json.loads(line) for line in lines]
    base = {"cpu": 0, "seq": 1, "time": 1700000000, "nanoseconds": 123456789, "boot_time": 987654321,
            "direction": "in", "family": "ipv4", "protocol": "tcp", "verdict": "dropped", "source": "198.51.100.7",
            "source_port": 40112, "destination": "192.0.2.1", "destination_port": 688, "interface": "eth0",
            "in_ifindex": 2, "in_interface": "eth0", "packets": 1, "bytes": 60, "tcp_flags": 2}
    out = {k: v for k, v in base.items() if not k.startswith("in_")}
    assert rows[0] == base
    assert rows[1] == {**out, "seq": 2, "direction": "out", "verdict": "passed", "source": "192.0.2.1",
                       "destination": "198.51.100.7", "interface": "eth1", "out_ifindex": 3, "out_interface": "eth1",
                       "uid": 0, "pid": 4242, "comm": "curl", "cgroup": 77, "cookie": 5}
    assert rows[2] == {**base, "seq": 3, "direction": "forward", "reason": "translated", "out_ifindex": 3,
                       "out_interface": "eth1", "original_source": "10.0.0.9", "original_source_port": 1,
                       "original_destination": "10.0.0.8", "original_destination_port": 688}
    absent = ("protocol", "source_port", "destination_port", "tcp_flags", "interface", "boot_time")
    assert rows[3] == {**{k: v for k, v in out.items() if k not in absent}, "seq": 4, "reason": "truncated"}
    # The time is not rounded, whatever a reader makes of numbers.
    assert all('"time":1700000000,"nanoseconds":123456789,' in line for line in lines)
    assert all(re.fullmatch("[a-z][a-z_]*", key) for row in rows for key in row)


def test_a_name_of_a_program_is_no_command_for_the_terminal(monitor, kernel):
    evil = dict(SENDER, comm=b"a\033[2J \xff\0", out_ifname="\u200b")
    line, = told(monitor, kernel, evil)
    assert line.endswith(r' comm="a\x1b[2J \xff"')
    row = json.loads(told(monitor, kernel, evil, args=["-j", "monitor"])[0])
    assert (row["comm"], row["interface"]) == (r"a\x1b[2J \xff", "\u200b")


@pytest.mark.parametrize("name", ["a\nb", "a b", "\u00e9\u202e\u009b2J", "\x7f"])
def test_json_has_a_name_as_it_is_and_is_ascii(monitor, kernel, name):
    line, = told(monitor, kernel, dict(SENDER, comm=name, out_ifname=name), args=["-j", "monitor"])
    row = json.loads(line)
    assert (row["comm"], row["interface"]) == (name, name)
    assert line.isascii()


@pytest.mark.parametrize("name, shown", [
    ("a\1uid=0", r'"a\x01uid=0"'), ("a uid", '"a uid"'), ('"a"', r'"\x22a\x22"'), ("eth0.7", "eth0.7"), ("", "")])
def test_a_name_does_not_look_like_another_field(monitor, kernel, name, shown):
    lines = told(monitor, kernel, dict(in_ifname=name), dict(OUT, out_ifname=name), dict(SENDER, comm=name))
    assert [line.split(":688 ")[1] for line in lines] == [
        f"in={shown}", f"out={shown}", f"uid=0 pid=4242 comm={shown}"]


def test_a_sender_without_a_user_is_told(monitor, kernel):
    lines = told(monitor, kernel, dict(SENDER, uid=None), dict(SENDER, uid=None, pid=None))
    assert [line.split(":688 ")[1] for line in lines] == ["pid=4242 comm=curl", "comm=curl"]


def test_words_that_only_a_newer_module_knows(monitor, kernel):
    line, = told(monitor, kernel, dict(direction=9, verdict=8, protocol=47, reason=7))
    assert "unknown(9) unknown(8),unknown(7) unknown(47) " in line


def test_verdicts_have_a_colour_on_a_terminal(ghost, kernel, monitor):
    main, side = pty.openpty()
    it = monitor("monitor", "--count", "1", stdout=side, env={"TERM": "xterm", "NO_COLOR": ""})
    kernel.visit({})
    assert it.end(0)[0] == 0
    os.close(side)
    assert "in      \033[31mdropped\033[0m  tcp" in os.read(main, 65536).decode()
    os.close(main)


def test_each_line_comes_at_once(monitor, kernel):
    it = monitor("monitor")
    for seq in range(1, 4):
        kernel.visit(dict(seq=seq))
        assert "in      dropped" in it.line()
    assert it.end() == (0, "")


def test_count_ends_after_so_many_lines(monitor, kernel):
    it = monitor("monitor", "--count=2", "--direction", "out")
    kernel.visit(*(dict(OUT, seq=seq, direction=seq % 3) for seq in range(1, 20)))
    status, out = it.end(0)
    assert status == 0
    assert [line.split()[2] for line in out.splitlines()] == ["out", "out"]


def test_timeout_ends_it(monitor, kernel):
    begin = time.monotonic()
    it = monitor("-j", "monitor", "--timeout", "2")
    kernel.visit(dict(seq=1))
    status, out = it.end(0)
    assert (status, len(out.splitlines())) == (0, 1)
    assert 2 <= time.monotonic() - begin < 6


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_ends_it_after_all_that_came(monitor, kernel, number):
    it = monitor("monitor")
    kernel.until(lambda: POLICY_GROUP in kernel.joined)
    it.process.send_signal(signal.SIGSTOP)
    kernel.visit(*(dict(seq=seq) for seq in range(1, 101)))
    it.process.send_signal(number)
    it.process.send_signal(signal.SIGCONT)
    status, out = it.end(0)
    assert (status, len(out.splitlines())) == (0, 100)


def test_signals_that_the_caller_blocks_end_it_all_the_same(monitor, kernel):
    numbers = [signal.SIGINT, signal.SIGTERM, signal.SIGALRM]
    blocked = dict(preexec_fn=lambda: signal.pthread_sigmask(signal.SIG_BLOCK, numbers))
    assert monitor("monitor", **blocked).end(signal.SIGINT) == (0, "")
    assert monitor("monitor", **blocked).end(signal.SIGTERM) == (0, "")
    assert monitor("monitor", "--timeout", "1", **blocked).end(0) == (0, "")


def test_policy_changes_and_resets_are_in_the_stream(monitor, kernel):
    def body():
        return u32(GENERATION, kernel.generation) + b"".join(
            u32(kind, value) for kind, value in kernel.policy.items()) + b"".join(kernel.allow)

    kernel.policy[IN] = 4
    kernel.allow = [prefix("10.0.0.0/8"), prefix("::1/128")]
    events = (POLICY_NTF, body()), (RESET_NTF, u32(1, 0)), (RESET_NTF, u32(1, 1))
    it = monitor("monitor")
    kernel.announce(*events)
    lines = [it.line() for _ in range(3)]
    assert re.fullmatch(r"20\S+ \S+ policy  generation=1 in=drop,log forward=count out=count replies=exempt "
                        r"log-rate=10/s log-burst=20( \S+=\S+)* log-target=syslog prefixes=2\n|"
                        r"20\S+ \S+ policy  generation=1 in=drop,log forward=count out=count replies=exempt "
                        r"log-rate=10/s log-burst=20 log-target=syslog( \S+=\S+)* prefixes=2\n", lines[0])
    assert [line.split()[2:] for line in lines[1:]] == [["reset", "counters"], ["reset", "sources"]]
    assert it.end() == (0, "")
    it = monitor("-j", "monitor")
    kernel.announce(*events)
    policy, *resets = it.rows(3)
    now = time.time()
    assert abs(policy.pop("time") + policy.pop("nanoseconds") / 1e9 - now) < 60
    assert (policy["event"], policy["generation"], policy["in"], policy["log_burst"], policy["allow"]) == (
        "policy", 1, "drop,log", 20, ["10.0.0.0/8", "::1/128"])
    assert [(row["event"], row["table"]) for row in resets] == [("reset", "counters"), ("reset", "sources")]
    assert it.end() == (0, "")


def losses(row):
    assert row["event"] == "missed", row
    return row["hits"], row["too_slow"], row["no_room"], row["suppressed"]


def test_a_gap_is_told_with_its_reason(monitor, kernel):
    kernel.positions = {0: (10, 3), 2: (5, 0)}
    it = monitor("-j", "monitor")
    kernel.visit(dict(seq=11, suppressed=3), dict(cpu=2, seq=6), dict(seq=15, suppressed=3), dict(cpu=1, seq=3))
    assert [row["seq"] for row in it.rows(4)] == [11, 6, 15, 3]
    # Three on CPU 0; two on CPU 1, which had none when it began.
    assert losses(it.row()) == (5, 0, 5, 0)
    kernel.announce(b"D4")
    kernel.visit(dict(seq=20, suppressed=3), dict(cpu=2, seq=9))
    assert [row["seq"] for row in it.rows(2)] == [20, 9]
    assert losses(it.row()) == (6, 4, 2, 0)
    kernel.positions = {0: (20, 3), 1: (3, 0), 2: (9, 0)}
    assert it.end() == (0, "")


def test_a_gap_for_people(monitor, kernel):
    it = monitor("monitor")
    kernel.announce(b"D1")
    kernel.visit(dict(seq=4, suppressed=7))
    it.line()
    assert it.line().split()[2:] == ["missed", "hits=3", "too-slow=1", "no-room=2", "suppressed=7"]


def test_what_the_rate_suppressed_is_told(monitor, kernel):
    kernel.positions = {0: (0, 100)}
    it = monitor("-j", "monitor")
    kernel.visit(dict(seq=1, suppressed=100), dict(seq=2, suppressed=142))
    it.rows(2)
    assert losses(it.row()) == (0, 0, 0, 42)
    # Later also without a hit.
    kernel.positions = {0: (2, 150), 3: (0, 1)}
    assert losses(it.row()) == (0, 0, 0, 9)
    assert it.end() == (0, "")


def test_losses_at_the_end_of_a_flood_are_found(monitor, kernel):
    it = monitor("-j", "monitor")
    kernel.visit(dict(seq=1))
    it.row()
    kernel.positions = {0: (8, 0), 5: (2, 0)}
    assert losses(it.row()) == (9, 0, 9, 0)
    assert it.end() == (0, "")


def test_losses_on_a_cpu_that_went_silent_are_found_while_others_are_not(monitor, kernel):
    it = monitor("-j", "monitor")
    kernel.visit(dict(seq=1))
    it.row()
    kernel.positions = {1: (5, 0)}
    for seq in range(2, 30):
        kernel.visit(dict(seq=seq))
        row = it.row()
        if "event" in row:
            break
        time.sleep(.2)
    assert losses(row) == (5, 0, 5, 0)


def test_dropped_packets_that_were_no_hits_make_no_later_loss_too_slow(monitor, kernel):
    it = monitor("-j", "monitor")
    kernel.announce(b"D3")
    kernel.visit(dict(seq=1))
    it.row()
    seen = len(kernel.seen)
    kernel.until(lambda: len(kernel.seen) > seen + 2)
    kernel.visit(dict(seq=5))
    it.row()
    assert losses(it.row()) == (3, 0, 3, 0)
    kernel.announce(b"D4")
    kernel.visit(dict(seq=8))
    it.row()
    assert losses(it.row()) == (2, 1, 1, 0)


def test_a_module_without_memory_for_an_answer_is_asked_again(monitor, kernel):
    it = monitor("-j", "monitor")
    kernel.visit(dict(seq=1))
    it.row()
    seen = len(kernel.seen)
    kernel.refuse[HITS_LISTEN] = (ENOMEM, None, None)
    kernel.until(lambda: len(kernel.seen) > seen + 1)
    kernel.visit(dict(seq=2))
    assert it.row()["seq"] == 2
    kernel.positions = {0: (4, 0)}
    # The last time before the end, too.
    seen = len(kernel.seen)
    it.process.send_signal(signal.SIGINT)
    kernel.until(lambda: len(kernel.seen) > seen + 1)
    kernel.refuse.clear()
    status, out = it.end(0)
    assert (status, losses(json.loads(out))) == (0, (2, 0, 2, 0))


def test_a_question_that_could_not_be_sent_at_the_end_is_sent_again(monitor, kernel):
    it = monitor("-j", "monitor")
    kernel.announce(b"N2")
    kernel.visit(dict(seq=1))
    it.row()
    kernel.positions = {0: (3, 0)}
    status, out = it.end()
    assert (status, losses(json.loads(out))) == (0, (2, 0, 2, 0))
    # That was soon enough, so it did not leave.
    assert HITS_GROUP in kernel.joined


def test_a_hit_that_comes_after_the_answer_that_tells_of_it_is_not_missed(monitor, kernel):
    def answer_late():
        time.sleep(.9)
        return {0: (2, 0)}

    it = monitor("-j", "monitor")
    kernel.visit(dict(seq=1))
    it.row()
    seen = len(kernel.seen)
    kernel.positions = answer_late
    kernel.until(lambda: len(kernel.seen) > seen)
    time.sleep(1.2)
    kernel.positions = {0: (2, 0)}
    kernel.visit(dict(seq=2))
    assert it.row()["seq"] == 2
    assert it.end() == (0, "")


def test_losses_at_the_end_of_the_command_are_found(monitor, kernel):
    it = monitor("-j", "monitor")
    kernel.visit(dict(seq=1))
    it.row()
    kernel.positions = {0: (8, 0)}
    status, out = it.end()
    assert (status, losses(json.loads(out))) == (0, (7, 0, 7, 0))


def test_a_hit_that_is_on_the_way_at_the_end_is_not_missed(monitor, kernel):
    it = monitor("-j", "monitor")
    kernel.visit(dict(seq=1))
    it.row()
    asked = len(kernel.seen)
    kernel.positions = {0: (2, 0)}
    it.process.send_signal(signal.SIGINT)
    kernel.until(lambda: len(kernel.seen) > asked)
    kernel.visit(dict(seq=2))
    status, out = it.end(0)
    assert (status, [json.loads(line).get("seq") for line in out.splitlines()]) == (0, [2])


def test_hits_before_the_first_answer_are_no_gap(monitor, kernel):
    """Somebody else listens already, so hits come before the answer."""
    kernel.noise = [lambda: kernel.message(kernel.family, b"\x09\1\0\0" + hit(seq=70), 0, 0, 0)
                    if kernel.request[16] == HITS_LISTEN and kernel.request[4:6] != b"\x10\0" else b"FORGED"]
    kernel.positions = {0: (70, 0), 1: (9, 0)}
    it = monitor("-j", "monitor")
    assert it.row()["seq"] == 70
    kernel.noise = []
    kernel.visit(dict(seq=71), dict(seq=10, cpu=1))
    it.rows(2)
    kernel.positions = {0: (71, 0), 1: (10, 0)}
    assert it.end() == (0, "")


def test_an_answer_that_is_lost_is_asked_for_again(monitor, kernel):
    kernel.positions = None
    it = monitor("-j", "monitor")
    kernel.visit(dict(seq=500))
    it.row()
    seen = len(kernel.seen)
    kernel.until(lambda: len(kernel.seen) > seen)
    kernel.positions = {0: (501, 0)}
    assert losses(it.row()) == (1, 0, 1, 0)


def test_hits_that_come_too_fast_at_the_end_are_read_all_the_same(monitor, kernel):
    """If there is no answer, the tool leaves the group, reads what has come, and asks again."""
    it = monitor("-j", "monitor")
    kernel.visit(dict(seq=1))
    it.row()
    kernel.positions = lambda: None if HITS_GROUP in kernel.joined else {0: (4, 0)}
    status, out = it.end()
    assert (status, losses(json.loads(out))) == (0, (3, 0, 3, 0))


def test_it_survives_that_the_module_is_loaded_again(monitor, kernel):
    it = monitor("-j", "monitor")
    kernel.visit(dict(seq=1), dict(seq=3))
    it.rows(2)
    kernel.unload()
    assert losses(it.row()) == (1, 0, 1, 0)
    assert it.row()["event"] == "gone"
    assert it.process.poll() is None
    kernel.load()
    assert it.row()["event"] == "back"
    # It listens again, and counts from 0 again.
    kernel.visit(dict(seq=1), dict(seq=3))
    assert [row["seq"] for row in it.rows(2)] == [1, 3]
    assert losses(it.row()) == (1, 0, 1, 0)
    kernel.unload()
    assert it.row()["event"] == "gone"
    assert it.end() == (0, "")


def test_a_reload_for_people(monitor, kernel):
    it = monitor("monitor", "--timeout", "2")
    kernel.until(lambda: POLICY_GROUP in kernel.joined)
    kernel.unload()
    kernel.load()
    assert [it.line().split()[2:] for _ in range(2)] == [["gone"], ["back"]]
    assert it.end(0) == (0, "")


def test_a_reload_whose_events_got_lost_is_noticed(monitor, kernel):
    it = monitor("-j", "monitor")
    kernel.until(lambda: POLICY_GROUP in kernel.joined)
    with kernel.lock:
        kernel.family += 1
        kernel.joined -= {POLICY_GROUP, HITS_GROUP}
    assert [row["event"] for row in it.rows(2)] == ["gone", "back"]
    kernel.visit(dict(seq=1))
    assert it.row()["seq"] == 1
    # The event comes late, or for another family.
    kernel.announce(kernel.own(seq=0, portid=0), kernel.about(2, b"ghost689", 5, 1, {}, seq=0, portid=0))
    kernel.visit(dict(seq=2))
    assert it.row()["seq"] == 2
    assert it.end() == (0, "")


def test_a_module_of_another_abi_ends_it(monitor, kernel):
    it = monitor("monitor")
    kernel.until(lambda: POLICY_GROUP in kernel.joined)
    kernel.unload()
    it.line()
    kernel.abi = 2
    kernel.load()
    _, err = it.process.communicate(timeout=20)
    assert err == "ghost688: module speaks ABI 2, this tool ABI 1; install the same version of both\n"
    assert it.process.returncode == 1


def test_without_the_module_it_does_not_wait_for_it(ghost, kernel):
    kernel.loaded = False
    ghost.fails(1, "the ghost688 module is not loaded; load it with: modprobe ghost688", "monitor")


def test_without_privilege(ghost, kernel):
    said = "listening to hits needs CAP_NET_ADMIN; try: sudo ghost688 monitor\n"
    ghost.env["GHOST_NO_GROUPS"] = "1"
    assert without_privilege(ghost, "monitor", wrap=["unshare", "-U"]) == said
    del ghost.env["GHOST_NO_GROUPS"]
    kernel.refuse[HITS_LISTEN] = (EPERM, None, None)
    assert without_privilege(ghost, "monitor", wrap=["unshare", "-U"]) == said
    kernel.refuse[HITS_LISTEN] = (EINVAL, "no\033", None)
    ghost.fails(1, "listening to hits: no ", "monitor")


def test_an_older_module_has_no_hits(ghost, kernel):
    kernel.own = lambda cmd=1, **more: kernel.about(cmd, b"ghost688", kernel.family, 1, {b"policy": 9}, **more)
    ghost.fails(1, "listening to hits: the module has none; install the same version of both", "monitor")


def test_names_are_printed_beside_the_numbers(monitor, kernel):
    line, = told(monitor, kernel, dict(SENDER, family=4), args=["monitor", "--resolve"])
    assert line.split(" tcp  ")[1] == (
        r"192.0.2.1(host-1\x1b.example):40112 -> 198.51.100.7(host-7\x1b.example):688 uid=0(root) pid=4242 comm=curl")
    row = json.loads(told(monitor, kernel, SENDER, args=["-j", "monitor", "--resolve"])[0])
    assert (row["source"], row["source_name"], row["destination_name"], row["user"]) == (
        "192.0.2.1", r"host-1\x1b.example", r"host-7\x1b.example", "root")
    row = json.loads(told(monitor, kernel, SENDER, args=["-j", "monitor"])[0])
    assert not {"source_name", "destination_name", "user"} & row.keys()


def test_a_name_is_looked_up_again_after_ten_minutes(monitor, kernel):
    it = monitor("-j", "monitor", "--resolve")
    for step, name in (b"T0", "host-7"), (b"T599", "host-7"), (b"T601", "new-7"):
        kernel.announce(step)
        kernel.visit(dict(seq=1))
        row = it.row()
        assert row["source_name"] == name + r"\x1b.example", step
    assert it.end() == (0, "")


def test_a_name_that_never_comes_holds_nothing_up(monitor, kernel):
    begin = time.monotonic()
    lines = told(monitor, kernel, *(dict(source=f"203.0.{i >> 8}.{i & 255}") for i in range(500)),
                 args=["monitor", "--resolve"])
    # A user's name does not wait behind them.
    line, = told(monitor, kernel, dict(SENDER, source="203.0.113.1", destination="203.0.113.2"),
                 args=["monitor", "--resolve"])
    assert "203.0.113.1:40112 -> 203.0.113.2:688 uid=0(root) " in line
    assert len(lines) == 500 and "203.0.1.243:40112 ->" in lines[-1]
    assert time.monotonic() - begin < 10


def test_events_of_others_than_the_kernel_are_skipped(monitor, kernel):
    it = monitor("-j", "monitor")
    message = kernel.message
    kernel.until(lambda: POLICY_GROUP in kernel.joined)
    kernel.announce(b"FORGED" + message(kernel.family, b"\x09\1\0\0" + hit(seq=99), 0, 0, 0),
                    b"FORGED" + kernel.own(2, seq=0, portid=0))
    kernel.visit(dict(seq=1))
    assert it.row()["seq"] == 1
    assert it.end() == (0, "")


@pytest.mark.parametrize("name", ["cpu", "seq", "time", "direction", "family", "verdict", "source", "destination",
                                  "packets", "bytes"])
def test_a_hit_without_what_each_has_is_refused(ghost, kernel, monitor, name):
    it = monitor("monitor")
    kernel.visit({name: None})
    out, err = it.process.communicate(timeout=20)
    assert (it.process.returncode, out, err) == (1, "", f"ghost688: listening to hits: {MALFORMED}\n")


@pytest.mark.parametrize("values", [dict(source=bytes(5)), dict(cpu=bytes(2)), dict(comm=b"x" * 80), dict(cpu=70000)])
def test_a_malformed_hit_is_refused(kernel, monitor, values):
    it = monitor("monitor")
    kernel.visit(values)
    assert it.process.communicate(timeout=20)[1] == f"ghost688: listening to hits: {MALFORMED}\n"


def test_hits_of_random_bytes_are_refused_or_harmless(kernel, monitor):
    dice = random.Random(688)
    for _ in range(30):
        it = monitor("-j", "monitor", "--count", "40")
        for seq in range(1, 41):
            body = bytearray(hit(**dict(SENDER, seq=seq)))
            if dice.random() < .2:
                body[dice.randrange(len(body))] = dice.choice([0, 1, 3, 4, 8, 0x80, 0xff])
            try:
                kernel.announce((HIT_NTF, bytes(body)))
            except OSError:
                break
        with contextlib.suppress(OSError):
            it.process.send_signal(signal.SIGTERM)
        _, err = it.process.communicate(timeout=20)
        assert it.process.returncode in (0, 1) and "Sanitizer" not in err and "runtime error" not in err, err


def test_a_full_disk_ends_it(kernel, monitor):
    with open("/dev/full", "w") as full:
        it = monitor("monitor", stdout=full)
        kernel.visit({})
        _, err = it.process.communicate(timeout=20)
    assert (it.process.returncode, err) == (
        1, "ghost688: cannot write to standard output: No space left on device\n")


def test_a_reader_that_goes_away_ends_it_even_without_a_hit(kernel, monitor):
    read, write = os.pipe()
    it = monitor("monitor", stdout=write)
    os.close(write)
    kernel.until(lambda: POLICY_GROUP in kernel.joined)
    os.close(read)
    assert it.process.communicate(timeout=20)[1] == ""
    assert it.process.returncode == -signal.SIGPIPE
    read, write = os.pipe()
    os.close(read)
    it = monitor("monitor", stdout=write, preexec_fn=lambda: signal.signal(signal.SIGPIPE, signal.SIG_IGN),
                 restore_signals=False)
    os.close(write)
    assert it.process.communicate(timeout=20)[1] == "ghost688: cannot write to standard output: Broken pipe\n"
    assert it.process.returncode == 1


def blocked(monitor, kernel):
    """A monitor that is writing 150 lines to a pipe that holds fewer, and the end to read from."""
    read, write = os.pipe()
    fcntl.fcntl(write, fcntl.F_SETPIPE_SZ, 4096)
    it = monitor("monitor", stdout=write)
    os.close(write)
    kernel.visit(*(dict(seq=seq) for seq in range(1, 151)))
    kernel.until(lambda: struct.unpack("i", fcntl.ioctl(read, termios.FIONREAD, bytes(4)))[0])
    time.sleep(.5)
    return it, read


def test_a_reader_that_does_not_read_cannot_keep_it(kernel, monitor):
    it, read = blocked(monitor, kernel)
    it.process.send_signal(signal.SIGTERM)
    # Impatience makes it no longer.
    for _ in range(20):
        time.sleep(.3)
        if it.process.poll() is not None:
            break
        it.process.send_signal(signal.SIGINT)
    assert it.process.poll() == 1
    assert it.process.stderr.read() == "ghost688: cannot write to standard output: Interrupted system call\n"
    os.close(read)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGALRM])
def test_a_reader_that_is_late_gets_all_that_came(kernel, monitor, number):
    it, read = blocked(monitor, kernel)
    it.process.send_signal(number)
    time.sleep(.5)
    with os.fdopen(read) as file:
        assert len(file.readlines()) == 150
    assert (it.process.wait(20), it.process.stderr.read()) == (0, "")


def test_json_without_memory_is_an_error(kernel, monitor):
    for n in itertools.count(1):
        it = monitor("-j", "monitor", "--count", "1", env={"GHOST_NO_MEMORY": str(n)})
        kernel.visit(SENDER)
        out, err = it.process.communicate(timeout=20)
        if it.process.returncode == 0:
            break
        assert (it.process.returncode, out, err) == (1, "", "ghost688: out of memory\n"), n
    assert json.loads(out)["comm"] == "curl" and n > 30


@pytest.mark.parametrize("args, message", [
    (["x"], "monitor takes nothing, but got 'x'; see: ghost688 help monitor"),
    (["a", "b"], "monitor takes nothing, but got 'a'; see: ghost688 help monitor"),
    (["--count", "0"], "'0' is no number for --count; write one from 1 to 4294967295"),
    (["--count", "1x"], "'1x' is no number for --count; write one from 1 to 4294967295"),
    (["--count="], "'' is no number for --count; write one from 1 to 4294967295"),
    (["--timeout", "1.5"], "'1.5' is no number for --timeout; write one from 1 to 2147483647"),
    (["--direction", "inn"], "unknown word 'inn' for --direction; words: in forward out"),
    (["--direction"], "option '--direction' needs a value")])
def test_wrong_usage(cli, args, message):
    cli.fails(2, message, "monitor", *args)


@pytest.mark.parametrize("option", ["--count=1", "--timeout=1", "--direction=in", "--resolve"])
def test_its_options_are_no_other_verbs(cli, option):
    name = option.split("=")[0]
    cli.fails(2, f"status has no option '{name}'; see: ghost688 help status", option)
    cli.fails(2, f"stats has no option '{name}'; see: ghost688 help stats", "stats", option)
