"""Mailboxes of mules: whole messages in their order, full ones, and writers that are killed."""

from __future__ import annotations

import os
import random
import signal
import unittest
from collections import deque
from select import select

from fake_peers import until  # Makes the shim importable, too.
from reeve_worker.state.mailbox import Mailbox
from reeve_worker.state.memory import SharedMemory

HEAD = 8


def bell_of() -> int:
    """A pipe does for a bell where Python has no eventfd (before 3.10)."""
    if hasattr(os, 'eventfd'):
        return os.eventfd(0, os.EFD_NONBLOCK)
    read, write = os.pipe()
    os.close(read)
    return write


class Mailboxes(unittest.TestCase):
    def setUp(self) -> None:
        file = os.memfd_create('test')
        self.memory = SharedMemory(file)
        os.close(file)
        self.bell = bell_of()

    def tearDown(self) -> None:
        self.memory.close()
        os.close(self.bell)

    def mailbox(self, capacity: int) -> Mailbox:
        return Mailbox(self.memory, 'messages mule 1', capacity, self.bell)

    def test_keeps_whole_messages_in_their_order_whatever_their_size(self) -> None:
        chance = random.Random(17)
        mailbox, model = self.mailbox(1000), deque[bytes]()
        used = 0
        for _ in range(20_000):
            if chance.random() < 0.5:
                message = os.urandom(chance.choice([0, 1, 7, 60, 500, mailbox.longest]))
                fits = used + HEAD + len(message) <= 1000
                self.assertEqual(mailbox.put(message), fits)
                if fits:
                    model.append(message)
                    used += HEAD + len(message)
            else:
                expected = model.popleft() if model else None
                self.assertEqual(mailbox.take(), expected)
                used -= 0 if expected is None else HEAD + len(expected)
            self.assertEqual(mailbox.waiting(), len(model))

    def test_outlives_its_processes_for_whoever_has_the_same_memory(self) -> None:
        self.assertTrue(self.mailbox(1000).put(b'kept'))
        self.assertEqual(self.mailbox(1000).take(), b'kept')
        self.assertIsNone(self.mailbox(1000).take())

    def test_a_writer_and_a_reader_that_are_killed_leave_only_whole_messages(self) -> None:
        """Each message is `n` times the byte n; what is taken twice or torn would show."""
        mailbox = self.mailbox(4000)
        chance, last, taken = random.Random(4), 0, 0
        for _ in range(25):
            ready, started = os.pipe()
            writer = os.fork()
            if writer == 0:
                os.write(started, b'.')
                number = last
                while True:
                    number += 1
                    while not mailbox.put(number.to_bytes(8, 'little') * (1 + number % 60)):
                        pass
            os.read(ready, 1)
            os.close(ready)
            os.close(started)
            for _ in range(chance.randrange(1, 100)):
                last = self.whole(until('a message', mailbox.take), last)
                taken += 1
            os.kill(writer, signal.SIGKILL)
            os.waitpid(writer, 0)
            while (message := mailbox.take()) is not None:
                last, taken = self.whole(message, last), taken + 1
            self.assertEqual(mailbox.waiting(), 0)
        self.assertGreater(taken, 500)

    def whole(self, message: bytes, last: int) -> int:
        """The number in it, which is the next one."""
        number = int.from_bytes(message[:8], 'little')
        self.assertEqual(number, last + 1)
        self.assertEqual(message, number.to_bytes(8, 'little') * (1 + number % 60))
        return number

    def test_readers_that_are_killed_take_nothing_twice(self) -> None:
        mailbox = self.mailbox(1 << 20)
        for number in range(8_000):
            self.assertTrue(mailbox.put(number.to_bytes(4, 'little')))
        chance = random.Random(9)
        read, write = os.pipe()
        noted = bytearray()
        while mailbox.waiting() > 0:
            reader = os.fork()
            if reader == 0:
                while (message := mailbox.take()) is not None:
                    os.write(write, message)
                os._exit(0)
            for _ in range(chance.randrange(1, 20)):
                # The last reader may have ended with nothing more to note.
                until('notes', lambda: select([read], [], [], 0)[0] or mailbox.waiting() == 0)
                if select([read], [], [], 0)[0]:
                    noted += os.read(read, 4 * chance.randrange(1, 40))
            os.kill(reader, signal.SIGKILL)
            os.waitpid(reader, 0)
        os.close(write)
        while data := os.read(read, 65536):
            noted += data
        os.close(read)
        numbers = [int.from_bytes(noted[at : at + 4], 'little') for at in range(0, len(noted), 4)]
        # One that was killed between taking and noting has lost that message, as the docs say.
        self.assertEqual(numbers, sorted(set(numbers)))
        self.assertGreater(len(numbers), 7_000)


if __name__ == '__main__':
    unittest.main()
