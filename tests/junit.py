# SPDX-License-Identifier: GPL-2.0-only
"""junit.py NAME STATUS JUNIT: prints the result of a run as one line, and exits with 1 if something failed."""
import sys
import xml.etree.ElementTree

name, status, path = sys.argv[1], int(sys.argv[2]), sys.argv[3]
passed = failed = 0
try:
    cases = list(xml.etree.ElementTree.parse(path).iter("testcase"))
except (OSError, xml.etree.ElementTree.ParseError):
    cases = []
for case in cases:
    skipped = case.find("skipped")
    if case.find("failure") is not None or case.find("error") is not None:
        failed += 1
    elif skipped is None:
        passed += 1
    elif not skipped.get("message", "").startswith("this kernel "):
        print(f"skipped counts as failed: {case.get('name')}: {skipped.get('message')}")
        failed += 1
# A run without a failed test can still fail: by the kernel's log, by the machine or by a timeout.
if status and not failed or status in (124, 125, 126) or not cases:
    failed += 1
print(f"{name}: {passed} passed, {failed} failed")
sys.exit(failed > 0)
