"""What the shim tells the journal, and that it never waits for it long."""

from __future__ import annotations

import array
import os
import socket
import struct
import sys
import tempfile
import unittest
from pathlib import Path

from fake_peers import SHIM

sys.path.insert(0, str(SHIM))

from reeve_worker.output import journal_datagram, log  # noqa: E402
from reeve_worker.output.journal import Journal, JournalSettings  # noqa: E402


class JournalCase(unittest.TestCase):
    """A socket in journald's place, and a stream that counts as fd 2's."""

    def setUp(self) -> None:
        folder = tempfile.TemporaryDirectory(prefix='reeve-journal-')
        self.addCleanup(folder.cleanup)
        self.receiver = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.addCleanup(self.receiver.close)
        self.receiver.settimeout(10)
        self.receiver.bind(str(Path(folder.name) / 'socket'))
        before = journal_datagram.FOLDER
        journal_datagram.FOLDER = f'{folder.name}/'
        self.addCleanup(lambda: setattr(journal_datagram, 'FOLDER', before))
        self.journal = Journal()
        settings = JournalSettings('blog', '', {'application.raised': 'f' * 32})
        self.journal._settings = settings
        self.journal._about = [('REEVE_WORKER', '2')]

    def send(self, message: str, leaving: bool = False) -> bool:
        more = [('CODE_FILE', '/srv/app.py')]
        return self.journal.send('application.raised', 3, message, more, leaving=leaving)

    def test_traceback_is_one_entry(self) -> None:
        self.assertTrue(self.send('exception\n  File "x"\n'))
        text = b'exception\n  File "x"'
        expected = (
            b'REEVE_WORKER=2\nPRIORITY=3\nREEVE_EVENT=application.raised\nCODE_FILE=/srv/app.py\n'
            b'MESSAGE\n' + struct.pack('<Q', len(text)) + text + b'\nMESSAGE_ID=' + b'f' * 32 + b'\n'
        )
        self.assertEqual(self.receiver.recv(65536), expected)

    def test_controls_are_escaped_and_what_is_no_unicode_too(self) -> None:
        self.send('a\x1b[31m\udc80\u2028')
        self.assertIn(b'MESSAGE=a\\x1b[31m\\udc80\\u2028\n', self.receiver.recv(65536))

    def test_long_entry_is_a_file(self) -> None:
        self.assertTrue(self.send('x' * 1_000_000))
        _, control, _, _ = self.receiver.recvmsg(1, socket.CMSG_SPACE(4))
        (descriptor,) = array.array('i', control[0][2][:4])
        with open(descriptor, 'rb') as file:
            self.assertIn(b'MESSAGE=' + b'x' * 1_000_000 + b'\n', os.pread(descriptor, 1 << 21, 0))
            with self.assertRaises(OSError):
                os.pwrite(file.fileno(), b'sealed', 0)

    def test_full_journal_is_given_up(self) -> None:
        sent = 0
        while self.send('waits'):
            sent += 1
        self.assertGreater(sent, 0)
        self.receiver.recv(65536)
        self.assertTrue(self.send('there is room again'))

    def test_leaving_waits_for_a_reader_but_not_for_ever(self) -> None:
        self.assertTrue(self.send('nobody reads this', leaving=True))

    def test_no_journal_is_no_error(self) -> None:
        journal_datagram.FOLDER = '/nonexistent/'
        self.assertFalse(self.send('to nobody'))
        self.assertFalse(Journal().send('python.said', 4, 'not the journal', [], leaving=False))


class ErrorFieldsTest(unittest.TestCase):
    def test_fields_name_the_innermost_frame_and_the_class(self) -> None:
        from reeve_worker.output.journal import journal

        def raises() -> None:
            raise UnicodeError('x')

        self.assertEqual(log.error_fields(ValueError()), [], 'not the journal')
        journal._settings = JournalSettings('blog', '', {})
        self.addCleanup(lambda: setattr(journal, '_settings', None))
        try:
            raises()
        except UnicodeError as error:
            fields = dict(log.error_fields(error))
        self.assertEqual(fields['REEVE_EXCEPTION'], 'UnicodeError')
        self.assertEqual(fields['CODE_FUNC'], 'raises')
        self.assertEqual(fields['CODE_FILE'], __file__)
        self.assertRegex(fields['CODE_LINE'], r'^\d+$')


if __name__ == '__main__':
    unittest.main()
