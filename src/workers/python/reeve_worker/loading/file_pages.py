"""Gives back pages of files that the import has mapped: libraries that ran, or were read, once.

An import of Flask leaves 5 MB of libcrypto and libpython mapped in the spawner, which then only
forks and waits. The pages stay in the page cache: one that is used again costs a minor fault.

Dropped are mappings that cannot be written to and hold no page of our own, so nothing can be lost.
"""

from __future__ import annotations

from collections.abc import Iterable

try:
    import _ctypes  # Not `ctypes`: all of it in Python, and replaceable.
except ImportError:
    _ctypes = None  # type: ignore[assignment]  # Python was built without it: they stay.

_MADV_DONTNEED = 4


def give_back() -> None:
    """Not beside other threads: one that loads a library has changed pages in it for a moment."""
    if _ctypes is None:
        return
    try:
        with open('/proc/self/smaps', 'rb') as file:
            ranges = unchanged_ranges(file)
    except OSError:
        return  # /proc does not show it, as to a process that has changed its user.
    madvise = _ctypes.dlsym(_ctypes.dlopen(None, 0), 'madvise')
    for start, end in ranges:
        # Refused for locked memory, which may stay.
        _ctypes.call_function(madvise, (_Word(start), _Word(end - start), _MADV_DONTNEED))


def unchanged_ranges(smaps: Iterable[bytes]) -> list[tuple[int, int]]:
    """Mappings of files that are read-only and as the file is, from lines of /proc/PID/smaps."""
    ranges = []
    start = end = -1
    for line in smaps:
        words = line.split()
        if len(words) >= 5 and b'-' in words[0]:
            is_file = len(words) >= 6 and words[5].startswith(b'/') and words[4] != b'0'
            is_dropped = is_file and words[1] in (b'r--p', b'r-xp')
            first, last = words[0].split(b'-')
            start, end = (int(first, 16), int(last, 16)) if is_dropped else (-1, -1)
        elif start >= 0 and words[:2] == [b'Anonymous:', b'0']:
            ranges.append((start, end))
    return ranges


if _ctypes is not None:

    class _Word(_ctypes._SimpleCData):
        """A number as wide as an address: a plain int is passed as 32 bits."""

        _type_ = 'L'
