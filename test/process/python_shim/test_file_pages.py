"""The spawner gives back the pages of libraries that the import has mapped."""

from __future__ import annotations

import sys
import unittest
from pathlib import Path

from fake_peers import SHIM, Daemon, until

sys.path.insert(0, str(SHIM))
from reeve_worker.loading import file_pages  # noqa: E402

SMAPS = """\
00400000-00500000 r-xp 00000000 fe:00 12 /usr/lib/libcrypto.so.3
Rss:                1024 kB
Anonymous:             0 kB
VmFlags: rd ex mr mw me
00500000-00600000 r--p 00100000 fe:00 12 /usr/lib/libcrypto.so.3
Anonymous:             4 kB
00600000-00700000 rw-p 00200000 fe:00 12 /usr/lib/libcrypto.so.3
Anonymous:             0 kB
00700000-00800000 r--s 00000000 fe:00 13 /usr/share/zoneinfo
Anonymous:             0 kB
00800000-00900000 r--p 00000000 00:00 0
Anonymous:             0 kB
00900000-00a00000 r-xp 00000000 00:00 0 [vdso]
Anonymous:             0 kB
00a00000-00b00000 r--p 00000000 fe:00 14 /usr/lib/a file
Anonymous:             0 kB
"""


class FilePages(unittest.TestCase):
    def test_only_what_is_read_only_and_as_the_file_is_can_be_dropped(self) -> None:
        ranges = file_pages.unchanged_ranges(SMAPS.encode().splitlines())
        self.assertEqual(ranges, [(0x400000, 0x500000), (0xA00000, 0xB00000)])

    def test_a_library_that_the_import_needed_is_not_held_and_works_again(self) -> None:
        with Daemon('hashes') as daemon:
            slot = daemon.serving()
            before = slot.get('/').body
            spawner = daemon.process.pid
            # _hashlib itself, where libcrypto is a part of Python.
            until('the pages are given back', lambda: _mapped_kilobytes(spawner) < 64)
            second = daemon.serving(slot=2)
            self.assertEqual(second.get('/').body, before)


def _mapped_kilobytes(pid: int) -> int:
    """Of code and constants of libcrypto and _hashlib; changed pages are no longer the file's."""
    total = 0
    is_wanted = False
    for line in Path(f'/proc/{pid}/smaps').read_text().splitlines():
        words = line.split()
        if '-' in words[0]:
            is_code = words[1] in ('r--p', 'r-xp')
            is_wanted = is_code and ('libcrypto' in line or '_hashlib' in line)
        elif is_wanted and words[0] in ('Rss:', 'Anonymous:'):
            total += int(words[1]) if words[0] == 'Rss:' else -int(words[1])
    return total


if __name__ == '__main__':
    unittest.main()
