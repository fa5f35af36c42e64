"""One cache that all processes share: its operations, each under the lock of the cache."""

from __future__ import annotations

import sys
from binascii import crc32
from time import time
from typing import Callable

from .cache_layout import (
    CHANGING,
    COUNT,
    DIRTY,
    EARLIEST,
    FULL,
    HITS,
    MISSES,
    MODIFIED,
    OLD_AT,
    SPARE,
    SWEPT,
    SYNCED,
    VERSION,
    CacheTerms,
)
from .cache_slots import CacheFull, Slots
from .mutex import Mutex, Result

_COUNT_MAX = 1 << 62


class Cache:
    """Keys and values are bytes; times are seconds."""

    def __init__(
        self, terms: CacheTerms, lock: Mutex, region: memoryview, sync: Callable[[], None] | None
    ) -> None:
        """`sync` begins to write a stored cache to its file."""
        self.terms = terms
        self._lock = lock
        self._sync = sync
        self._slots = Slots(terms, region)
        # Nothing more is to be done for a new value than to write it.
        self._is_usual = not (terms.bitmap or terms.last_modified or sync)
        self._blocksize = terms.blocksize
        self._lasts = terms.no_expire
        self._is_lru = terms.lru

    @property
    def head(self) -> memoryview:
        """The numbers of the cache (cache_layout)."""
        return self._slots.head

    def get(self, key: bytes) -> bytes | None:
        """The value; None where there is none, or it has expired."""
        # As Mutex.run, written out: a get is the operation that applications repeat.
        lock, slots = self._lock, self._slots
        held = True
        try:
            code = lock.trylock(lock.cell)
            if code:
                held = False
                lock.take(code)
                held = True
            head = slots.head
            if head[DIRTY]:
                slots.rebuild()
            hashed = crc32(key)
            slot = slots.heads[hashed % slots.buckets]
            while slot:
                if slots.hash[slot] == hashed:
                    start = slots.keys + slot * slots.key_stride
                    if slots.bytes[start : start + slots.key_bytes[slot]] == key:
                        break
                slot = slots.next[slot]
            if not slot or 0 < slots.expires[slot] <= time():
                head[MISSES] += 1
                return None
            head[HITS] += 1
            if self._is_lru:
                slots.use(slot)
            at = slots.value_at[slot]
            value: bytes = slots.bytes[at : at + slots.value_bytes[slot]]
            return value
        finally:
            if held:
                lock.unlock(lock.cell)

    def set(self, key: bytes, value: bytes, seconds: int, may_replace: bool) -> bool:
        """Stores a value; False where the key has one and may not be replaced.

        Raises CacheFull.
        """
        # As Mutex.run, written out: a new value for a key is what applications repeat beside get.
        lock, slots = self._lock, self._slots
        held = True
        try:
            code = lock.trylock(lock.cell)
            if code:
                held = False
                lock.take(code)
                held = True
            if slots.head[DIRTY]:
                slots.rebuild()
            hashed = crc32(key)
            slot = slots.heads[hashed % slots.buckets]
            while slot:
                if slots.hash[slot] == hashed:
                    start = slots.keys + slot * slots.key_stride
                    if slots.bytes[start : start + slots.key_bytes[slot]] == key:
                        break
                slot = slots.next[slot]
            now = time()
            if slot and may_replace and self._is_usual and len(value) <= self._blocksize:
                if not 0 < slots.expires[slot] <= now:
                    expires = int(now) + seconds if seconds and not self._lasts else 0
                    self._overwrite(slots, slot, value, crc32(value, hashed), expires)
                    return True
            return self._set(key, hashed, value, seconds, may_replace)
        finally:
            if held:
                lock.unlock(lock.cell)

    def change(self, key: bytes, seconds: int, change: Callable[[int], int]) -> None:
        """Calculates with a number of 8 bytes; one that is not there counts as 0.

        Raises CacheFull, ValueError for an item that is no number, and what `change` raises.
        """
        self._locked(self._change, key, seconds, change)

    def exists(self, key: bytes) -> bool:
        """Whether there is an item that has not expired."""
        return self._locked(self._exists, key)

    def delete(self, key: bytes) -> bool:
        """Removes an item; False where there is none."""
        return self._locked(self._delete, key)

    def clear(self) -> None:
        """Removes all items."""
        self._locked(self._slots.clear)

    def keys(self) -> list[bytes]:
        """Those that have not expired."""
        slots = self._slots
        return self._locked(lambda: [slots.key_of(slot) for slot in slots.living()])

    def repair(self) -> None:
        """Makes the index anew: for a file that another run has left."""
        self._locked(self._slots.rebuild)

    def _locked(self, run: Callable[..., Result], *arguments: object) -> Result:
        return self._lock.run(self._sound, run, arguments)

    def _sound(self, run: Callable[..., Result], arguments: tuple[object, ...]) -> Result:
        if self._slots.head[DIRTY]:
            self._slots.rebuild()
        return run(*arguments)

    def _overwrite(
        self, slots: Slots, slot: int, value: bytes, checksum: int, expires: int
    ) -> None:
        """Without bitmap: the new value goes into the spare room. In as few steps as can be."""
        head, value_at, value_bytes = slots.head, slots.value_at, slots.value_bytes
        if expires and not 0 < head[EARLIEST] <= expires:
            head[EARLIEST] = expires
        head[DIRTY] = 1
        old_at, size = value_at[slot], len(value)
        room = head[SPARE] or slots.layout.values
        slots.view[room : room + size] = value
        old = (old_at, value_bytes[slot], slots.checksum[slot], slots.expires[slot], 0)
        slots.note_old(slots.head_bytes, OLD_AT * 8, *old)
        head[CHANGING] = slot
        value_at[slot], value_bytes[slot] = room, size
        slots.checksum[slot], slots.expires[slot] = checksum, expires
        head[CHANGING] = 0
        head[SPARE] = old_at
        head[DIRTY] = 0
        if self._is_lru:
            slots.use(slot)

    def _set(
        self, key: bytes, hashed: int, value: bytes, seconds: int, may_replace: bool
    ) -> bool:
        old = self._slots.find(key, hashed)
        if old and not may_replace:
            return False
        self._store(key, hashed, value, seconds, old)
        return True

    def _change(self, key: bytes, seconds: int, change: Callable[[int], int]) -> None:
        slots, hashed = self._slots, crc32(key)
        old = slots.find(key, hashed)
        after = change(slots.number(old)) & 0xFFFF_FFFF_FFFF_FFFF
        self._store(key, hashed, after.to_bytes(8, sys.byteorder), seconds, old)

    def _exists(self, key: bytes) -> bool:
        return self._slots.find(key, crc32(key)) != 0

    def _delete(self, key: bytes) -> bool:
        slots = self._slots
        slot = slots.find(key, crc32(key))
        if not slot:
            return False
        slots.head[DIRTY] = 1
        slots.remove(slot)
        slots.head[DIRTY] = 0
        return True

    def _store(self, key: bytes, hashed: int, value: bytes, seconds: int, old: int) -> None:
        """Writes a value into the slot that the key has, or a new one (0: it has none)."""
        slots, head, terms = self._slots, self._slots.head, self.terms
        if len(key) > terms.keysize or not slots.may_hold(len(value)):
            head[FULL] += 1
            raise CacheFull(_too_large(terms, key, value))
        expires = 0
        if seconds and not terms.no_expire:
            expires = int(time()) + seconds
            if not 0 < head[EARLIEST] <= expires:
                head[EARLIEST] = expires
        head[DIRTY] = 1
        try:
            if old:
                replace = self._replace_blocks if terms.bitmap else self._overwrite
                replace(slots, old, value, crc32(value, hashed), expires)
            else:
                self._add(slots, key, hashed, value, expires)
        except CacheFull:
            head[FULL] += 1
            head[DIRTY] = 0
            raise
        if terms.last_modified:
            head[MODIFIED] = int(time())
        head[DIRTY] = 0
        if self._sync is not None and head[SYNCED] + terms.store_sync <= time():
            head[SYNCED] = int(time())
            self._sync()

    def _replace_blocks(
        self, slots: Slots, slot: int, value: bytes, checksum: int, expires: int
    ) -> None:
        """With bitmap: the new value has its blocks before the old one has given up its own."""
        head, size = slots.head, len(value)
        try:
            value_at = slots.take_blocks(size, slot)
        except CacheFull:
            if not slots.run[slot]:
                slots.remove(slot)  # It has given up its room in vain.
            raise
        slots.view[value_at : value_at + size] = value
        old_at, old_run = slots.value_at[slot], slots.run[slot]
        old = (old_at, slots.value_bytes[slot], slots.checksum[slot], slots.expires[slot], old_run)
        slots.note_old(slots.head_bytes, OLD_AT * 8, *old)
        head[CHANGING] = slot
        slots.value_at[slot], slots.value_bytes[slot] = value_at, size
        slots.checksum[slot], slots.expires[slot] = checksum, expires
        slots.run[slot] = max(-(-size // self.terms.blocksize), 1)
        head[CHANGING] = 0
        if old_run:
            slots.free_blocks(old_at, old_run)
        if self._is_lru:
            slots.use(slot)

    def _add(self, slots: Slots, key: bytes, hashed: int, value: bytes, expires: int) -> None:
        head, is_bitmap = slots.head, self.terms.bitmap
        if head[COUNT] >= self.terms.items:
            slots.make_room()
        size = len(value)
        value_at = slots.take_blocks(size, 0) if is_bitmap else 0
        slot = slots.take_slot()
        if is_bitmap:
            slots.run[slot] = max(-(-size // self.terms.blocksize), 1)
        else:
            value_at = slots.own_room(slot)
        slots.view[value_at : value_at + size] = value
        key_at = slots.keys + slot * slots.key_stride
        slots.view[key_at : key_at + len(key)] = key
        slots.hash[slot], slots.key_bytes[slot] = hashed, len(key)
        slots.value_at[slot], slots.value_bytes[slot] = value_at, size
        slots.checksum[slot], slots.expires[slot] = crc32(value, hashed), expires
        head[VERSION] += 1
        slots.state[slot] = head[VERSION]
        slots.link(slot)


def distrust(head: memoryview) -> None:
    """The memory of a cache is of another run: numbers that nothing confirms begin anew.

    Needs no lock: nobody uses it yet. The next operation makes the index anew.
    """
    head[DIRTY] = 1
    head[SWEPT] = head[SYNCED] = head[VERSION] = 0
    head[MODIFIED] = min(head[MODIFIED], int(time()))
    for number in (HITS, MISSES, FULL):
        head[number] = head[number] if head[number] < _COUNT_MAX else 0


def _too_large(terms: CacheTerms, key: bytes, value: bytes) -> str:
    if len(key) > terms.keysize:
        return f'its key has {len(key)} bytes, more than keysize = {terms.keysize}'
    blocks = f' and blocks = {terms.blocks}' if terms.bitmap else ''
    return f'its value has {len(value)} bytes, more than blocksize = {terms.blocksize}{blocks} hold'
