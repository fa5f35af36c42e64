"""The file that Python is started with: loads the shim, then takes its own folder off sys.path.

It lies outside the package so that none of the shim's names (`wsgi`, `control`, …) can shadow a
module of the application. All of the shim is loaded here, before the application's path is set, and
in a way that nothing of it can be found or changed by the application (private_modules.py).

Started as `python launch.py <padding>`; the padding makes room for the process's title.
"""

import os
import sys


def main() -> int:
    """Runs the spawner, and in each process that it forks the worker; returns the exit code."""
    folder = os.path.dirname(os.path.abspath(__file__))
    sys.path[:] = [folder] + [entry for entry in sys.path if entry != folder]
    from private_modules import load_package

    shim = load_package('reeve_worker', os.path.join(folder, 'reeve_worker'))
    sys.path.remove(folder)
    del sys.modules['private_modules']
    # As under uWSGI, __main__ is no file: `multiprocessing` would else run this one again.
    globals().pop('__file__', None)
    return shim.main()


if __name__ == '__main__':
    sys.exit(main())
