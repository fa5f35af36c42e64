"""Takes samples of the Python stacks of this process for a while: `reeve profile`.

A thread of its own looks at the stacks of all others up to a hundred times a second, and counts
how long each was seen. It looks less often where it would use more than a hundredth of the
processor time of the process. It needs the interpreter for that, and would get it only where
another thread lets go of it by itself, as in recv(): all samples would be of such places. So the
time after which the interpreter has to be given away is shorter meanwhile.

What it has counted goes to a memory file of its own, line by line, which the master reads through
/proc (stacks/profile.ts):

    f NUMBER LINE FUNCTION<tab>FILE     a place in the code
    k NUMBER PLACE,PLACE,…              a stack of such places, the innermost call first
    c STACK MICROSECONDS                to be added to what was counted before
    t                                   it still takes samples
    end
"""

from __future__ import annotations

import _thread
import io
import os
import sys
import time
from types import CodeType, FrameType

from ..output import log, running_request
from ..own_descriptors import above_standard, own
from . import threads

# Twins in stacks/profile.ts.
FILE_NAME = 'reeve-profile'
# No round figure: what an application does every 10 ms would be seen always, or never.
_INTERVAL_MIN_SECONDS = 0.0103
_INTERVAL_FIRST_SECONDS = 0.0203
_INTERVAL_MAX_SECONDS = 0.0903
# Of the processor time of the process: what the samples may use.
_SHARE_MAX = 0.01
_FRAMES_MAX = 200
# Longer gaps are those of C code that holds the interpreter; the master takes them into account.
_GAP_MAX_SECONDS = 1.0
_SIGN_OF_LIFE_SECONDS = 0.2
_WRITE_SECONDS = 1.0
_SWITCH_SECONDS = 0.0002
# So long the file waits for the master.
_KEEP_SECONDS = 5.0
# A thread that runs no request and uses less of a processor waits for something.
_IDLE_SHARE = 0.1

# CLOCK_THREAD_CPUTIME_ID of another thread: CPUCLOCK_PERTHREAD_MASK | CPUCLOCK_SCHED of Linux.
_CLOCK_BITS, _CLOCK_OF_THREAD = 3, 6

_running: list[Sampler] = []


def start(number: str, seconds: float) -> None:
    """Begins to take samples; nothing happens where that is done already, or cannot be."""
    if _running:
        return
    file = io.FileIO(above_standard(os.memfd_create(f'{FILE_NAME}-{number}')), 'r+')
    sampler = Sampler(file, seconds)
    _running.append(sampler)
    own.hold(file)
    try:
        _thread.start_new_thread(sampler.live, ())
    except RuntimeError:
        _running.clear()
        own.release(file)


def forget_in_application_child() -> None:
    """The thread is not there."""
    for sampler in _running:
        sampler.give_back()
    _running.clear()


class Sampler:
    """Lives in its thread, from the first sample until the master has read all."""

    def __init__(self, file: io.FileIO, seconds: float) -> None:
        self._file = file
        self._seconds = seconds
        self._switch_seconds = sys.getswitchinterval()
        self._ident = 0
        self._lines: list[str] = []
        # By ids of code and offsets in it; the code is kept, so that no other gets its id.
        self._stacks: dict[tuple[int, ...], list[int]] = {}
        self._kept: list[CodeType] = []
        self._places: dict[tuple[str, int, str], int] = {}
        self._touched: set[tuple[int, ...]] = set()
        # Of each thread: its clock, and what that showed last.
        self._clocks: dict[int, tuple[int, float]] = {}
        self._interval = _INTERVAL_FIRST_SECONDS
        # Of this thread and of the whole process, when the interval was chosen.
        self._used = (0.0, 0.0)

    def live(self) -> None:
        """Samples, writes, and closes the file; whatever fails costs the profile alone."""
        self._ident = _thread.get_ident()
        sys.setswitchinterval(_SWITCH_SECONDS)
        try:
            self._sample_to_the_end()
            self.give_back()
            self._write('end')
            self._await_reader()
        except (OSError, ValueError, MemoryError) as error:
            log.say(f'the profile was not finished: {error}')
        finally:
            self.give_back()
            own.release(self._file)
            _running.clear()

    def give_back(self) -> None:
        """The application may have set a time of its own meanwhile, which stays."""
        if abs(sys.getswitchinterval() - _SWITCH_SECONDS) < 1e-6:
            sys.setswitchinterval(self._switch_seconds)

    def _sample_to_the_end(self) -> None:
        began = last = time.monotonic()
        sign_at = write_at = began
        self._used = (time.thread_time(), time.process_time())
        while last < began + self._seconds:
            time.sleep(max(last + self._interval - time.monotonic(), 0.001))
            now = time.monotonic()
            self._sample(int(min(now - last, _GAP_MAX_SECONDS) * 1_000_000))
            last = now
            if now >= write_at:
                self._write('t')
                write_at = now + _WRITE_SECONDS
                sign_at = now + _SIGN_OF_LIFE_SECONDS
            elif now >= sign_at:
                os.write(self._file.fileno(), b't\n')
                sign_at = now + _SIGN_OF_LIFE_SECONDS
                self._choose_interval()

    def _choose_interval(self) -> None:
        before, self._used = self._used, (time.thread_time(), time.process_time())
        own, whole = self._used[0] - before[0], self._used[1] - before[1]
        wanted = self._interval * own / max(whole * _SHARE_MAX, 1e-6)
        # Half of the way: a short time says little.
        self._interval = min(
            max((self._interval + wanted) / 2, _INTERVAL_MIN_SECONDS), _INTERVAL_MAX_SECONDS
        )

    def _sample(self, micros: int) -> None:
        runs = running_request.runs
        stacks = self._stacks
        for ident, innermost in sys._current_frames().items():
            if ident == self._ident:
                continue
            seen = micros
            if ident not in runs:
                seen = min(self._processor_micros(ident), micros)
                if seen < micros * _IDLE_SHARE:
                    continue
            ids = []
            frame: FrameType | None = innermost
            while frame is not None:
                ids.append(id(frame.f_code))
                ids.append(frame.f_lasti)
                frame = frame.f_back
            key = tuple(ids[: 2 * _FRAMES_MAX])
            counted = stacks.get(key)
            if counted is None:
                counted = stacks[key] = self._new_stack(innermost)
            counted[1] += seen
            self._touched.add(key)

    def _new_stack(self, innermost: FrameType) -> list[int]:
        places = []
        frame: FrameType | None = innermost
        while frame is not None and len(places) < _FRAMES_MAX:
            code = frame.f_code
            self._kept.append(code)
            place = (code.co_filename, frame.f_lineno or 0, _name_of(code))
            if place not in self._places:
                self._places[place] = len(self._places)
                file, line, name = place
                self._lines.append(f'f {self._places[place]} {line} {_plain(name)}\t{_plain(file)}')
            places.append(str(self._places[place]))
            frame = frame.f_back
        number = len(self._stacks)
        self._lines.append(f'k {number} {",".join(places)}')
        return [number, 0]

    def _processor_micros(self, ident: int) -> int:
        """What a thread has used since it was asked before; 0 where that is not known."""
        clock, before = self._clocks.get(ident, (0, 0.0))
        try:
            if clock == 0:
                system = threads.system_thread(ident)
                if system == 0:
                    return 0
                clock = (~system << _CLOCK_BITS) | _CLOCK_OF_THREAD
                before = time.clock_gettime(clock)
            used = time.clock_gettime(clock)
        except OSError:
            self._clocks.pop(ident, None)  # Another thread has the number now.
            return 0
        self._clocks[ident] = (clock, used)
        return int((used - before) * 1_000_000)

    def _write(self, last: str) -> None:
        """What was counted since the last time, and one line more."""
        for key in self._touched:
            counted = self._stacks[key]
            self._lines.append(f'c {counted[0]} {counted[1]}')
            counted[1] = 0
        self._touched.clear()
        self._lines.append(f'{last}\n')
        text = '\n'.join(self._lines).encode('utf-8', 'backslashreplace')
        self._lines.clear()
        os.write(self._file.fileno(), text)

    def _await_reader(self) -> None:
        """The master empties the file when it has read it."""
        end = time.monotonic() + _KEEP_SECONDS
        while os.fstat(self._file.fileno()).st_size > 0 and time.monotonic() < end:
            time.sleep(0.05)


def _name_of(code: CodeType) -> str:
    """With its class, from Python 3.11 on."""
    name: str = getattr(code, 'co_qualname', code.co_name)
    return name.replace('.<locals>', '')


def _plain(text: str) -> str:
    """In one line."""
    return text.translate(_CONTROLS)


_CONTROLS = {number: '?' for number in (*range(32), 127)}
