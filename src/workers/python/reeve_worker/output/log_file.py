"""Opens a log file, also where others can write to its directory, and writes to a log.

Root follows only symbolic links that root has made: src/base/trusted-path.ts has the reasons, and
does the same before the privileges are dropped. Here it matters where the workers stay root.
"""

from __future__ import annotations

import os
import select
import stat

# O_NONBLOCK: a fifo that nobody reads is an error (ENXIO), and not waited for.
_FLAGS = os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC | os.O_NOCTTY | os.O_NONBLOCK
_LINKS_MAX = 40
# How long a pipe, a terminal or the journal without room is waited for: as log/log-destination.ts.
_ROOM_MILLISECONDS = 100
# A pipe that is writable has room for as much (pipe(7)).
_PIECE_BYTES = 4096
_OTHERS_MAY_WRITE, _GROUP_MAY_WRITE = 0o002, 0o020


def open_log_file(path: str) -> int:
    """The descriptor of the file, made with mode 0640. Raises OSError."""
    opened = os.open(path, _FLAGS, 0o640) if os.geteuid() != 0 else _open_as_root(path)
    os.set_blocking(opened, True)
    return opened


class LogOutput:
    """Writes to a log that others fill as well, and does not wait for long for one that is full.

    What finds no room is dropped and counted; the first text that does is preceded by the count.
    """

    def __init__(self) -> None:
        self._dropped = 0
        self._is_torn = False

    def write(self, descriptor: int, data: bytes) -> None:
        """Raises OSError where the log cannot be written to at all."""
        starts = range(0, len(data), _PIECE_BYTES)
        self.write_pieces(descriptor, [data[at : at + _PIECE_BYTES] for at in starts])

    def write_pieces(self, descriptor: int, pieces: list[bytes]) -> None:
        """The same with pieces that are each written by one call, of at most PIPE_BUF bytes."""
        if stat.S_ISREG(os.fstat(descriptor).st_mode):
            _write_all(descriptor, b''.join(pieces))
            return
        # The wait is paid once: where the last text was dropped, this one does not wait.
        milliseconds = 0 if self._dropped else _ROOM_MILLISECONDS
        if self._dropped:
            notice = b'reeve: %d messages before this one could not be written\n' % self._dropped
            pieces = [(b'\n' if self._is_torn else b'') + notice, *pieces]
        left = _write_pieces(descriptor, pieces, milliseconds)
        if left == 0:
            self._dropped, self._is_torn = 0, False
        else:
            self._dropped += 1
            written = pieces[: len(pieces) - left]
            self._is_torn = not written[-1].endswith(b'\n') if written else self._is_torn


def _write_all(descriptor: int, data: bytes) -> None:
    while data:
        data = data[os.write(descriptor, data) :]


def _write_pieces(descriptor: int, pieces: list[bytes], milliseconds: int) -> int:
    """Returns how many pieces found no room."""
    poll = select.poll()
    poll.register(descriptor, select.POLLOUT)
    for index, piece in enumerate(pieces):
        if not poll.poll(milliseconds):
            return len(pieces) - index
        _write_all(descriptor, piece)
    return 0


def _open_as_root(path: str) -> int:
    directory, name, link_flags = _find_place(path)
    try:
        opened = os.open(name, _FLAGS | link_flags, 0o640, dir_fd=directory)
        try:
            _check_file(os.fstat(opened), os.fstat(directory))
        except OSError:
            os.close(opened)
            raise
        return opened
    finally:
        os.close(directory)


def _find_place(path: str) -> tuple[int, str, int]:
    """The opened directory of the last name, that name, and flags against links."""
    names = _names_in(os.path.abspath(path))
    directory = os.open('/', os.O_PATH | os.O_DIRECTORY | os.O_CLOEXEC)
    links = 0
    try:
        while True:
            name = names.pop(0) if names else '.'
            try:
                found = os.stat(name, dir_fd=directory, follow_symlinks=False)
            except FileNotFoundError:
                if names:
                    raise
                return directory, name, os.O_NOFOLLOW
            if not stat.S_ISLNK(found.st_mode):
                if not names:
                    return directory, name, os.O_NOFOLLOW
                directory = _enter(directory, name, os.O_NOFOLLOW)
            elif _is_in_proc(directory):
                # The kernel's own link, which leads to an open file or directory.
                if not names:
                    return directory, name, 0
                directory = _enter(directory, name, 0)
            else:
                _check_link(name, found, os.fstat(directory))
                links += 1
                if links > _LINKS_MAX:
                    raise OSError(0, 'too many symbolic links')
                target = os.readlink(name, dir_fd=directory)
                names = _names_in(target) + names
                if target.startswith('/'):
                    directory = _enter(directory, '/', 0)
    except BaseException:
        os.close(directory)
        raise


def _enter(directory: int, name: str, link_flags: int) -> int:
    entered = os.open(name, os.O_PATH | os.O_CLOEXEC | link_flags, dir_fd=directory)
    os.close(directory)
    return entered


def _is_in_proc(directory: int) -> bool:
    return os.fstat(directory).st_dev == os.stat('/proc').st_dev


def _check_link(name: str, link: os.stat_result, directory: os.stat_result) -> None:
    """Only root can have put this link here; one with a second name was moved here."""
    is_roots = link.st_uid == 0 and link.st_nlink == 1 and directory.st_uid == 0
    is_open = directory.st_mode & _OTHERS_MAY_WRITE and not directory.st_mode & stat.S_ISVTX
    if not is_roots or is_open:
        raise OSError(0, f'{name} is a symbolic link that root has not made')


def _check_file(file: os.stat_result, directory: os.stat_result) -> None:
    """Refuses a file that another user may have put in the place of the log."""
    is_shared = directory.st_uid != 0 or directory.st_mode & (_GROUP_MAY_WRITE | _OTHERS_MAY_WRITE)
    is_expected = file.st_uid == directory.st_uid and file.st_uid != 0
    if not is_shared or is_expected:
        return
    if stat.S_ISREG(file.st_mode) and file.st_nlink > 1:
        raise OSError(0, 'it is a second name (hard link) of a file')
    if directory.st_mode & _OTHERS_MAY_WRITE and file.st_uid != 0:
        raise OSError(0, f'it belongs to the user {file.st_uid}')


def _names_in(path: str) -> list[str]:
    return [name for name in path.split('/') if name not in ('', '.')]
