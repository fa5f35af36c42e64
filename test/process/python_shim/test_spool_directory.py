"""Spool directories with anything in them: what is no task, full disks, files that cannot go."""

from __future__ import annotations

import errno
import math
import os
import shutil
import tempfile
import time
import unittest
from unittest import mock

from fake_peers import ROOT  # Makes the shim importable, too.
from reeve_worker.jobs import attempts, task_files
from reeve_worker.jobs.directory_tasks import DirectoryTasks, TakenFile
from reeve_worker.jobs.task_files import encode, write


class SpoolDirectories(unittest.TestCase):
    def setUp(self) -> None:
        self.path = tempfile.mkdtemp()
        self.addCleanup(shutil.rmtree, self.path)
        self.tasks = DirectoryTasks(self.path, 0, lambda usual: usual)

    def spool(self, name: str, at: float = 0) -> str:
        return os.path.basename(write(self.path, encode({b'name': name.encode()}, b''), '', at))

    def take(self) -> TakenFile:
        taken = self.tasks.take(set())
        assert taken is not None
        self.addCleanup(taken.release)
        return taken

    def test_what_is_no_task_holds_up_none(self) -> None:
        prefix = os.path.join(self.path, task_files.PREFIX)
        os.mkdir(f'{prefix}folder')
        os.mkfifo(f'{prefix}fifo')
        os.utime(f'{prefix}fifo', (0, 0))
        os.symlink(ROOT / 'README.md', f'{prefix}link')
        os.mkdir(os.path.join(self.path, '\u00b2'))
        with open(os.path.join(self.path, '3'), 'wb'):
            pass
        name = self.spool('task')
        self.assertEqual(self.take().name, name)

    def test_a_priority_is_written_in_ascii(self) -> None:
        self.assertFalse(task_files.is_number('\u00b2'))
        self.assertFalse(task_files.is_number('\u0663'))
        self.assertTrue(task_files.is_number('007'))

    def test_a_task_for_later_says_when(self) -> None:
        self.spool('later', time.time() + 100)
        self.assertIsNone(self.tasks.take(set()))
        self.assertTrue(90 < self.tasks.seconds_to_next <= 100, self.tasks.seconds_to_next)

    def test_a_task_that_another_process_has_is_not_due(self) -> None:
        name = self.spool('task')
        os.unlink(os.path.join(self.path, name))
        self.assertEqual(task_files.take(self.path, task_files.Place('', name)), math.inf)

    def test_a_moment_beyond_the_calendar_leaves_nothing(self) -> None:
        with self.assertRaises(OverflowError):
            self.spool('never', 2.0**70)
        left = [name for name in os.listdir(self.path) if task_files.PREFIX in name]
        self.assertEqual(left, [])

    def test_what_was_never_finished_goes_after_a_while(self) -> None:
        name = self.spool('task')
        os.mkdir(os.path.join(self.path, '7'))
        for folder in '', '7':
            with open(os.path.join(self.path, folder, f'.{name}'), 'wb'):
                pass
        task_files.sweep_unfinished(self.path)
        self.assertTrue(os.path.exists(os.path.join(self.path, f'.{name}')))
        with mock.patch('time.time', return_value=time.time() + 3700):
            task_files.sweep_unfinished(self.path)
        self.assertEqual(sorted(os.listdir(self.path)), ['.reeve', '7', name])
        self.assertEqual(os.listdir(os.path.join(self.path, '7')), [])

    def test_on_a_full_disk_tasks_run_and_wait_between_two_tries(self) -> None:
        name = self.spool('task')
        full = OSError(errno.ENOSPC, 'No space left on device')
        taken = self.take()
        with mock.patch.object(attempts, '_write', side_effect=full):
            self.assertEqual(taken.begin(), 0)
            taken.failed('it raised')
            taken.release()
            self.assertIsNone(self.tasks.take(set()))
            self.assertTrue(50 < self.tasks.seconds_to_next <= 60, self.tasks.seconds_to_next)
            os.utime(os.path.join(self.path, name), (1, 1))
            again = self.take()
            again.begin()
            again.undo()
            again.release()
            last = self.take()
            last.begin()
            last.done()
        self.assertEqual(task_files.queued(self.path), [])

    def test_a_file_that_cannot_be_removed_is_told_of(self) -> None:
        self.spool('task')
        taken = self.take()
        with mock.patch('os.unlink', side_effect=PermissionError(errno.EACCES, 'denied')):
            with self.assertRaises(PermissionError):
                taken.done()


if __name__ == '__main__':
    unittest.main()
