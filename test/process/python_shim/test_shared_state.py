"""Shared memory: caches against a dictionary, repair after kill -9, locks whose owner died."""

from __future__ import annotations

import os
import random
import signal
import struct
import time
import unittest
from typing import Any

from fake_peers import until  # Makes the shim importable, too.
from reeve_worker.state import cache_layout, mutex
from reeve_worker.state.area import Area
from reeve_worker.state.cache import Cache, distrust
from reeve_worker.state.cache_layout import CacheTerms, Layout
from reeve_worker.state.cache_slots import CacheFull
from reeve_worker.state.guarded import HEAD_BYTES
from reeve_worker.state.memory import SharedMemory
from reeve_worker.state.metric import METRIC_BYTES, Metric
from reeve_worker.state.mutex import LockedTwice, Mutex
from reeve_worker.state.ring import Ring, ring_bytes
from reeve_worker.state.shared_state import _make_cache
from reeve_worker.state.store_file import KEPT_HEAD_BYTES

USUAL: dict[str, Any] = {
    'name': 'c',
    'items': 50,
    'blocks': 60,
    'blocksize': 100,
    'keysize': 64,
    'hashsize': 16,
}
OPENED: list[SharedMemory] = []
SHAPES = ({}, {'lru': True}, {'bitmap': True}, {'bitmap': True, 'lru': True})


def memory() -> SharedMemory:
    descriptor = os.memfd_create('test')
    shared = SharedMemory(descriptor)
    os.close(descriptor)
    OPENED.append(shared)
    return shared


def tearDownModule() -> None:  # noqa: N802
    for shared in OPENED:
        shared.close()


def cache_in(shared: SharedMemory, **more: Any) -> Cache:
    terms = CacheTerms(**{**USUAL, **more})
    key = cache_layout.region_key(terms)
    region = shared.region(key, Layout(terms).size, lambda made: mutex.prepare(made, 0))
    return Cache(terms, Mutex(region, 0), region, None)


def a_cache(**more: Any) -> Cache:
    return cache_in(memory(), **more)


class Caches(unittest.TestCase):
    def test_hold_what_a_dictionary_holds(self) -> None:
        for shape in SHAPES:
            chance = random.Random(7)
            cache, model = a_cache(**shape), {}
            for _ in range(4_000):
                key = b'%d' % chance.randrange(70)
                value = bytes([chance.randrange(256)]) * chance.randrange(1, 350)
                if chance.random() < 0.2:
                    self.assertEqual(cache.delete(key), key in model)
                    model.pop(key, None)
                    continue
                try:
                    cache.set(key, value, 0, True)
                    model[key] = value
                except CacheFull:
                    if cache.get(key) is None:
                        model.pop(key, None)
                if shape.get('lru'):
                    model = {each: model[each] for each in cache.keys()}
                    self.assertEqual(cache.get(key) is not None, key in model)
                self.assertEqual(cache.get(key), model.get(key), shape)
            self.assertEqual({key: cache.get(key) for key in cache.keys()}, model, shape)
            self.assertGreater(len(model), 10, shape)
            cache.repair()
            self.assertEqual({key: cache.get(key) for key in cache.keys()}, model, shape)
            cache.clear()
            self.assertEqual(cache.keys(), [])

    def test_hold_as_many_items_as_they_say(self) -> None:
        cache = a_cache()
        for number in range(50):
            cache.set(b'%d' % number, b'x', 0, False)
        self.assertRaisesRegex(CacheFull, 'items = 50', cache.set, b'more', b'x', 0, False)
        cache.set(b'7', b'y' * 100, 0, True)
        self.assertEqual(cache.get(b'7'), b'y' * 100)

    def test_refuse_what_is_too_large_and_keep_what_was_there(self) -> None:
        cache = a_cache()
        cache.set(b'key', b'old', 0, True)
        self.assertRaisesRegex(CacheFull, 'blocksize = 100', cache.set, b'key', b'x' * 101, 0, True)
        self.assertRaisesRegex(CacheFull, 'keysize = 64', cache.set, b'k' * 65, b'x', 0, True)
        self.assertEqual(cache.get(b'key'), b'old')

    def test_drop_what_was_not_used_longest(self) -> None:
        cache = a_cache(items=3, lru=True)
        for key in (b'a', b'b', b'c'):
            cache.set(key, key, 0, False)
        cache.get(b'a')
        cache.set(b'd', b'd', 0, False)
        self.assertEqual(sorted(cache.keys()), [b'a', b'c', b'd'])

    def test_never_serve_what_has_expired_and_use_its_room(self) -> None:
        cache = a_cache(items=3)
        cache.set(b'stays', b'x', 0, False)
        for key in (b'a', b'b'):
            cache.set(key, b'x', 1, False)
        until('an item expires', lambda: cache.get(b'a') is None)
        self.assertEqual((cache.keys(), cache.exists(b'b')), ([b'stays'], False))
        cache.set(b'c', b'x', 0, False)
        cache.set(b'd', b'x', 0, False)
        self.assertEqual(sorted(cache.keys()), [b'c', b'd', b'stays'])

    def test_survive_another_opening_of_the_same_memory(self) -> None:
        shared = memory()
        cache_in(shared).set(b'key', b'value', 0, False)
        self.assertEqual(cache_in(shared).get(b'key'), b'value')
        self.assertIsNone(cache_in(shared, items=51).get(b'key'))


class Damage(unittest.TestCase):
    def test_of_memory_from_another_run_loses_items_and_no_more(self) -> None:
        chance = random.Random(13)
        for round_number in range(120):
            shape = SHAPES[round_number % len(SHAPES)]
            cache = a_cache(**shape)
            stored: dict[bytes, set[bytes]] = {}
            for _ in range(80):
                _store(cache, stored, chance)
            region = cache._slots.view
            for _ in range(chance.choice((1, 5, 200))):
                end = chance.choice((600, 7_000, len(region)))
                byte = chance.choice((0, 1, 255, chance.randrange(256)))
                region[chance.randrange(64, end)] = byte
            distrust(cache.head)
            for key in cache.keys():
                value = cache.get(key)
                self.assertIn(value, {*stored.get(key, ()), None}, shape)
            for _ in range(200):
                key, value = _store(cache, stored, chance)
                if value is not None:
                    self.assertEqual(cache.get(key), value, shape)
            for key in cache.keys():
                value = cache.get(key)
                self.assertIn(value, {*stored[key], None}, shape)
                cache.delete(key)
            self.assertEqual(cache.keys(), [])


class Kept(unittest.TestCase):
    def test_memory_goes_on_with_new_locks_and_is_empty_where_it_was_cut(self) -> None:
        terms = CacheTerms(**USUAL, is_kept=True)
        file = os.memfd_create('kept')
        self.addCleanup(os.close, file)
        os.ftruncate(file, KEPT_HEAD_BYTES)
        first = _make_cache(memory(), terms, os.dup(file))
        first.set(b'key', b'value', 0, True)
        child = os.fork()
        if child == 0:
            first._lock.acquire()
            os.kill(os.getpid(), signal.SIGKILL)
        os.waitpid(child, 0)
        shared = memory()
        for _ in range(2):
            again = _make_cache(shared, terms, os.dup(file))
            self.assertEqual(again.get(b'key'), b'value')
        os.ftruncate(file, os.fstat(file).st_size - 4096)
        cut = _make_cache(memory(), terms, os.dup(file))
        self.assertEqual(cut.keys(), [])
        cut.set(b'key', b'other', 0, True)
        self.assertEqual(cut.get(b'key'), b'other')


def _store(
    cache: Cache, stored: dict[bytes, set[bytes]], chance: random.Random
) -> tuple[bytes, bytes | None]:
    """Stores a value under a key; without it where there was no room."""
    key = b'%d' % chance.randrange(70)
    value = bytes([chance.randrange(256)]) * chance.randrange(1, 100)
    stored.setdefault(key, set()).add(value)
    try:
        cache.set(key, value, 0, True)
    except CacheFull:
        return key, None
    return key, value


class Kills(unittest.TestCase):
    def test_of_writers_leave_each_value_whole(self) -> None:
        """The long run is test/long/shared-state.test.ts."""
        for shape in SHAPES:
            survive_kills(self, 12, shape)


def survive_kills(test: unittest.TestCase, kills: int, shape: dict[str, Any]) -> None:
    """Kills a process that writes, at any moment, and looks at what is left."""
    cache = a_cache(**shape)
    for number in range(kills):
        child = os.fork()
        if child == 0:
            _write_for_ever(cache, number)
        time.sleep(random.uniform(0.002, 0.012))
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)
        for key in cache.keys():
            value = cache.get(key)
            if value is not None:
                key_of, _, rest = value.partition(b' ')
                test.assertEqual(key_of, key, shape)
                test.assertEqual(rest, rest[:1] * len(rest), shape)
        for key in cache.keys()[:10]:
            cache.delete(key)
        cache.set(b'after', b'after x', 0, True)
        test.assertEqual(cache.get(b'after'), b'after x')


def _write_for_ever(cache: Cache, seed: int) -> None:
    chance = random.Random(seed)
    while True:
        key = b'%d' % chance.randrange(60)
        body = bytes([65 + chance.randrange(26)]) * chance.randrange(1, 90)
        try:
            if chance.random() < 0.1:
                cache.delete(key)
            else:
                cache.set(key, key + b' ' + body, chance.choice([0, 0, 1]), True)
        except CacheFull:
            pass


class Locks(unittest.TestCase):
    def setUp(self) -> None:
        region = memory().region(b'lock', mutex.SIZE, lambda made: mutex.prepare(made, 0))
        self.lock = Mutex(region, 0)

    def test_of_a_process_that_died_are_free_and_say_so(self) -> None:
        child = os.fork()
        if child == 0:
            self.lock.acquire()
            os.kill(os.getpid(), signal.SIGKILL)
        os.waitpid(child, 0)
        self.assertTrue(self.lock.acquire())
        self.assertTrue(self.lock.release())
        self.assertFalse(self.lock.acquire())
        self.lock.release()

    def test_are_waited_for(self) -> None:
        read, write = os.pipe()
        self.lock.acquire()
        child = os.fork()
        if child == 0:
            self.lock.acquire()
            os.write(write, b'x')
            os._exit(0)
        os.set_blocking(read, False)
        time.sleep(0.05)
        self.assertRaises(BlockingIOError, os.read, read, 1)
        self.lock.release()
        os.set_blocking(read, True)
        self.assertEqual(os.read(read, 1), b'x')
        os.waitpid(child, 0)

    def test_taken_twice_by_a_thread_raise(self) -> None:
        self.lock.acquire()
        self.assertRaises(LockedTwice, self.lock.acquire)
        self.assertFalse(self.lock.try_acquire())
        self.assertTrue(self.lock.release())
        self.assertFalse(self.lock.release())


class Rings(unittest.TestCase):
    def a_ring(self, places: int = 5) -> Ring:
        size = ring_bytes(places, 64)
        region = memory().region(
            b'ring', HEAD_BYTES + size, lambda made: mutex.prepare(made, 0)
        )
        return Ring(places, 64, region[:HEAD_BYTES], region[HEAD_BYTES:], check=False)

    def test_keep_the_order_also_when_they_are_full(self) -> None:
        ring = self.a_ring()
        for number in range(7):
            ring.push(b'%d' % number)
        self.assertEqual(ring.last(9), [b'6', b'5', b'4', b'3', b'2'])
        self.assertEqual([ring.pull() for _ in range(6)], [b'2', b'3', b'4', b'5', b'6', None])

    def test_refuse_what_is_too_long_or_empty(self) -> None:
        ring = self.a_ring()
        pushed = [ring.push(each) for each in (b'x' * 65, b'', b'x' * 64)]
        self.assertEqual(pushed, [False, False, True])
        self.assertFalse(ring.set(9, b'x'))

    def test_survive_kills_of_those_who_push_and_pull(self) -> None:
        ring = self.a_ring(8)
        for number in range(12):
            child = os.fork()
            if child == 0:
                chance = random.Random(number)
                while True:
                    body = bytes([65 + chance.randrange(26)]) * chance.randrange(1, 64)
                    chance.choice([ring.pull, lambda: ring.push(body), ring.pop])()
            time.sleep(random.uniform(0.002, 0.012))
            os.kill(child, signal.SIGKILL)
            os.waitpid(child, 0)
            while (message := ring.pull()) is not None:
                self.assertEqual(message, message[:1] * len(message))
            self.assertEqual(ring.last(8), [None] * 8)


class Areas(unittest.TestCase):
    def test_are_read_under_ones_own_lock(self) -> None:
        shared = memory()
        lock = shared.region(b'lock', mutex.SIZE, lambda made: mutex.prepare(made, 0))
        area = Area(Mutex(lock, 0), shared.region(b'area', 100)[:100])
        area.lock()
        area.write(0, b'hello')
        self.assertEqual(area.read(0, 5), b'hello')
        area.unlock()
        area.add(8, struct.Struct('=i'), -5)
        self.assertEqual(struct.unpack('=i', area.read(8, 4)), (-5,))
        self.assertRaises(IndexError, area.read, 96, 5)
        self.assertRaises(IndexError, area.write, -1, b'x')


class Metrics(unittest.TestCase):
    def test_are_changed_in_one_step_by_each_process(self) -> None:
        region = memory().region(b'm', METRIC_BYTES, lambda made: mutex.prepare(made, 0))
        metric = Metric(region)
        children = []
        for _ in range(3):
            child = os.fork()
            if child == 0:
                for _ in range(1_000):
                    metric.change(lambda before: before + 1)
                os._exit(0)
            children.append(child)
        for child in children:
            os.waitpid(child, 0)
        self.assertEqual(metric.get(), 3_000)
