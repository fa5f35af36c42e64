"""Threads that begin, and threads that have no room for it."""

from __future__ import annotations

import unittest
from typing import Any, Callable
from unittest import mock

from fake_peers import until

from reeve_worker.requests import slot_threads
from reeve_worker.refusal import ThreadRefused, error_name


def start_that(behaves: Callable[[Callable[[], None]], Any]) -> Any:
    """The system's own start of a thread replaced, whichever this version of Python has."""
    name = 'start_joinable_thread' if slot_threads._IS_JOINABLE else 'start_new_thread'
    return mock.patch.object(slot_threads._thread, name, lambda run, *_, **__: behaves(run))


class Threads(unittest.TestCase):
    def test_run_to_their_end(self) -> None:
        seen: list[str] = []
        join = slot_threads.start('a name', lambda: seen.append('it ran'))
        join()
        self.assertEqual(seen, ['it ran'])

    def test_run_beside_the_one_that_starts_them(self) -> None:
        may_end: list[bool] = []
        join = slot_threads.start('a name', lambda: until('it may end', lambda: bool(may_end)))
        may_end.append(True)
        join()

    def test_that_end_before_they_begin_are_refused_for_want_of_memory(self) -> None:
        with start_that(lambda run: None), self.assertRaises(MemoryError) as refused:
            slot_threads.start('a name', self.fail)
        self.assertEqual(error_name(refused.exception), 'ENOMEM')

    def test_that_the_system_does_not_start_are_refused(self) -> None:
        def refuse(run: Callable[[], None]) -> None:
            raise RuntimeError("can't start new thread")

        with start_that(refuse), self.assertRaises(ThreadRefused) as refused:
            slot_threads.start('a name', self.fail)
        self.assertEqual(error_name(refused.exception), 'EAGAIN')

    def test_that_run_briefly_pass_on_what_was_raised(self) -> None:
        with self.assertRaises(ZeroDivisionError):
            slot_threads.run_briefly(lambda: print(1 // 0))


if __name__ == '__main__':
    unittest.main()
