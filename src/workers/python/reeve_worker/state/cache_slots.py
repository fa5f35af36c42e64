"""The slots of one cache in shared memory: index, order of use, room for values, repair.

Every method needs the lock of the cache. A change of the index is marked as dirty while it is under
way. Whoever takes the lock and finds the mark, because a process died or an exception came in
between, rebuilds the index: a slot counts if its checksum is right.
"""

from __future__ import annotations

import struct
import sys
import time
from binascii import crc32
from collections.abc import Iterator

from . import c_library
from . import cache_layout as at
from .cache_layout import COUNT, DIRTY, FREE, FRESH, HAND, NEWEST, OLDEST, CacheTerms, Layout

# OLD_AT and what follows it, in one step.
_OLD = struct.Struct('=5Q')
_HAND_STEPS = 64
_SWEEP_EVERY_SECONDS = 1


class CacheFull(Exception):
    """There is no room for one more item, or for a value of this size."""


class Slots:
    """The memory of a cache. Its arrays are public: the operations of the cache read them."""

    def __init__(self, terms: CacheTerms, region: memoryview) -> None:
        layout = Layout(terms)
        self.terms = terms
        self.layout = layout
        self.view = region
        # What is read from it are bytes; slices of a memoryview cost three times as much.
        self.bytes = c_library.bytes_of(region)
        self.head = _words(region, layout.head, at.HEAD_WORDS)
        self.head_bytes = region[layout.head : layout.head + at.HEAD_WORDS * 8]
        self.note_old = _OLD.pack_into
        arrays = [
            _words(region, layout.arrays + index * layout.array_bytes, layout.slots + 1)
            for index in range(at.SLOT_ARRAYS)
        ]
        self.state, self.hash = arrays[at.STATE], arrays[at.HASH]
        self.key_bytes, self.value_bytes = arrays[at.KEY_BYTES], arrays[at.VALUE_BYTES]
        self.expires, self.checksum = arrays[at.EXPIRES], arrays[at.CHECKSUM]
        self.next, self.value_at, self.run = arrays[at.NEXT], arrays[at.VALUE_AT], arrays[at.RUN]
        self._older, self._newer = arrays[at.OLDER], arrays[at.NEWER]
        self.heads = _words(region, layout.heads, layout.buckets)
        self.buckets = layout.buckets
        self.keys, self.key_stride = layout.keys, layout.key_stride

    def key_of(self, slot: int) -> bytes:
        """The key that a slot has."""
        start = self.keys + slot * self.key_stride
        key: bytes = self.bytes[start : start + self.key_bytes[slot]]
        return key

    def find(self, key: bytes, hashed: int) -> int:
        """The slot of a key, 0 without; one that has expired is removed."""
        slot: int = self.heads[hashed % self.buckets]
        while slot:
            if self.hash[slot] == hashed and self.key_of(slot) == key:
                break
            slot = self.next[slot]
        if slot and self.expires[slot] and self.expires[slot] <= time.time():
            self.head[DIRTY] = 1
            self.remove(slot)
            self.head[DIRTY] = 0
            return 0
        return slot

    def number(self, slot: int) -> int:
        """The number in the first 8 bytes of a value; 0 without one."""
        start = self.value_at[slot]
        size = min(self.value_bytes[slot], 8) if slot else 0
        digits: bytes = self.bytes[start : start + size]
        return int.from_bytes(digits.ljust(8, b'\0'), sys.byteorder, signed=True)

    def may_hold(self, size: int) -> bool:
        """Whether a value of so many bytes could ever be stored."""
        blocks = self.terms.blocks if self.terms.bitmap else 1
        return size <= blocks * self.terms.blocksize

    def make_room(self) -> None:
        """At least one item less. Raises CacheFull."""
        head = self.head
        if 0 < head[at.EARLIEST] <= time.time():
            self._sweep(_HAND_STEPS)
            if head[COUNT] >= self.terms.items:
                self._sweep_all()
            head[DIRTY] = 1
        if head[COUNT] < self.terms.items:
            return
        if self.terms.lru:
            self.remove(head[OLDEST])
        elif self.terms.clear_on_full:
            self.clear()
            head[DIRTY] = 1
        else:
            raise CacheFull(f'it is full: items = {self.terms.items}')

    def take_slot(self) -> int:
        """A free slot."""
        head = self.head
        slot: int = head[FREE]
        if slot:
            head[FREE] = self.next[slot]
            return slot
        slot = head[FRESH] + 1
        if slot > self.layout.slots:
            raise AssertionError('believed that a cache with room has a free slot')
        self.value_at[slot] = self.run[slot] = 0
        head[FRESH] = slot
        return slot

    def own_room(self, slot: int) -> int:
        """Where a free slot has room for a value, without bitmap."""
        known: int = self.value_at[slot]
        return known or self.layout.values + slot * self.layout.value_stride

    def spare_room(self) -> int:
        """Where the spare room is, without bitmap."""
        return self.head[at.SPARE] or self.layout.values

    def take_blocks(self, size: int, old: int) -> int:
        """Where a value goes, with bitmap; `old` is the slot that it replaces. Raises CacheFull."""
        blocks = max(-(-size // self.terms.blocksize), 1)
        found = self._free_blocks(blocks)
        while found < 0:
            # The old value gives up its room only where nothing else is left.
            if self.terms.lru and self.head[OLDEST] not in (0, old):
                self.remove(self.head[OLDEST])
            elif old and self.run[old]:
                self.give_blocks(old)
            else:
                raise CacheFull(f'there are no {blocks} free blocks side by side')
            found = self._free_blocks(blocks)
        start = self.layout.used_blocks + found
        self.view[start : start + blocks] = b'\1' * blocks
        self.head[at.BLOCK_HINT] = found + blocks
        return self.layout.values + found * self.terms.blocksize

    def _free_blocks(self, wanted: int) -> int:
        """The first of so many free blocks side by side; -1 where there are none."""
        start = self.layout.used_blocks
        used: bytes = self.bytes[start : start + self.terms.blocks]
        found = used.find(bytes(wanted), self.head[at.BLOCK_HINT])
        return found if found >= 0 else used.find(bytes(wanted))

    def give_blocks(self, slot: int) -> None:
        """Frees the blocks of a slot: its value is gone."""
        self.free_blocks(self.value_at[slot], self.run[slot])
        self.run[slot] = self.value_bytes[slot] = 0

    def free_blocks(self, value_at: int, blocks: int) -> None:
        """Frees so many blocks from a value on."""
        first = (value_at - self.layout.values) // self.terms.blocksize
        start = self.layout.used_blocks + first
        self.view[start : start + blocks] = bytes(blocks)

    def link(self, slot: int) -> None:
        """Puts a filled slot into the index, as the newest."""
        bucket = self.hash[slot] % self.buckets
        self.next[slot] = self.heads[bucket]
        self.heads[bucket] = slot
        self.head[COUNT] += 1
        if self.terms.lru:
            self._append(slot)

    def _append(self, slot: int) -> None:
        head = self.head
        newest = head[NEWEST]
        self._older[slot], self._newer[slot] = newest, 0
        if newest:
            self._newer[newest] = slot
        else:
            head[OLDEST] = slot
        head[NEWEST] = slot

    def _cut_out(self, slot: int) -> None:
        older, newer = self._older[slot], self._newer[slot]
        if older:
            self._newer[older] = newer
        else:
            self.head[OLDEST] = newer
        if newer:
            self._older[newer] = older
        else:
            self.head[NEWEST] = older

    def use(self, slot: int) -> None:
        """Makes an item the newest (lru)."""
        if self.head[NEWEST] != slot:
            self.head[DIRTY] = 1
            self._cut_out(slot)
            self._append(slot)
            self.head[DIRTY] = 0

    def remove(self, slot: int) -> None:
        """Takes a slot out of the index, and frees it with its blocks."""
        self.state[slot] = 0
        bucket = self.hash[slot] % self.buckets
        here, before = self.heads[bucket], 0
        while here and here != slot:
            before, here = here, self.next[here]
        if here and before:
            self.next[before] = self.next[slot]
        elif here:
            self.heads[bucket] = self.next[slot]
        if self.terms.lru:
            self._cut_out(slot)
        self.free(slot)
        self.head[COUNT] -= 1

    def free(self, slot: int) -> None:
        """Makes a slot that is in no index one that can be taken."""
        if self.run[slot]:
            self.give_blocks(slot)
        self.next[slot] = self.head[FREE]
        self.head[FREE] = slot

    def clear(self) -> None:
        """Removes all items."""
        head = self.head
        head[DIRTY] = 1
        for slot in range(1, head[FRESH] + 1):
            self.state[slot] = self.run[slot] = self.value_at[slot] = 0
        self._forget_index()
        head[FRESH] = head[at.EARLIEST] = head[at.SPARE] = 0
        head[DIRTY] = 0

    def _forget_index(self) -> None:
        layout, head = self.layout, self.head
        self.view[layout.heads : layout.used_blocks] = bytes(layout.buckets * 8)
        if self.terms.bitmap:
            end = layout.used_blocks + self.terms.blocks
            self.view[layout.used_blocks : end] = bytes(self.terms.blocks)
        for number in (COUNT, FREE, OLDEST, NEWEST, HAND, at.BLOCK_HINT):
            head[number] = 0

    def rebuild(self) -> None:
        """Makes the index anew from the slots."""
        head = self.head
        head[DIRTY] = 1
        self._undo()
        self._forget_index()
        head[FRESH] = min(head[FRESH], self.layout.slots)
        slots = range(1, head[FRESH] + 1)
        by_room: dict[int, int] = {}
        for slot in slots:
            if self.state[slot] and self._is_sound(slot):
                by_room.setdefault(self.value_at[slot], slot)
        sound = set(by_room.values())
        for slot in slots:
            if slot not in sound:
                self.state[slot] = self.run[slot] = 0
                self.next[slot], head[FREE] = head[FREE], slot
        self._find_spare_room(slots)
        # The order stays, however often this is interrupted.
        for version, slot in enumerate(sorted(sound, key=self.state.__getitem__), 1):
            self.state[slot] = version
            if self.terms.bitmap:
                first = (self.value_at[slot] - self.layout.values) // self.terms.blocksize
                start = self.layout.used_blocks + first
                self.view[start : start + self.run[slot]] = b'\1' * self.run[slot]
            self.link(slot)
        ends = [self.expires[slot] for slot in sound if self.expires[slot]]
        head[at.EARLIEST] = min(ends, default=0)
        head[at.VERSION] = len(sound)
        head[DIRTY] = 0

    def _undo(self) -> None:
        """The numbers of a slot that were being replaced are again what they were."""
        head = self.head
        slot = head[at.CHANGING]
        if 0 < slot <= self.layout.slots:
            self.value_at[slot], self.value_bytes[slot] = head[at.OLD_AT], head[at.OLD_BYTES]
            self.checksum[slot], self.expires[slot] = head[at.OLD_CHECKSUM], head[at.OLD_EXPIRES]
            self.run[slot] = head[at.OLD_RUN]
        head[at.CHANGING] = 0

    def _find_spare_room(self, slots: range) -> None:
        """Without bitmap each slot has a room of its own, and one is left."""
        if self.terms.bitmap:
            return
        layout = self.layout
        rooms = {layout.values + each * layout.value_stride for each in (0, *slots)}
        taken: set[int] = set()
        for slot in slots:
            if self.state[slot]:
                taken.add(self.value_at[slot])
        left = iter(sorted(rooms - taken, reverse=True))
        for slot in slots:
            if not self.state[slot]:
                self.value_at[slot] = next(left)
        self.head[at.SPARE] = next(left, layout.values)

    def _is_sound(self, slot: int) -> bool:
        """Whether key and value are what was written."""
        size, start = self.value_bytes[slot], self.value_at[slot]
        if self.key_bytes[slot] > self.terms.keysize or not self.may_hold(size) or not size:
            return False
        if not self.layout.values <= start <= self.layout.size - size:
            return False
        room, beside = divmod(start - self.layout.values, self.layout.value_stride)
        if beside:
            return False
        blocks = -(-size // self.terms.blocksize) if self.terms.bitmap else 0
        if self.run[slot] != blocks or (not blocks and room > self.head[FRESH]):
            return False
        hashed = crc32(self.key_of(slot))
        value: bytes = self.bytes[start : start + size]
        return bool(self.hash[slot] == hashed and self.checksum[slot] == crc32(value, hashed))

    def _sweep_all(self) -> None:
        """Removes every item that has expired; at most once a second, as it takes its time."""
        head, now = self.head, int(time.time())
        if now < head[at.SWEPT] + _SWEEP_EVERY_SECONDS:
            return
        head[at.SWEPT] = now
        self._sweep(head[FRESH])
        ends = [self.expires[slot] for slot in self._used() if self.expires[slot]]
        head[at.EARLIEST] = min(ends, default=0)

    def _sweep(self, slots: int) -> None:
        """Removes expired items among the next so many slots."""
        head, now = self.head, time.time()
        fresh = head[FRESH]
        for _ in range(min(slots, fresh)):
            slot = head[HAND] = head[HAND] % fresh + 1
            if self.state[slot] and 0 < self.expires[slot] <= now:
                head[DIRTY] = 1
                self.remove(slot)
                head[DIRTY] = 0

    def living(self) -> Iterator[int]:
        """The slots whose items have not expired."""
        now = time.time()
        return (slot for slot in self._used() if not 0 < self.expires[slot] <= now)

    def _used(self) -> Iterator[int]:
        return (slot for slot in range(1, self.head[FRESH] + 1) if self.state[slot])


def _words(region: memoryview, offset: int, count: int) -> memoryview:
    return region[offset : offset + count * 8].cast('Q')
