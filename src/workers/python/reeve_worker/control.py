"""The control stream to the master: the child's half of control-messages.ts.

JSON objects, one a line, over a unix stream. The spawner reads and writes; its workers write on the
same stream, so a message is at most 4096 bytes and leaves in one call: lines never mix.
"""

from __future__ import annotations

import json
from _socket import MSG_NOSIGNAL, socket
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

from .output.journal import JournalSettings

CONTROL_FD = 3
MESSAGE_MAX_BYTES = 4096

Message = dict[str, Any]


class ApplicationSource(NamedTuple):
    """One application to load; `mount` is '' for the default one."""

    mount: str
    kind: str
    name: str
    callable: str
    origin: str


class ImportSource(NamedTuple):
    """A module, or a Python file, of `import`, `shared-import` and `pymodule-alias`."""

    name: str
    alias: str
    origin: str


class Hook(NamedTuple):
    """One step of a point; see tables/hooks/hooks.ts."""

    action: str
    argument: str
    shown: str
    origin: str


class Hooks(NamedTuple):
    """Those of all points, and how long each command may take."""

    points: dict[str, list[Hook]] = {}
    seconds: float = 0


class WorkerLimits(NamedTuple):
    """What a worker may use, and after what it is to be replaced; the first are MiB by option."""

    replace_above: dict[str, int] = {}
    address_space_bytes: int = 0
    min_lifetime_seconds: float = 0
    exceptions_any: bool = False
    exception_types: Sequence[str] = ()
    exception_values: Sequence[str] = ()
    exception_reprs: Sequence[str] = ()


class JobSettings(NamedTuple):
    """A mule or a spooler; the fields are explained in spawner-settings.ts."""

    slot: int
    kind: str
    number: int
    name: str
    title: str
    program: str
    directory: str
    task_directory: str
    frequency: float
    harakiri: float
    max_tasks: int
    retries: int
    quiet: bool


class SpawnerSettings(NamedTuple):
    """What the master says first; the fields are explained in spawner-settings.ts."""

    generation: int
    applications: list[ApplicationSource]
    lazy_apps: bool
    threads: int
    processes: int
    channel: str
    python_path: list[str]
    argv: list[str]
    autoreload: float
    spawner_title: str
    worker_title: str
    exit_limit: float
    log_file: str
    log_json: bool = False
    log_date: str = ''
    log_python: bool = True
    journal: JournalSettings | None = None
    limits: WorkerLimits = WorkerLimits()
    hooks: Hooks = Hooks()
    imports: Sequence[ImportSource] = ()
    shared_imports: Sequence[ImportSource] = ()
    worker_directory: str = ''
    has_file_wrapper: bool = True
    paste_logger: bool = False
    shows_exceptions: bool = False
    compresses_marked: bool = False
    # What the module `uwsgi` tells of the configuration; `harakiri` in seconds.
    module_options: Sequence[tuple[str, str | bool]] = ()
    module_magic: Sequence[tuple[str, str]] = ()
    harakiri: float = 0
    log_metrics: Sequence[str] = ()
    cpu_affinity: int = 0
    # What the processes share: its parts are in state/shared_state.py.
    shared: Mapping[str, Any] = {}
    jobs: Sequence[JobSettings] = ()
    spooler_directories: Sequence[str] = ()
    spooler_imports: Sequence[ImportSource] = ()
    may_lack: Sequence[str] = ()
    # Of each farm its mules, by their numbers.
    farms: Mapping[str, Sequence[int]] = {}

    @property
    def mules(self) -> int:
        """How many there are."""
        return sum(job.kind == 'mule' for job in self.jobs)


def parse_settings(message: Message) -> SpawnerSettings:
    """The settings out of the first message. Raises KeyError when a field is missing."""
    if message['type'] != 'settings':
        raise ValueError(
            f'the first message from the master is "{message["type"]}", not "settings"'
        )
    fields = ApplicationSource._fields
    return SpawnerSettings(
        generation=message['generation'],
        applications=[
            ApplicationSource(*[source[field] for field in fields])
            for source in message['applications']
        ],
        lazy_apps=message['lazyApps'],
        threads=message['threads'],
        processes=message['processes'],
        channel=message['channel'],
        python_path=message['pythonPath'],
        argv=message['argv'],
        autoreload=message['autoreload'],
        spawner_title=message['titles']['spawner'],
        worker_title=message['titles']['worker'],
        exit_limit=message['exitLimit'],
        log_file=message['logFile'],
        log_json=message.get('logJson', False),
        log_date=message.get('logDate', ''),
        log_python=message.get('logPython', True),
        journal=_journal_settings(message.get('journal')),
        limits=_worker_limits(message.get('limits')),
        hooks=_hooks(message.get('hooks')),
        imports=_import_sources(message.get('imports', [])),
        shared_imports=_import_sources(message.get('sharedImports', [])),
        worker_directory=message.get('workerDirectory', ''),
        jobs=_job_settings(message.get('jobs', [])),
        spooler_directories=message.get('spoolerDirectories', []),
        spooler_imports=_import_sources(message.get('spoolerImports', [])),
        may_lack=message.get('mayLack', ()),
        farms={each['name']: each['mules'] for each in message.get('farms', [])},
        has_file_wrapper=message.get('hasFileWrapper', True),
        paste_logger=message.get('pasteLogger', False),
        shows_exceptions=message.get('showsExceptions', False),
        compresses_marked=message.get('compressesMarked', False),
        module_options=message.get('moduleFacts', {}).get('options', ()),
        module_magic=message.get('moduleFacts', {}).get('magic', ()),
        harakiri=message.get('harakiri', 0),
        log_metrics=message.get('logMetrics', ()),
        cpu_affinity=message.get('cpuAffinity', 0),
        shared=message.get('shared', {}),
    )


def _job_settings(jobs: list[Message]) -> list[JobSettings]:
    return [
        JobSettings(
            slot=job['slot'],
            kind=job['kind'],
            number=job['number'],
            name=job['name'],
            title=job['title'],
            program=job['program'],
            directory=job['directory'],
            task_directory=job['taskDirectory'],
            frequency=job['frequency'],
            harakiri=job['harakiri'],
            max_tasks=job['maxTasks'],
            retries=job['retries'],
            quiet=job['quiet'],
        )
        for job in jobs
    ]


def _import_sources(sources: list[Message]) -> list[ImportSource]:
    return [ImportSource(*[source[field] for field in ImportSource._fields]) for source in sources]


def _journal_settings(fields: Message | None) -> JournalSettings | None:
    return None if fields is None else JournalSettings(
        fields['app'], fields['unit'], fields['messageIds']
    )


def _hooks(fields: Message | None) -> Hooks:
    if fields is None:
        return Hooks()
    points = {
        point: [Hook(*[each[field] for field in Hook._fields]) for each in hooks]
        for point, hooks in fields['points'].items()
    }
    return Hooks(points, fields['seconds'])


def _worker_limits(fields: Message | None) -> WorkerLimits:
    if fields is None:
        return WorkerLimits()
    exceptions = fields['replaceOnException']
    return WorkerLimits(
        replace_above=fields['replaceAbove'],
        address_space_bytes=fields['addressSpaceBytes'],
        min_lifetime_seconds=fields['minLifetimeSeconds'],
        exceptions_any=exceptions['any'],
        exception_types=exceptions['type'],
        exception_values=exceptions['value'],
        exception_reprs=exceptions['repr'],
    )


class Control:
    """The stream itself. Only the spawner may call the methods that read."""

    def __init__(self, stream: socket) -> None:
        self._stream = stream
        self._unread = b''

    def fileno(self) -> int:
        """The descriptor, to wait on."""
        return self._stream.fileno()

    def send(self, message: Message) -> None:
        """Writes one message. A master that is gone is no error: the lifeline ends us."""
        try:
            self._stream.sendall(_encode(message), MSG_NOSIGNAL)
        except OSError:
            pass

    def send_modules(self, files: Iterable[str]) -> None:
        """Writes `modules`, in as many messages as it takes."""
        batch: list[str] = []
        room = MESSAGE_MAX_BYTES - 64
        for file in files:
            size = len(json.dumps(file)) + 2
            if size > room and batch:
                self.send({'type': 'modules', 'files': batch})
                batch, room = [], MESSAGE_MAX_BYTES - 64
            if size <= room:
                batch.append(file)
                room -= size
        if batch:
            self.send({'type': 'modules', 'files': batch})

    def receive_first(self) -> Message | None:
        """Waits for one message; None when the master has closed the stream."""
        while b'\n' not in self._unread:
            data = self._read()
            if not data:
                return None
            self._unread += data
        line, _, self._unread = self._unread.partition(b'\n')
        message: Message = json.loads(line)
        return message

    def receive_waiting(self) -> list[Message]:
        """The messages that are whole already, without a wait."""
        lines = self._unread.split(b'\n')
        self._unread = lines.pop()
        return [json.loads(line) for line in lines if line.strip()]

    def read_more(self) -> bool:
        """Reads what has come; False at end-of-file."""
        data = self._read()
        self._unread += data
        return bool(data)

    def _read(self) -> bytes:
        """b'' once the master has gone, also where it had not read all that we sent."""
        try:
            return self._stream.recv(65536)
        except ConnectionResetError:
            return b''


def _encode(message: Message) -> bytes:
    """One line, never too long: the sentence for people gives way."""
    line = json.dumps(message, separators=(',', ':')).encode() + b'\n'
    while len(line) > MESSAGE_MAX_BYTES and message.get('sentence'):
        sentence = message['sentence']
        message = {**message, 'sentence': sentence[: max(0, len(sentence) * 3 // 4 - 1)] + '…'}
        if len(message['sentence']) < 8:
            break
        line = json.dumps(message, separators=(',', ':')).encode() + b'\n'
    return line
