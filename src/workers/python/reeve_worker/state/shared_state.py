"""All that the processes share, made from what the master says: caches, locks and others.

Made once by each spawner, before it imports the application. What has the same key as before is the
same memory, so it survives a reload.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterable, Mapping
from typing import Any, Callable

from ..output import log
from ..redis_store.cache import FarCache
from ..redis_store.connection import is_address
from . import c_library, cache_layout, mutex, store_file
from .area import Area
from .cache import Cache, distrust
from .cache_layout import MAGIC, MAGIC_NUMBER, CacheTerms, Layout
from .cache_slots import CacheFull, Slots
from .guarded import HEAD_BYTES
from .mailbox import Mailbox
from .memory import FIRST_BELL_FD, SharedMemory
from .metric import METRIC_BYTES, Metric
from .mutex import Mutex
from .ring import Ring, ring_bytes

_MS_ASYNC = 1


class SharedState:
    """Caches, metrics and mailboxes by name, the locks and areas by number, and the queue."""

    def __init__(self, memory: SharedMemory, settings: Mapping[str, Any]) -> None:
        """Raises OSError where there is no memory."""
        self.caches: dict[str, Cache | FarCache] = {}
        self.locks: list[Mutex] = []
        self.ring: Ring | None = None
        self.areas: list[Area] = []
        self.metrics: dict[str, Metric] = {}
        self.mailboxes: dict[str, Mailbox] = {}
        self._stopping: memoryview | None = None
        kept = iter(_kept_descriptors(settings))
        for terms in map(_terms, settings.get('caches', ())):
            if is_address(terms.store):
                self.caches.setdefault(terms.name, FarCache(terms))
            elif c_library.is_available():
                made = _make_cache(memory, terms, next(kept) if terms.is_kept else None)
                self.caches.setdefault(terms.name, made)
        _fill(self.caches, settings.get('cacheItems', ()))
        if not c_library.is_available():
            return
        self.locks = _make_locks(memory, settings.get('locks', 0) + 1)
        queue = settings.get('queue')
        self.ring = None if queue is None else _make_ring(memory, queue)
        areas = settings.get('areas', ())
        self.areas = [_make_area(memory, number, each) for number, each in enumerate(areas)]
        for each in settings.get('metrics', ()):
            self.metrics[each['name']] = _make_metric(memory, each['name'], each['initial'])
        for bell, each in enumerate(settings.get('mailboxes', ()), FIRST_BELL_FD):
            self.mailboxes[each['name']] = Mailbox(memory, each['name'], each['bytes'], bell)
        self._stopping = memory.stopping_byte()

    def is_stopping(self) -> bool:
        """Whether nobody takes messages after the processes that run now."""
        return self._stopping is not None and self._stopping[0] != 0


def passed_descriptors(settings: Mapping[str, Any]) -> range:
    """What the master passes beside the memory: bells, and the files of caches that are kept."""
    return range(FIRST_BELL_FD, _kept_descriptors(settings).stop)


def _kept_descriptors(settings: Mapping[str, Any]) -> range:
    first = FIRST_BELL_FD + len(settings.get('mailboxes', ()))
    return range(first, first + sum(each['isKept'] for each in settings.get('caches', ())))


def far_stores(settings: Mapping[str, Any]) -> list[str]:
    """The addresses of caches that are on a server."""
    stores = [fields['store'] for fields in settings.get('caches', ())]
    return [store for store in stores if is_address(store)]


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
        is_kept=fields['isKept'],
    )


def _fill(caches: Mapping[str, Cache | FarCache], items: Iterable[Mapping[str, Any]]) -> None:
    """add-cache-item, load-file-in-cache(-gzip). Raises OSError for a file that cannot be read."""
    for item in items:
        key = item['key'].encode('utf-8', 'surrogateescape')
        value = _value_of(item)
        name = item['cache']
        if name and name not in caches:
            log.say(f'there is no cache "{name}" for the item {item["key"]}')
            continue
        for cache in [caches[name]] if name else caches.values():
            try:
                cache.set(key, value, 0, True)
            except CacheFull as full:
                sentence = f'the cache "{cache.terms.name}" did not take {item["key"]}: {full}'
                log.say(sentence, 'cache.full')


def _value_of(item: Mapping[str, Any]) -> bytes:
    value: str | None = item['value']
    if value is not None:
        return value.encode('utf-8', 'surrogateescape')
    with open(item['key'], 'rb') as file:
        data = file.read()
    return _compressed(data) if item['isCompressed'] else data


def _compressed(data: bytes) -> bytes:
    """As gzip, at the best level, as uWSGI does."""
    compress = zlib.compressobj(9, zlib.DEFLATED, zlib.MAX_WBITS | 16)
    return compress.compress(data) + compress.flush()


def _make_locks(memory: SharedMemory, count: int) -> list[Mutex]:
    def prepare(region: memoryview) -> None:
        for number in range(count):
            mutex.prepare(region, number * mutex.SIZE)

    region = memory.region(b'locks %d' % count, count * mutex.SIZE, prepare)
    return [Mutex(region, number * mutex.SIZE) for number in range(count)]


def _make_cache(memory: SharedMemory, terms: CacheTerms, kept: int | None) -> Cache:
    """`kept`: the descriptor of its own memory file."""
    key = cache_layout.region_key(terms)
    if kept is not None:
        return _kept_cache(memory, terms, key, kept)
    if terms.store:
        try:
            return _stored_cache(memory, terms)
        except (OSError, ValueError) as error:
            _say_unusable(f'the cache "{terms.name}"', terms.store, error)
    region = memory.region(key, Layout(terms).size, lambda made: mutex.prepare(made, 0))
    return Cache(terms, Mutex(region, 0), region, None)


def _say_unusable(what: str, path: str, error: OSError | ValueError) -> None:
    reason = getattr(error, 'strerror', None) or str(error)
    sentence = f'{what} cannot use {path}: {reason}; what it holds ends with this instance'
    log.say(sentence, 'cache.store-unusable')


def _stored_cache(memory: SharedMemory, terms: CacheTerms) -> Cache:
    """A cache in a file of its own, whose lock is in the shared memory: it is of this instance.

    Raises OSError, or ValueError for a file of another layout.
    """
    region = store_file.open_store(terms.store, Layout(terms).size, terms.store_delete)
    sync = c_library.syncer(region, _MS_ASYNC) if terms.store_sync else None
    head = Slots(terms, region).head
    if head[MAGIC] not in (0, MAGIC_NUMBER):
        raise ValueError('it is no store of a cache; remove it, or name another file')
    # All who have the file open need one lock, whatever their order of use.
    key = cache_layout.region_key(terms._replace(lru=False))
    identity = store_file.identity(terms.store)
    lock = _lock_of_file(memory, identity, key, lambda: distrust(head))
    head[MAGIC] = MAGIC_NUMBER
    return Cache(terms, Mutex(lock, 0), region, sync)


def _kept_cache(memory: SharedMemory, terms: CacheTerms, key: bytes, descriptor: int) -> Cache:
    """A cache in a memory file of its own, which systemd keeps; it may be of a run before.

    The master has compared its first page with the configuration: the rest is checked here. The
    lock is in the shared memory, so a restart makes it anew.
    """
    file = store_file.open_kept(descriptor, Layout(terms).size)
    if file.was_damaged:
        log.say(f'the cache "{terms.name}" begins anew: its memory was cut', 'cache.begins-anew')
    head = Slots(terms, file.region).head
    lock = _lock_of_file(memory, file.identity, key, lambda: distrust(head))
    return Cache(terms, Mutex(lock, 0), file.region, None)


def _lock_of_file(
    memory: SharedMemory, identity: bytes, key: bytes, when_new: Callable[[], None]
) -> memoryview:
    """The lock of a file. `when_new` is called where this instance has not had it before."""

    def prepare(made: memoryview) -> None:
        when_new()
        mutex.prepare(made, 0)

    return memory.region(b'store ' + identity + b' ' + key[:180], HEAD_BYTES, prepare)


def _make_ring(memory: SharedMemory, fields: Mapping[str, Any]) -> Ring | None:
    """The queue; None where none is configured."""
    places, blocksize, store = fields['places'], fields['blocksize'], fields['store']
    if not places:
        return None
    size = ring_bytes(places, blocksize)
    key = b'queue %d %d' % (places, blocksize)
    if store:
        try:
            body = store_file.open_store(store, size, replaces=False)
            lock = _lock_of_file(memory, store_file.identity(store), key, lambda: None)
            return Ring(places, blocksize, lock, body, check=True)
        except (OSError, ValueError) as error:
            _say_unusable('the queue', store, error)
    region = memory.region(key, HEAD_BYTES + size, lambda made: mutex.prepare(made, 0))
    return Ring(places, blocksize, region[:HEAD_BYTES], region[HEAD_BYTES:], check=False)


def _make_area(memory: SharedMemory, number: int, fields: Mapping[str, Any]) -> Area:
    size, file = fields['bytes'], fields['file']
    lock_key = b'area lock %d' % number
    lock = memory.region(lock_key, mutex.SIZE, lambda made: mutex.prepare(made, 0))
    if file:
        try:
            return Area(Mutex(lock, 0), store_file.open_part(file, size))
        except OSError as error:
            _say_unusable(f'the shared area {number}', file, error)
    region = memory.region(b'area %d %d' % (number, size), size)
    return Area(Mutex(lock, 0), region[:size])


def _make_metric(memory: SharedMemory, name: str, initial: int) -> Metric:
    def prepare(region: memoryview) -> None:
        mutex.prepare(region, 0)
        region[HEAD_BYTES : HEAD_BYTES + 8].cast('q')[0] = initial

    key = f'metric {name}'.encode('utf-8', 'surrogateescape')
    return Metric(memory.region(key, METRIC_BYTES, prepare))
