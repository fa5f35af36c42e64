"""The file that Python is started with: loads the shim, then takes its own folder off sys.path.

It lies outside the package so that none of the shim's names (`wsgi`, `control`, ...) can shadow a
module of the application. All of the shim is loaded here, before the application's path is set, and
in a way that nothing of it can be found or changed by the application (private_modules.py).

Every Python from 2.7 on can read and run this file, to say that it is too old for the others. So it
has no annotations, and nothing else that is newer.

Started as `python launch.py <padding>`; the padding makes room for the process's title. With the
word log-lines in front of it this is the log helper (log_lines.py); as `python launch.py
find-applications` it tells `reeve check` which applications are not there (loading/finding.py),
and as `python launch.py keep-command` it runs a command for the master (kept_command.py).
"""

import os
import sys

_OLDEST = (3, 9)
_CONTROL_FD = 3
_EXIT_NO_APPLICATION = 22


def main():
    """Runs the spawner, and in each process that it forks the worker; returns the exit code."""
    is_log_helper = sys.argv[1:2] == ['log-lines']
    is_search = sys.argv[1:2] == ['find-applications']
    is_keeper = sys.argv[1:2] == ['keep-command']
    if sys.version_info < _OLDEST:
        if is_search:
            return _answer_version()
        return _wait_for_end(0) if is_log_helper else _refuse_version()
    if is_log_helper:
        del sys.argv[1]
        import log_lines

        return log_lines.main()
    if is_keeper:
        import kept_command

        return kept_command.main()
    folder = os.path.dirname(os.path.abspath(__file__))
    sys.path[:] = [folder] + [entry for entry in sys.path if entry != folder]
    from private_modules import load_package

    shim = load_package('reeve_worker', os.path.join(folder, 'reeve_worker'))
    sys.path.remove(folder)
    del sys.modules['private_modules']
    # As under uWSGI, __main__ is no file: `multiprocessing` would else run this one again.
    globals().pop('__file__', None)
    return shim.find_applications() if is_search else shim.main()


def _refuse_version():
    """Tells the master why nothing can be loaded (control-messages.ts), once it has spoken."""
    import json

    message = json.dumps({'type': 'import-failed', 'sentence': _too_old()})
    heard = b' '
    while heard and not heard.endswith(b'\n'):
        heard = os.read(_CONTROL_FD, 65536)
    os.write(_CONTROL_FD, message.encode('ascii') + b'\n')
    return _EXIT_NO_APPLICATION


def _answer_version():
    import json

    os.write(_CONTROL_FD, json.dumps([(0, _too_old())]).encode('ascii'))
    return 0


def _too_old():
    return (
        'Python %s (%s) is too old: Reeve needs Python %d.%d or newer; name another one with'
        ' python =, or with home = a virtual environment that was made by another one'
    ) % (sys.version.split()[0], sys.executable, _OLDEST[0], _OLDEST[1])


def _wait_for_end(descriptor):
    """The log helper of a Python that is too old has nothing to write: no application runs."""
    while os.read(descriptor, 65536):
        pass
    return 0


if __name__ == '__main__':
    sys.exit(main())
