"""What an object is taken for as an application, without any of its code being run."""

from __future__ import annotations

import functools
import os
import sys
import types
import unittest
from typing import Any

from fake_peers import SHIM

sys.path.insert(0, str(SHIM))
from reeve_worker import source_folders  # noqa: E402
from reeve_worker.loading import callables  # noqa: E402


class Unaskable:
    """Fails the test when it is asked for anything."""

    def __getattribute__(self, name: str) -> Any:
        raise AssertionError(f'{name} was asked for')

    def __call__(self, environ: Any, start_response: Any) -> Any:
        raise AssertionError('it was called')


class Framework:
    def wsgi_app(self, environ: Any, start_response: Any) -> Any: ...

    def __call__(self, environ: Any, start_response: Any) -> Any: ...


class IteratorOfEachRequest:
    def __init__(self, environ: Any, start_response: Any) -> None: ...

    def __iter__(self) -> Any: ...


class LocalProxy(Unaskable):
    pass


def wsgi_function(environ: Any, start_response: Any) -> Any: ...


def factory(settings: Any = None) -> Any: ...


def module_with(**names: Any) -> types.ModuleType:
    module = types.ModuleType('described')
    vars(module).update(names)
    return module


def here(function: Any, module: types.ModuleType) -> types.FunctionType:
    """The function, as if it were defined in that module."""
    code = function.__code__
    return types.FunctionType(code, vars(module), function.__name__, function.__defaults__)


class Faults(unittest.TestCase):
    def test_what_can_be_called_with_two_arguments_is_an_application(self) -> None:
        for found in (
            wsgi_function,
            Framework(),
            Framework().wsgi_app,
            IteratorOfEachRequest,
            Unaskable(),
            LocalProxy(),
            functools.partial(lambda setting, environ, start_response: [], 1),
            functools.partial(lambda environ, start_response, setting: [], setting=1),
            lambda *arguments: [],
            lambda environ, start_response, more=1: [],
            lambda environ, *more: [],
            dict,
        ):
            with self.subTest(repr(type(found))):
                self.assertEqual(callables.fault_of(found), '')

    def test_what_cannot_is_described(self) -> None:
        def with_a_keyword(environ: Any, start_response: Any, *, key: Any) -> Any: ...

        needed = 'and a WSGI application is called with two (environ, start_response)'
        for found, fault in (
            (None, ' is not callable: it is a NoneType'),
            (1, ' is not callable: it is an int'),
            (module_with(), ' is not callable: it is a module'),
            (lambda: [], f' is a function that takes no arguments, {needed}'),
            (factory, f' is a function that takes (settings), {needed}'),
            (
                lambda one, two, three: [],
                f' is a function that takes (one, two, three), {needed}',
            ),
            (
                with_a_keyword,
                f' is a function that takes (environ, start_response), {needed}',
            ),
            (Framework, ' is a class: name an application that was made of it'),
        ):
            with self.subTest(fault):
                self.assertEqual(callables.fault_of(found), fault)


class Candidates(unittest.TestCase):
    def test_are_found_without_asking_any_object(self) -> None:
        module = module_with(
            request=LocalProxy(), app=LocalProxy(), server=Unaskable, touchy=Unaskable()
        )
        self.assertEqual(callables.candidates(module), ['touchy'])
        self.assertEqual(callables.candidates(Unaskable()), [])

    def test_are_no_classes_and_nothing_that_was_only_imported(self) -> None:
        module = module_with(Flask=Framework, api=Framework, demo_app=wsgi_function)
        self.assertEqual(callables.candidates(module), [])

    def test_are_usual_names_then_objects_of_frameworks_then_factories(self) -> None:
        module = module_with(create_app=factory, site=Framework(), wsgi=wsgi_function)
        self.assertEqual(callables.candidates(module), ['wsgi', 'site', 'create_app()'])
        module.handler = here(wsgi_function, module)  # type: ignore[attr-defined]
        self.assertEqual(callables.candidates(module), ['wsgi', 'site', 'handler'])

    def test_with_a_usual_name_must_be_callable_as_one(self) -> None:
        async def app(scope: Any, receive: Any, send: Any) -> None: ...

        async def make_app() -> None: ...

        module = module_with(app=app, main=lambda: 0, make_app=make_app, server=getattr)
        self.assertEqual(callables.candidates(module), [])


class Folders(unittest.TestCase):
    def test_tell_whose_a_file_is(self) -> None:
        library = os.path.dirname(os.__file__)
        self.assertTrue(source_folders.is_of_reeve(callables.__file__))
        self.assertTrue(source_folders.is_of_reeve(str(SHIM / 'launch.py')))
        self.assertTrue(source_folders.is_of_python(os.__file__))
        for installed in ('site-packages', 'dist-packages'):
            file = os.path.join(library, installed, 'flask/app.py')
            self.assertFalse(source_folders.is_of_python(file))
        for file in (__file__, library + '-of-mine/app.py'):
            self.assertFalse(source_folders.is_of_reeve(file) or source_folders.is_of_python(file))


if __name__ == '__main__':
    unittest.main()
