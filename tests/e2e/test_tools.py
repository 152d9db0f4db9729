# SPDX-License-Identifier: GPL-2.0-only
"""Real scanners from another namespace. The counters equal what tcpdump saw, packet for packet and byte for byte."""
import pytest

from lib import pcap
from lib.flood import deep_backlog
from lib.pcap import Capture

NMAP = ["nmap", "-n", "-Pn", "-p", "688", "--max-retries", "1", "--host-timeout", "20s"]
SCANS = {
    "syn, udp and sctp": ([*NMAP, "-sS", "-sU", "-sY", "10.88.2.1"], {"tcp", "udp", "sctp"}),
    "connect": ([*NMAP, "-sT", "10.88.2.1"], {"tcp"}),
    "fin": ([*NMAP, "-sF", "10.88.2.1"], {"tcp"}),
    "xmas": ([*NMAP, "-sX", "10.88.2.1"], {"tcp"}),
    "null": ([*NMAP, "-sN", "10.88.2.1"], {"tcp"}),
    "syn, udp and sctp of IPv6": ([*NMAP, "-6", "-sS", "-sU", "-sY", "fd88:2::1"], {"tcp", "udp", "sctp"}),
    "connect of IPv6": ([*NMAP, "-6", "-sT", "fd88:2::1"], {"tcp"}),
    "hping of tcp": (["hping3", "-q", "-S", "-p", "688", "-c", "500", "-i", "u500", "-d", "37", "10.88.2.1"], {"tcp"}),
    "hping of udp": (["hping3", "-q", "-2", "-p", "688", "-c", "500", "-i", "u500", "-d", "1400", "10.88.2.1"],
                     {"udp"}),
    "hping in fragments": (["hping3", "-q", "-S", "-f", "-p", "688", "-c", "20", "-i", "u500", "-d", "64",
                               "10.88.2.1"], {"tcp"}),
}


CASES = [(scan, "count") for scan in SCANS] + [
    (scan, "drop") for scan in ("syn, udp and sctp", "syn, udp and sctp of IPv6", "hping of tcp")]


@pytest.mark.parametrize("scan,action", CASES)
def test_a_scan_is_counted_as_tcpdump_sees_it(street, visitor, router, host, tmp_path, scan, action):
    words, protocols = SCANS[scan]
    deep_backlog()
    host.set(action)
    with Capture(street.host, "h0", tmp_path / "wire") as capture:
        street.visitor.run(*words, check=False)
        seen = capture.settled(street.settle())
    counts = pcap.sums(seen)
    assert {protocol for _, protocol in counts} == protocols
    verdict = "dropped" if action == "drop" else "passed"
    if scan != "hping in fragments":	# LOCAL_IN sees these reassembled
        assert host.rows() == {("in", *kind, verdict): count for kind, count in counts.items()}
    else:
        assert {key: count[0] for key, count in host.rows().items()} == {("in", "ipv4", "tcp", verdict): 20}
    assert router.rows() == {("forward", *kind, "passed"): count for kind, count in counts.items()}
