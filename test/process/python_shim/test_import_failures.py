"""An application that does not load: which step failed, and what was probably meant."""

from __future__ import annotations

import os
import signal
import sys
import unittest

from fake_peers import APPS, SHIM, Daemon, source, until
from interpreter_facts import no_such_module

sys.path.insert(0, str(SHIM))
from reeve_worker.loading.first_traceback import FirstTraceback  # noqa: E402


class Failures(unittest.TestCase):
    def failure(self, name: str, callable_name: str = '') -> tuple[str, str]:
        """The sentence and the log of an application that does not load."""
        applications = [source(name, callable_name=callable_name)]
        with Daemon(applications=applications) as daemon:
            sentence = daemon.hear('import-failed')['sentence']
            self.assertEqual(daemon.process.wait(), 22)
            log = daemon.log()
        self.assertNotIn('reeve_worker', log)
        self.assertLessEqual(log.count('Traceback'), 1)
        return sentence, log

    def test_failures_are_told_apart(self) -> None:
        here = str(APPS)
        for name, callable_name, sentence, in_log in (
            ('missing.py', '', f'there is no file "missing.py" in {here} (app.ini:4)', ''),
            (
                'says_helo',
                '',
                'there is no module "says_helo"; did you mean "says_hello"? (app.ini:4)',
                '',
            ),
            (
                'no_such',
                '',
                f'there is no module "no_such" in {here} or on the Python path (app.ini:4)',
                '',
            ),
            (
                'says_hello',
                'app',
                'there is no callable "app" in module "says_hello"; did you mean "application"? (app.ini:4)',
                '',
            ),
            (
                'flask-like-names',
                '',
                'there is no callable "application" in module "flask-like-names"; did you mean "app" or "create_app()"? (app.ini:4)',
                '',
            ),
            (
                'flask-like-names:NAME',
                '',
                '"NAME" in module "flask-like-names" is not callable: it is a str; did you mean "app" or "create_app()"? (app.ini:4)',
                '',
            ),
            (
                'broken/raises.py',
                '',
                'file "broken/raises.py" raised ZeroDivisionError: at import (broken/raises.py:3) (app.ini:4)',
                'ZeroDivisionError: at import',
            ),
            (
                'broken.imports_broken',
                '',
                'module "broken.imports_broken" raised ZeroDivisionError: at import (broken/raises.py:3) (app.ini:4)',
                'ZeroDivisionError: at import',
            ),
            (
                'broken.exits',
                '',
                'the application exited with code 3 while it was imported (module "broken.exits") (app.ini:4)',
                'SystemExit: 3',
            ),
            (
                'broken.misses_a_module',
                '',
                'module "broken.misses_a_module" raised ModuleNotFoundError: No module named'
                " 'there_is_no_such_module' (broken/misses_a_module.py:3)"
                f'{no_such_module()} (app.ini:4)',
                'ModuleNotFoundError',
            ),
            (
                'broken.exits_with_words',
                '',
                'the application exited with "no database" while it was imported (module "broken.exits_with_words") (app.ini:4)',
                'SystemExit: no database',
            ),
            (
                'says_hello:create_app("x.y")',
                '',
                '"create_app("x.y")" in module "says_hello": a callable is called without arguments only; '
                'write a file with the line application = create_app("x.y"), and name that file (app.ini:4)',
                '',
            ),
            (':application', '', '":application" names no module; write MODULE:CALLABLE (app.ini:4)', ''),
        ):
            with self.subTest(name):
                self.assertEqual(self.failure(name, callable_name)[0], sentence)
                self.assertIn(in_log, self.failure(name, callable_name)[1])

    def test_what_was_meant_is_told_for_the_usual_mistakes(self) -> None:
        for name, end in (
            ('says_hello.py:application', '; did you mean "says_hello"? A module is named without .py'),
            ('says_hello.application', '; did you mean "says_hello:application"?'),
            (
                './says_hello',
                '"./says_hello" is no name of a module: write names with dots between them; '
                'for the file use wsgi-file = ./says_hello.py',
            ),
            ('a_package', '"a_package"; did you mean the module "a_package.wsgi"?'),
            (
                'needs_settings',
                '"needs_settings"; "create_app" needs the arguments name, debug: write a file with '
                'the line application = create_app(…), and name that file',
            ),
            (
                'needs_settings:create_app()',
                'cannot be called; "create_app" needs the arguments name, debug: write a file with '
                'the line application = create_app(…), and name that file',
            ),
            (
                'site',
                f'/site.py, which has the same name as {APPS}/site.py: rename yours)',
            ),
            ('json', '/json/__init__.py)'),
        ):
            with self.subTest(name):
                sentence, log = self.failure(name)
                self.assertTrue(sentence.endswith(f'{end} (app.ini:4)'), sentence)
                self.assertEqual(log, '')

    def test_a_search_for_a_better_name_asks_no_object_of_the_application(self) -> None:
        sentence, log = self.failure('holds_touchy_names')
        self.assertEqual(
            sentence,
            'there is no callable "application" in module "holds_touchy_names"; did you mean "site"? (app.ini:4)',
        )
        self.assertEqual(log, '')

    def test_an_attribute_that_raises_is_an_exception_of_the_application(self) -> None:
        for name in ('server.inner', 'wsgi.inner', 'api.inner'):
            with self.subTest(name):
                sentence, log = self.failure('holds_touchy_names', name)
                self.assertRegex(sentence, r'^inner of module "holds_.*" raised RuntimeError: ')
                self.assertEqual(log.count('Traceback'), 1)

    def test_an_asgi_application_is_refused_by_what_it_is(self) -> None:
        asgi = 'ASGI is not supported yet, only WSGI'
        for name, what in (
            ('application', 'an ASGI application'),
            ('framework', 'an ASGI application of class Framework'),
            ('derived', 'an ASGI application of class Derived'),
            ('Framework', 'a class of ASGI applications'),
            ('make()', 'an ASGI application of class Framework'),
            ('returns_coroutine', 'an ASGI application'),
            ('with_wsgi_names', 'an ASGI application'),
            ('yields', 'an ASGI application'),
            ('method', 'an ASGI application'),
            ('partial', 'an ASGI application'),
            ('partial_of_method', 'an ASGI application'),
        ):
            with self.subTest(name):
                sentence, log = self.failure('is_asynchronous', name)
                where = f'"{name}" in module "is_asynchronous"'
                hint = '; did you mean "hides_a_coroutine"?'
                self.assertEqual(sentence, f'{where} is {what}: {asgi}{hint} (app.ini:4)')
                self.assertEqual(log, '')

    def test_bad_syntax_shows_the_line(self) -> None:
        sentence, log = self.failure('broken.has_bad_syntax')
        self.assertRegex(sentence, r'raised SyntaxError: .* \(broken/has_bad_syntax.py:3\)')
        self.assertIn('def broken(:', log)


class Tracebacks(unittest.TestCase):
    """Of workers that all fail at the same moment."""

    def setUp(self) -> None:
        self.first = FirstTraceback()
        self.shown, self.shows = os.pipe()
        self.goes_on, self.lets_go = os.pipe()
        for descriptor in (self.shown, self.shows, self.goes_on, self.lets_go):
            self.addCleanup(os.close, descriptor)

    def child(self, name: bytes, waits: bool = False) -> int:
        """A process that shows a traceback with that name, and may take its time to."""
        pid = os.fork()
        if pid:
            return pid

        def show() -> None:
            os.write(self.shows, name)
            if waits:
                os.read(self.goes_on, 1)

        self.first.show_once(show)
        os._exit(0)

    def test_none_goes_on_before_the_first_was_shown(self) -> None:
        one = self.child(b'1', waits=True)
        self.assertEqual(os.read(self.shown, 9), b'1')
        other = self.child(b'2')
        until('the other waits', lambda: waits_for_lock(other))
        self.assertEqual(os.waitpid(other, os.WNOHANG), (0, 0))
        os.write(self.lets_go, b'1')
        for pid in (one, other):
            self.assertEqual(os.waitpid(pid, 0), (pid, 0))
        os.write(self.shows, b'.')
        self.assertEqual(os.read(self.shown, 9), b'.')

    def test_where_the_first_is_killed_the_next_shows_its_own(self) -> None:
        one = self.child(b'1', waits=True)
        self.assertEqual(os.read(self.shown, 9), b'1')
        other = self.child(b'2')
        until('the other waits', lambda: waits_for_lock(other))
        os.kill(one, signal.SIGKILL)
        for pid in (one, other):
            os.waitpid(pid, 0)
        self.assertEqual(os.read(self.shown, 9), b'2')


def waits_for_lock(pid: int) -> bool:
    with open('/proc/locks') as file:
        return any(' -> ' in line and f' {pid} ' in line for line in file)


if __name__ == '__main__':
    unittest.main()
