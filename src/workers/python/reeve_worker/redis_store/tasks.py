"""Tasks of spoolers on a server, so that several machines queue and run them.

The keys of a queue, behind `reeve:{NAME}:` (the twin of src/cli/jobs/redis-tasks.ts):

    tasks     hash: name → the task, as its file would be (jobs/task_files.py)
    places    hash: name → `priority:number`, by which tasks are run
    waiting   sorted set of `priority:number:name`, all with the score 0
    later     sorted set of names: seconds since 1970 before which they do not run
    running   sorted set of names: when the lease of the process that runs it ends
    owners    hash: name → that process
    dead      sorted set of names: when they were put aside
    tries     hash: name → how often it was tried;  errors: name → what went wrong last
    spoolers  hash: instance and number → pid;  number: of the last task;  wake: a channel

Each step is one script, so it is done whole or not at all. The time is the server's. Who runs a
task renews its lease (`watch.py`); a process of this machine that has ended is noticed at once.
"""

from __future__ import annotations

import os
import time
from typing import Any

from ..jobs.task_files import Task, decode, new_name
from ..jobs.task_store import StoreAway
from .connection import Away, Connection, parse_address

LEASE_SECONDS = 60
_LOOK_FOR_DEAD_SECONDS = 1.0
_PRIORITY_DIGITS = 20
_NO_PRIORITY = '~'
_ENDED = 'its process ended while it ran'

_HEAD = """
local p = ARGV[1]
local function key(name) return p .. name end
local t = redis.call('TIME')
local now = tonumber(t[1]) + tonumber(t[2]) / 1000000
local function wait(name)
  local place = redis.call('HGET', key('places'), name)
  if place then redis.call('ZADD', key('waiting'), 0, place .. ':' .. name) end
end
local function pause(count) return math.min(2 ^ math.min(math.max(count - 1, 0), 20), 3600) end
local function lost(name)
  redis.call('ZREM', key('running'), name)
  redis.call('HDEL', key('owners'), name)
  local count = tonumber(redis.call('HGET', key('tries'), name) or '1')
  redis.call('ZADD', key('later'), now + pause(count), name)
end
local function is_mine(name, owner) return redis.call('HGET', key('owners'), name) == owner end
local function forget(name)
  for _, set in ipairs({'running', 'later', 'dead'}) do redis.call('ZREM', key(set), name) end
  for _, hash in ipairs({'tasks', 'places', 'tries', 'errors', 'owners'}) do
    redis.call('HDEL', key(hash), name)
  end
end
"""
_ADD = """
local name, priority, at = ARGV[2], ARGV[4], tonumber(ARGV[5])
if redis.call('HSETNX', key('tasks'), name, ARGV[3]) == 0 then return 0 end
local number = redis.call('INCR', key('number'))
redis.call('HSET', key('places'), name, priority .. ':' .. string.format('%016d', number))
if at > now then redis.call('ZADD', key('later'), at, name) else wait(name) end
redis.call('PUBLISH', key('wake'), '')
return 1
"""
_TAKE = """
local owner, lease = ARGV[2], tonumber(ARGV[3])
local skipped = {}
for index = 4, #ARGV do skipped[ARGV[index]] = true end
for _, name in ipairs(redis.call('ZRANGEBYSCORE', key('later'), '-inf', now)) do
  redis.call('ZREM', key('later'), name)
  wait(name)
end
for _, name in ipairs(redis.call('ZRANGEBYSCORE', key('running'), '-inf', now)) do lost(name) end
local from = 0
while true do
  local members = redis.call('ZRANGE', key('waiting'), from, from + 99)
  if #members == 0 then break end
  for _, member in ipairs(members) do
    local name = string.match(member, '^[^:]*:[^:]*:(.*)$')
    if not skipped[name] then
      redis.call('ZREM', key('waiting'), member)
      local data = redis.call('HGET', key('tasks'), name)
      if data then
        local before = redis.call('HGET', key('errors'), name) or ''
        local count = redis.call('HINCRBY', key('tries'), name, 1)
        redis.call('HSET', key('errors'), name, '""" + _ENDED + """')
        redis.call('ZADD', key('running'), now + lease, name)
        redis.call('HSET', key('owners'), name, owner)
        return {name, data, count - 1, before}
      end
      from = from - 1
    end
  end
  from = from + #members
end
local next = 3600
for _, set in ipairs({'later', 'running'}) do
  local first = redis.call('ZRANGE', key(set), 0, 0, 'WITHSCORES')
  if first[2] then next = math.min(next, math.max(tonumber(first[2]) - now, 0)) end
end
return {tostring(next)}
"""
_DONE = "forget(ARGV[2]) return 1"
_FAILED = """
local name, owner, error = ARGV[2], ARGV[3], ARGV[4]
if not is_mine(name, owner) then return 0 end
lost(name)
redis.call('HSET', key('errors'), name, error)
return 1
"""
_UNDO = """
local name, owner, count, error = ARGV[2], ARGV[3], ARGV[4], ARGV[5]
if not is_mine(name, owner) then return 0 end
redis.call('ZREM', key('running'), name)
redis.call('HDEL', key('owners'), name)
redis.call('HSET', key('tries'), name, count)
redis.call('HSET', key('errors'), name, error)
wait(name)
redis.call('PUBLISH', key('wake'), '')
return 1
"""
_BURY = """
local name, owner, count, error = ARGV[2], ARGV[3], ARGV[4], ARGV[5]
if not is_mine(name, owner) then return 0 end
redis.call('ZREM', key('running'), name)
redis.call('HDEL', key('owners'), name)
redis.call('HSET', key('tries'), name, count)
redis.call('HSET', key('errors'), name, error)
redis.call('ZADD', key('dead'), now, name)
return 1
"""
_RENEW = """
for index = 4, #ARGV do
  if is_mine(ARGV[index], ARGV[2]) then
    redis.call('ZADD', key('running'), now + tonumber(ARGV[3]), ARGV[index])
  end
end
return 1
"""
_LOST = "if is_mine(ARGV[2], ARGV[3]) then lost(ARGV[2]) end return 1"
_COUNT = """
local queued = 0
for _, set in ipairs({'waiting', 'later', 'running'}) do
  queued = queued + redis.call('ZCARD', key(set))
end
return {queued, redis.call('ZCARD', key('dead'))}
"""


class RedisTasks:
    """One queue on a server. Its methods raise StoreAway where the server cannot be used."""

    def __init__(self, address: str) -> None:
        parsed = parse_address(address)
        self._connection = Connection(parsed)
        self.shown = parsed.shown
        self.prefix = f'reeve:{{{parsed.own.get("queue", "tasks")}}}:'
        self._owner = ''
        self._looked_at = 0.0
        # Until the next task is due, as far as is known.
        self.seconds_to_next = 3600.0

    def add(self, data: bytes, priority: str, at: float) -> str:
        """Queues a task and returns its name. Raises ValueError for a priority that is too long."""
        if len(priority) > _PRIORITY_DIGITS:
            raise ValueError(f'the priority {priority} has more than {_PRIORITY_DIGITS} digits')
        name = new_name()
        place = priority.rjust(_PRIORITY_DIGITS, '0') if priority else _NO_PRIORITY
        self._script(_ADD, name, data, place, at)
        return name

    def take(self, ignored: set[str]) -> TakenTask | None:
        """The next task that is due, as this process's; None where there is none."""
        self._look_for_dead()
        answer = self._script(_TAKE, self.owner(), LEASE_SECONDS, *ignored)
        if len(answer) < 4:
            self.seconds_to_next = max(float(answer[0]), 0.05)
            return None
        name, data, count, error = answer
        return TakenTask(self, name.decode(), data, int(count), error.decode('utf-8', 'replace'))

    def renew(self, name: str) -> None:
        """A task still runs."""
        self._script(_RENEW, self.owner(), LEASE_SECONDS, name)

    def count(self) -> tuple[int, int]:
        """How many wait or run, and how many were put aside."""
        queued, dead = self._script(_COUNT)
        return int(queued), int(dead)

    def names(self) -> list[str]:
        """Of the tasks that wait or run."""
        found = self.run(lambda client: client.hkeys(f'{self.prefix}tasks'))
        dead = set(self.run(lambda client: client.zrange(f'{self.prefix}dead', 0, -1)))
        return sorted(name.decode() for name in found if name not in dead)

    def read(self, name: str) -> Task | None:
        """What a task holds; None where there is none of that name. Raises Broken."""
        data = self.run(lambda client: client.hget(f'{self.prefix}tasks', name))
        return None if data is None else decode(data)

    def become(self, instance: str) -> None:
        """This process is a spooler of an instance."""
        field, pid = f'{_machine()}:{instance}', os.getpid()
        self.run(lambda client: client.hset(f'{self.prefix}spoolers', field, pid))

    def pid_of(self, instance: str) -> int:
        """Of the spooler that has said so; 0 where none has."""
        field = f'{_machine()}:{instance}'
        pid = self.run(lambda client: client.hget(f'{self.prefix}spoolers', field))
        return 0 if pid is None else int(pid)

    def owner(self) -> str:
        """This process, for all machines."""
        if not self._owner.endswith(f' {os.getpid()}'):
            self._owner = f'{_machine()} {_started(os.getpid())} {os.getpid()}'
        return self._owner

    def script(self, text: str, *arguments: Any) -> Any:
        """Runs one of the scripts."""
        return self._script(text, *arguments)

    def run(self, operation: Any) -> Any:
        """Calls the client."""
        try:
            return self._connection.run(operation)
        except Away as away:
            raise StoreAway(str(away)) from None

    def _script(self, text: str, *arguments: Any) -> Any:
        return self.run(lambda client: client.eval(_HEAD + text, 0, self.prefix, *arguments))

    def _look_for_dead(self) -> None:
        """What processes of this machine ran that have ended is to be tried again."""
        if time.monotonic() < self._looked_at + _LOOK_FOR_DEAD_SECONDS:
            return
        self._looked_at = time.monotonic()
        machine = _machine()
        owners = self.run(lambda client: client.hgetall(f'{self.prefix}owners'))
        for name, owner in owners.items():
            where, started, pid = owner.decode().rsplit(' ', 2)
            if where == machine and _started(int(pid)) != started:
                self._script(_LOST, name, owner)


class TakenTask:
    """A task that this process runs; it has been counted as one more try."""

    def __init__(self, tasks: RedisTasks, name: str, data: bytes, count: int, error: str) -> None:
        self.name = name
        self.count = count
        self.error = error
        self._tasks = tasks
        self._data = data

    def read(self) -> Task:
        """Raises Broken."""
        return decode(self._data)

    def begin(self) -> int:
        """How often it was tried, with this time."""
        return self.count + 1

    def done(self) -> None:
        """It is gone."""
        self._tasks.script(_DONE, self.name)

    def undo(self) -> None:
        """It did not count, and waits for others."""
        self._tasks.script(_UNDO, self.name, self._tasks.owner(), self.count, self.error)

    def failed(self, error: str) -> None:
        """It is tried again after a pause."""
        self._tasks.script(_FAILED, self.name, self._tasks.owner(), error)

    def bury(self, count: int, error: str) -> str:
        """It is put aside; returns where."""
        self._tasks.script(_BURY, self.name, self._tasks.owner(), count, error)
        return f'among the dead of {self._tasks.shown}'

    def release(self) -> None:
        """Nothing: the lease ends by itself."""


def _machine() -> str:
    """This machine since its start, and the pids that are seen here."""
    try:
        with open('/proc/sys/kernel/random/boot_id', 'rb') as file:
            boot = file.read().decode('ascii').strip()
        return f'{boot}:{os.stat("/proc/self/ns/pid").st_ino}'
    except OSError:
        return os.uname().nodename


def _started(pid: int) -> str:
    """When a process began, in the kernel's ticks; '' where there is none."""
    try:
        with open(f'/proc/{pid}/stat', 'rb') as file:
            return file.read().rpartition(b')')[2].split()[19].decode('ascii')
    except (OSError, IndexError):
        return ''
