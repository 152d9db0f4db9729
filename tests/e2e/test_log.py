# SPDX-License-Identifier: GPL-2.0-only
"""Log lines: how many are written, where they go, and that logging changes no verdict."""
import os
import pathlib
import subprocess
import time

import pytest

from lib import genl, ghost, wire
from lib.ghost import Ghost
from lib.netns import Netns, run, until
from lib.pcap import Capture
from lib.topology import SILENT


def visits(street, count, family=4):
    packet = wire.packet("udp", SILENT[family], street.h0.address(family), payload=b"boo")
    street.inject([packet] * count)
    street.settle()
    return len(packet)


def lines(host):
    status = host.status()
    return status["log-lines"], status["log-suppressed"]


@pytest.mark.parametrize("burst", [1, 2, 20, 100])
@pytest.mark.parametrize("action", ["log", "drop,log"])
def test_a_burst_is_logged_and_what_goes_beyond_it_is_counted_as_held_back(
        street, host, logging, kmsg, burst, action):
    host.set(action, rate=1, per=2, burst=burst)
    visits(street, burst + 50)
    assert lines(host) == (burst, 50)
    assert len(kmsg.lines("^ghost688 in ")) == burst
    verdict = "passed" if action == "log" else "dropped"
    assert {key[3]: count[0] for key, count in host.rows().items()} == {verdict: burst + 50}


def test_fewer_visits_than_the_burst_are_all_logged(street, host, logging, kmsg):
    host.set("log", rate=1, per=2, burst=30)
    visits(street, 29)
    assert lines(host) == (29, 0)
    assert len(kmsg.lines("^ghost688 in ")) == 29


def test_the_bucket_fills_at_the_log_rate(street, host, logging, kmsg):
    """The bucket holds five seconds' worth of lines. Between two moments at which it is empty, it gives exactly what
    was added."""
    begin = time.monotonic()
    host.set("log", rate=20, per=0, burst=100)
    total = 110
    visits(street, total)
    start, first = time.monotonic(), lines(host)[0]
    assert first >= 100
    done = False
    while not done:
        held, late = lines(host)[1], time.monotonic() > start + 2
        visits(street, 20)
        total += 20
        done = late and lines(host)[1] > held
    elapsed = time.monotonic() - begin
    written, held = lines(host)
    assert written + held == total
    assert first + 2 * 20 - 1 <= written <= 100 + elapsed * 20 + 1
    assert len(kmsg.lines("^ghost688 in ")) == written


def test_another_policy_with_the_same_rate_does_not_refill_the_bucket(street, host, logging):
    host.set("log", rate=1, per=2, burst=5)
    visits(street, 10)
    for action in "drop,log", "count", "log":
        host.set(action, rate=1, per=2, burst=5)
        visits(street, 10)
    assert lines(host)[0] == 5


def test_another_rate_takes_effect_at_once(street, host, logging):
    host.set("log", rate=1, per=2, burst=1)
    visits(street, 10)
    host.set("log", rate=1000000, per=0, burst=10000)
    visits(street, 10)
    assert lines(host) == (11, 9)


def test_a_namespace_writes_no_lines_without_nf_log_all_netns(street, host, kmsg):
    host.set("log")
    visits(street, 3)
    assert kmsg.lines("^ghost688 ") == []
    assert lines(host) == (0, 3)
    assert host.status()["visits"] == 3
    assert lines(host) == (0, 3)


def test_the_first_namespace_logs_without_a_sysctl(init, kmsg):
    init.set("off", "off", "log")
    wire.send(init.netns, wire.packet("udp", "127.0.0.1", "127.0.0.1"))
    assert len(kmsg.lines("^ghost688 out passed: IN= OUT=lo ")) == 1


@pytest.mark.parametrize("group,family", [(0, 4), (5, 6), (65535, 4)])
def test_nflog_reaches_whoever_listens_to_its_group_and_nobody_else(street, host, kmsg, tmp_path, group, family):
    host.set("drop,log", group=group)
    other = 6 if group == 5 else 5
    with Capture(street.host, f"nflog:{group}", tmp_path / "a") as ours, \
            Capture(street.host, f"nflog:{other}", tmp_path / "b") as theirs:
        size = visits(street, 3, family)
        found = until(lambda: len(ours.packets()) >= 3 and ours.packets())
        assert [(len(packet), prefix) for packet, prefix in found] == [(size, "ghost688 in dropped: ")] * 3
        assert theirs.packets() == []
    assert kmsg.lines("^ghost688 ") == []
    assert lines(host) == (3, 0)


def test_nflog_without_a_listener_still_decides_and_counts(street, host):
    host.set("drop,log", group=9)
    visits(street, 3)
    assert {key[3]: count[0] for key, count in host.rows().items()} == {"dropped": 3}


def references(backend):
    return int(pathlib.Path(f"/sys/module/{backend}/refcnt").read_text(encoding="ascii"))


@pytest.fixture(params=[("nf_log_syslog", None), ("nfnetlink_log", 5)], ids=["syslog", "nflog"])
def backend(request, host):
    """(module, group): the module of a log target, loaded and not in use, and the target in a policy."""
    name, _ = request.param
    run("modprobe", name, check=False)
    if not os.path.exists(f"/sys/module/{name}/refcnt"):
        pytest.skip("this kernel has its log backends built in")
    return request.param


def test_a_log_backend_is_held_once_while_a_policy_logs_to_it(host, backend):
    name, group = backend
    before = references(name)
    host.set("log", group=group)
    held = references(name)
    assert held > before
    for words in ("drop,log",), ("off", "log", "log"), ("count", "off", "drop,log"):
        host.set(*words, group=group)
        assert references(name) == held
    with pytest.raises(genl.Refused):
        host.set("log", group=group, expected=1)
    assert references(name) == held
    host.set("drop", group=group)
    assert references(name) == before
    with pytest.raises(genl.Refused):
        host.set("log", group=group, expected=1)
    assert references(name) == before


def test_a_log_backend_is_released_when_the_log_target_changes(host, backend):
    name, group = backend
    before = references(name)
    host.set("log", group=group)
    host.set("log", group=7 if group is None else None)
    assert references(name) == before


def test_a_log_backend_is_released_by_a_namespace_that_ends(host, backend):
    name, group = backend
    before = references(name)
    for _ in range(3):
        mortal = Netns("mortal")
        try:
            Ghost(mortal).set("drop,log", group=group)
            assert references(name) > before
        finally:
            mortal.close()
    until(lambda: references(name) == before, what=f"the end of references to {name}")


@pytest.mark.parametrize("backend", [("nf_log_syslog", None)], ids=["syslog"], indirect=True)
def test_a_log_backend_is_released_when_the_module_is_unloaded(module, host, backend):
    """action=log makes every namespace hold it from the beginning."""
    name, _ = backend
    before = references(name)
    ghost.fresh("action=log")
    assert references(name) >= before + 4
    ghost.fresh()
    assert references(name) == before


ULOGD = """
[global]
logfile="{dir}/ulogd.log"
loglevel=3
plugin="{plugins}/ulogd_inppkt_NFLOG.so"
plugin="{plugins}/ulogd_raw2packet_BASE.so"
plugin="{plugins}/ulogd_filter_IFINDEX.so"
plugin="{plugins}/ulogd_filter_IP2STR.so"
plugin="{plugins}/ulogd_filter_PRINTPKT.so"
plugin="{plugins}/ulogd_output_LOGEMU.so"
stack=ours:NFLOG,base1:BASE,ifi1:IFINDEX,ip2str1:IP2STR,print1:PRINTPKT,emu1:LOGEMU
[ours]
group=5
numeric_label=1
[emu1]
file="{dir}/packets"
sync=1
"""


def test_ulogd_writes_what_it_gets_by_nflog(street, host, tmp_path):
    host.set("drop,log", group=5)
    plugins, = pathlib.Path("/usr/lib").glob("*/ulogd")	# named after the machine's architecture
    (tmp_path / "conf").write_text(ULOGD.format(dir=tmp_path, plugins=plugins), encoding="ascii")
    ulogd = street.host.start("/usr/sbin/ulogd", "-c", tmp_path / "conf", stderr=subprocess.DEVNULL)
    try:
        until(lambda: any(line.split()[0] == "5" for line in
                          street.host.read("/proc/net/netfilter/nfnetlink_log").splitlines()), what="ulogd")
        visits(street, 2)
        visits(street, 1, 6)
        packets = tmp_path / "packets"
        until(lambda: packets.exists() and packets.read_text(encoding="ascii").count("\n") >= 3, what="ulogd's lines")
        found = packets.read_text(encoding="ascii").splitlines()
    finally:
        ulogd.terminate()
        ulogd.wait()
    assert len(found) == 3
    for line, source in zip(found, ["192.0.2.88", "192.0.2.88", "2001:db8::88"]):
        assert "ghost688 in dropped: " in line and f"SRC={source}" in line and "DPT=688" in line
