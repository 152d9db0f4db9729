# SPDX-License-Identifier: GPL-2.0-only
"""/proc/net/ghost688: formats that scripts rely on."""
import os
import re

from lib import wire
from lib.tool import ALLOW, DEFAULT, POLICY
from lib.topology import SILENT


def test_everybody_may_read_all_but_the_sources_and_nobody_write(street):
    with street.host.entered():
        directory = "/proc/thread-self/net/ghost688"
        assert sorted(os.listdir(directory)) == ["counters", "policy", "sources", "status"]
        for name in os.listdir(directory):
            assert os.stat(f"{directory}/{name}").st_mode == (0o100400 if name == "sources" else 0o100444)
        assert os.stat(directory).st_mode == 0o40555


def test_policy_is_the_policy_file_with_the_allow_list_in_order(street, host):
    assert street.host.read("/proc/net/ghost688/policy") == DEFAULT
    host.set("drop,log", "drop", "log", replies=0, rate=5, per=1, burst=7, group=12, hit_rate=9, hit_per=2, hit_burst=11,
             sources=64, allow=ALLOW)
    assert street.host.read("/proc/net/ghost688/policy") == POLICY


def test_a_policy_of_256_prefixes_is_shown_whole(street, host):
    prefixes = [f"2001:db8:{i:x}:ffff:ffff:ffff:ffff:ffff/128" for i in range(256)]
    host.set("count", allow=prefixes)
    text = street.host.read("/proc/net/ghost688/policy")
    assert re.findall(r"^allow      (\S+)$", text, re.M) == prefixes


def test_status_is_key_and_value_lines(street, host):
    text = street.host.read("/proc/net/ghost688/status")
    keys = [line.split(" ", 1)[0] for line in text.splitlines()]
    assert keys == ["version", "abi", "generation", "in", "forward", "out", "visits", "bytes", "passed", "dropped",
                    "rejected", "allowed", "reply", "truncated-in", "truncated-forward", "truncated-out", "last-visit",
                    "log-lines", "log-suppressed", "hits-sent", "hits-suppressed", "hits-lost"]
    assert re.fullmatch(r"(?:[a-z46-]+ [^\n]+\n)+", text)
    assert re.search(r"^abi 1$", text, re.M)


def test_status_sums_up_the_counters(street, host):
    host.set("drop", allow=[f"{SILENT[6]}/128"])
    packets = [wire.packet(protocol, SILENT[family], street.h0.address(family))
               for protocol in wire.PROTOCOLS for family in wire.FAMILIES]
    street.inject(packets)
    street.settle()
    status = host.status()
    assert [status[key] for key in ("visits", "bytes", "passed", "dropped", "allowed")] == \
        [10, sum(map(len, packets)), 0, 5, 5]


HEADER = ("direction family protocol passed-packets passed-bytes dropped-packets dropped-bytes rejected-packets "
          "rejected-bytes allowed-packets allowed-bytes reply-packets reply-bytes")


def test_counters_are_a_header_and_a_row_for_what_was_ever_hit(street, router):
    packet = wire.packet("dccp", SILENT[6], street.h0.ipv6)
    street.inject([packet])
    street.settle()
    lines = street.router.read("/proc/net/ghost688/counters").splitlines()
    assert lines[0] == HEADER
    assert all(re.fullmatch(r"(in|forward|out) ipv[46] (tcp|udp|udplite|sctp|dccp)( \d+){10}", line)
               for line in lines[1:])
    assert f"forward ipv6 dccp 1 {len(packet)} 0 0 0 0 0 0 0 0" in lines
    router.reset()
    # A row that was ever hit stays.
    assert "forward ipv6 dccp 0 0 0 0 0 0 0 0 0 0" in street.router.read("/proc/net/ghost688/counters").splitlines()


def test_awk_can_read_a_column_by_its_name(street, host):
    street.inject([wire.packet("tcp", SILENT[4], street.h0.ipv4)] * 7)
    street.settle()
    program = 'NR == 1 { for (i = 1; i <= NF; i++) c[$i] = i } NR > 1 { n += $c["passed-packets"] } END { print n }'
    assert street.host.run("awk", program, "/proc/net/ghost688/counters").stdout == "7\n"
