# SPDX-License-Identifier: GPL-2.0-only
"""The kernel's log, and the fields of a line that nf_log wrote."""
import os
import re


class KernelLog:
    """Reads what the kernel has logged since the last call."""

    def __init__(self):
        self.file = os.open("/dev/kmsg", os.O_RDONLY | os.O_NONBLOCK)
        os.lseek(self.file, 0, os.SEEK_END)

    def lines(self, pattern=""):
        found = []
        while True:
            try:
                text = os.read(self.file, 8192).decode(errors="replace").split(";", 1)[1].split("\n", 1)[0]
            except BlockingIOError:
                return found
            except BrokenPipeError:
                raise AssertionError("the kernel's log was overrun") from None
            if re.search(pattern, text):
                found.append(text)


def fields(line):
    """{"SRC": "10.88.1.1", ...}; a word without a value has ""."""
    return dict(word.split("=", 1) if "=" in word else (word, "") for word in line.split(": ", 1)[1].split())
