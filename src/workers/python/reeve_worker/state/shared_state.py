"""All that the processes share, made from what the master says: caches and locks.

Made once by each spawner, before it imports the application. What has the same key as before is the
same memory, so it survives a reload.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import Any

from .. import log
from . import c_library, cache_layout, mutex
from .cache import Cache
from .cache_layout import MAGIC, MAGIC_NUMBER, CacheTerms, Layout
from .memory import SharedMemory
from .mutex import Mutex

_MS_ASYNC = 1


class SharedState:
    """The caches by name, and the locks by number."""

    def __init__(self, memory: SharedMemory, settings: Mapping[str, Any]) -> None:
        """Raises OSError where there is no memory."""
        self.caches: dict[str, Cache] = {}
        self.locks: list[Mutex] = []
        if not c_library.is_available():
            return
        for fields in settings.get('caches', ()):
            terms = _terms(fields)
            self.caches.setdefault(terms.name, _make_cache(memory, terms))
        self.locks = _make_locks(memory, settings.get('locks', 0) + 1)


def _terms(fields: Mapping[str, Any]) -> CacheTerms:
    """From the master's names to ours."""
    return CacheTerms(
        name=fields['name'],
        items=fields['items'],
        blocks=fields['blocks'],
        blocksize=fields['blocksize'],
        keysize=fields['keysize'],
        hashsize=fields['hashsize'],
        bitmap=fields['bitmap'],
        lru=fields['lru'],
        ignore_full=fields['ignoreFull'],
        clear_on_full=fields['clearOnFull'],
        no_expire=fields['noExpire'],
        last_modified=fields['lastModified'],
        store=fields['store'],
        store_sync=fields['storeSync'],
        store_delete=fields['storeDelete'],
    )


def _make_locks(memory: SharedMemory, count: int) -> list[Mutex]:
    def prepare(region: memoryview) -> None:
        for number in range(count):
            mutex.prepare(region, number * mutex.SIZE)

    region = memory.region(b'locks %d' % count, count * mutex.SIZE, prepare)
    return [Mutex(region, number * mutex.SIZE) for number in range(count)]


def _make_cache(memory: SharedMemory, terms: CacheTerms) -> Cache:
    key = cache_layout.region_key(terms)
    if terms.store:
        try:
            return _stored_cache(memory, terms, key)
        except (OSError, ValueError) as error:
            reason = getattr(error, 'strerror', None) or str(error)
            log.say(
                f'the cache "{terms.name}" cannot use {terms.store}: {reason}; what it holds'
                ' ends with this instance',
                'cache.store-unusable',
            )
    region = memory.region(key, Layout(terms).size, lambda made: mutex.prepare(made, 0))
    return Cache(terms, Mutex(region, 0), region, None)


def _stored_cache(memory: SharedMemory, terms: CacheTerms, key: bytes) -> Cache:
    """A cache in a file of its own, whose lock is in the shared memory: it is of this instance.

    Raises OSError, or ValueError for a file of another layout.
    """
    size = Layout(terms).size
    path = os.path.abspath(terms.store)
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        _demand_fitting(descriptor, terms, size)
        region = c_library.map_file(descriptor, 0, size)
    finally:
        os.close(descriptor)
    sync = c_library.syncer(region, _MS_ASYNC) if terms.store_sync else None
    is_new = False

    def prepare(made: memoryview) -> None:
        nonlocal is_new
        is_new = True
        mutex.prepare(made, 0)

    # One lock for each file, whatever names it has had; the file is of the first one that opens it.
    status = os.stat(path)
    name = b'store %d %d ' % (status.st_dev, status.st_ino) + key[:180]
    cache = Cache(terms, Mutex(memory.region(name, mutex.SIZE, prepare), 0), region, sync)
    if is_new:
        cache.repair()
    cache.head[MAGIC] = MAGIC_NUMBER
    return cache


def _demand_fitting(descriptor: int, terms: CacheTerms, size: int) -> None:
    known = os.fstat(descriptor).st_size
    layout = Layout(terms)
    if known:
        magic = os.pread(descriptor, 8, layout.head + MAGIC * 8)
        fits = known == size and int.from_bytes(magic, 'little') in (0, MAGIC_NUMBER)
        if fits:
            return
        if not terms.store_delete:
            raise ValueError(
                'it is no store of a cache with this layout; remove it, or give the key store_delete'
            )
        os.ftruncate(descriptor, 0)
    os.ftruncate(descriptor, size)
