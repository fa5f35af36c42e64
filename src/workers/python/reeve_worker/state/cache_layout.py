"""Where a cache has its parts in memory: numbers of the cache, of its slots, keys and values.

A slot holds one item; slot 0 is none. A value is replaced by writing the new one beside the old,
and then changing the numbers of the slot, whose old ones are noted before (CHANGING): whoever is
killed meanwhile leaves one of both, whole. So there is room for one value more than items.
"""

from __future__ import annotations

from typing import NamedTuple

from . import mutex

_WORD = 8
# Numbers of the cache, in its first page behind the lock.
HEAD_WORDS = 64
(
    MAGIC,
    DIRTY,  # 1 while a change is under way: who finds it rebuilds the index.
    COUNT,
    HITS,
    MISSES,
    FULL,
    VERSION,  # Of the last change; a slot has the one of its own.
    FRESH,  # Slots beyond this one were never used.
    FREE,  # The first of those that were, chained by NEXT.
    OLDEST,  # The order of use is kept for lru alone.
    NEWEST,
    HAND,  # The slot that is looked at next for an item that has expired.
    EARLIEST,  # No item expires before this time; 0: none does.
    SWEPT,  # When all slots were looked at.
    MODIFIED,
    SYNCED,
    BLOCK_HINT,
    SPARE,  # Where the room for the next value is, without bitmap.
    CHANGING,  # The slot whose numbers are being replaced, and what they were:
    OLD_AT,
    OLD_BYTES,
    OLD_CHECKSUM,
    OLD_EXPIRES,
    OLD_RUN,
) = range(24)
# Numbers of each slot: one array for each. STATE is the version of the item, 0 in a free slot.
SLOT_ARRAYS = 11
STATE, HASH, KEY_BYTES, VALUE_BYTES, EXPIRES, CHECKSUM, NEXT, OLDER, NEWER, VALUE_AT, RUN = range(
    SLOT_ARRAYS
)
MAGIC_NUMBER = 0x31454843_41434552  # "RECACHE1"


class CacheTerms(NamedTuple):
    """A cache as it is configured; `items` and others as uWSGI's keys of cache2."""

    name: str
    items: int
    blocks: int
    blocksize: int
    keysize: int
    hashsize: int
    bitmap: bool = False
    lru: bool = False
    ignore_full: bool = False
    clear_on_full: bool = False
    no_expire: bool = False
    last_modified: bool = False
    store: str = ''
    store_sync: int = 0
    store_delete: bool = False
    is_kept: bool = False


class Layout:
    """The offsets of a cache in its memory, in bytes."""

    def __init__(self, terms: CacheTerms) -> None:
        self.slots = terms.items
        self.buckets = max(min(terms.hashsize, 2 * terms.items), 1)
        self.head = _aligned(mutex.SIZE)
        self.arrays = self.head + HEAD_WORDS * _WORD
        self.array_bytes = (self.slots + 1) * _WORD
        self.heads = self.arrays + SLOT_ARRAYS * self.array_bytes
        self.used_blocks = self.heads + self.buckets * _WORD
        blocks = terms.blocks if terms.bitmap else 0
        self.keys = _aligned(self.used_blocks + blocks)
        self.key_stride = _aligned(terms.keysize)
        self.values = _aligned(self.keys + (self.slots + 1) * self.key_stride)
        # Without bitmap each slot has room for a value, and one more is spare: that of slot 0.
        self.value_stride = terms.blocksize if terms.bitmap else _aligned(terms.blocksize)
        count = blocks if terms.bitmap else self.slots + 1
        self.size = self.values + count * self.value_stride

def region_key(terms: CacheTerms) -> bytes:
    """Names the memory of the cache: another layout is another memory."""
    shape = (terms.items, terms.blocks, terms.blocksize, terms.keysize, terms.hashsize)
    # The order of use is kept for lru alone.
    flags = ('b' if terms.bitmap else '') + ('l' if terms.lru else '')
    numbers = ' '.join(map(str, shape))
    return f'cache {numbers} {flags} {terms.name}'.encode('utf-8', 'surrogateescape')


def _aligned(size: int) -> int:
    return -(-size // 64) * 64
