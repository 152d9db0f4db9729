# SPDX-License-Identifier: GPL-2.0-only
"""Each allocation for JSON fails in turn. The tool says so, and prints no incomplete answer."""
import itertools

import pytest

from fake import counter, prefix, source


@pytest.mark.parametrize("verb", ["status", "show", "allow", "stats", "sources", "version"])
def test_json_without_memory_is_an_error(ghost, kernel, verb):
    kernel.counters = [counter(0, 4, 10, 600, 6, 1)]
    kernel.truncated = [counter(1, 4, 7, 196)]
    kernel.sources = [source("2001:db8::1", 3, direction=2, uid=0, comm=b"nc")]
    kernel.allow = [prefix("10.0.0.0/8")]
    whole = ghost.works("-j", verb)
    for n in itertools.count(1):
        done = ghost("-j", verb, env={"GHOST_NO_MEMORY": str(n)})
        if done.returncode == 0:
            break
        assert (done.returncode, done.stdout, done.stderr) == (1, "", "ghost688: out of memory\n"), n
    # Only the run without a failed allocation succeeds, with the whole answer.
    assert done.stdout == whole and n > 10
