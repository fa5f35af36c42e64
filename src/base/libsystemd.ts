/** libsystemd, called directly: what needs descriptors, which sd-notify cannot send. */
import { foreignFunction } from './foreign-functions.ts';
import { createClock } from './clock.ts';
import { SystemCallError } from './libc.ts';

const LIBRARY = 'libsystemd.so.0';

/** Whether libsystemd is here and has a function; which ones it has tells how old it is. */
export function hasSystemdFunction(name: string): boolean {
  try {
    foreignFunction(LIBRARY, `int ${name}()`);
    return true;
  } catch {
    return false;
  }
}

/** Tells systemd (NOTIFY_SOCKET) something about descriptors, and gives it copies of them. */
export function notifyWithDescriptors(state: string, fds: readonly number[]): void {
  const send = foreignFunction(
    LIBRARY,
    'int sd_pid_notify_with_fds(int pid, int unset, str state, void *fds, unsigned int count)',
  );
  const result = send(0, 0, state, Int32Array.from(fds), fds.length);
  if (result < 0) throw new SystemCallError('sd_pid_notify_with_fds', -result);
}

/** Where the system's bus shows each service itself. */
const OWN_UNIT = '/org/freedesktop/systemd1/unit/self';
const SYSTEMD = 'org.freedesktop.systemd1';
/**
 * systemd answers within a few milliseconds; a bus that hangs must not hold the start up. A stop
 * has more time, as a wrong answer leaves a file behind; but the bus may have ended before us.
 */
const BUS_LIMIT_US = { start: 2_000_000, stop: 5_000_000 };
const BUS_LOOK_US = 200_000;

/** A number among the properties of the service that we run as; undefined without an answer. */
export function serviceNumber(property: string): number | undefined {
  return onBus(BUS_LIMIT_US.start, (bus) => {
    const value = new Uint32Array(1);
    const result = call(
      'int sd_bus_get_property_trivial(void *bus, str to, str path, str interface, str name, ' +
        'void *error, char type, void *value)',
      ...[bus, SYSTEMD, OWN_UNIT, `${SYSTEMD}.Service`, property],
      ...[null, 'u'.charCodeAt(0), value],
    );
    return result < 0 ? undefined : value[0];
  });
}

/**
 * What systemd is doing with the service that we run as: "stop", "restart"; undefined without an
 * answer, and where nothing was asked of systemd.
 */
export function serviceJob(): string | undefined {
  return onBus(BUS_LIMIT_US.stop, (bus) => {
    const out: unknown[] = [null];
    const found = call(
      'int sd_bus_get_property(void *bus, str to, str path, str interface, str name, ' +
        'void *error, _Out_ void **reply, str type)',
      ...[bus, SYSTEMD, OWN_UNIT, `${SYSTEMD}.Unit`, 'Job', null, out, '(uo)'],
    );
    if (found < 0) return undefined;
    const [reply] = out;
    const id = new Uint32Array(1);
    const [struct, number] = ['r'.charCodeAt(0), 'u'.charCodeAt(0)];
    call('int sd_bus_message_enter_container(void *reply, char type, str of)', reply, struct, 'uo');
    call('int sd_bus_message_read_basic(void *reply, char type, void *value)', reply, number, id);
    foreignFunction(LIBRARY, 'void *sd_bus_message_unref(void *reply)')(reply);
    if (id[0] === 0) return undefined;
    const type: unknown[] = [null];
    const result = call(
      'int sd_bus_get_property_string(void *bus, str to, str path, str interface, str name, ' +
        'void *error, _Out_ str *value)',
      ...[bus, SYSTEMD, `/org/freedesktop/systemd1/job/${id[0]}`, `${SYSTEMD}.Job`, 'JobType'],
      ...[null, type],
    );
    return result < 0 ? undefined : String(type[0]);
  });
}

/** Asks over the system's bus; undefined where there is none, or no answer in time. */
function onBus<Answer>(
  limitUs: number,
  ask: (bus: unknown) => Answer | undefined,
): Answer | undefined {
  try {
    const out: unknown[] = [null];
    if (call('int sd_bus_open_system(_Out_ void **bus)', out) < 0) return undefined;
    const [bus] = out;
    try {
      if (!becomesReady(bus, limitUs)) return undefined;
      call('int sd_bus_set_method_call_timeout(void *bus, uint64 limit)', bus, limitUs);
      return ask(bus);
    } finally {
      // Nothing is left to be written, for which a flush would wait.
      foreignFunction(LIBRARY, 'void *sd_bus_close_unref(void *bus)')(bus);
    }
  } catch {
    // No libsystemd: then nobody has told us of a service either.
    return undefined;
  }
}

/**
 * The library itself waits 90 s for a bus that accepts and says nothing (measured). A stall of the
 * machine counts as one look: after it the answer is there, and is read.
 */
function becomesReady(bus: unknown, limitUs: number): boolean {
  const { now } = createClock();
  let leftUs = limitUs;
  for (;;) {
    if (call('int sd_bus_is_ready(void *bus)', bus) > 0) return true;
    const done = call('int sd_bus_process(void *bus, void *message)', bus, null);
    if (done < 0 || leftUs <= 0) return false;
    if (done > 0) continue;
    const beganMs = now();
    call('int sd_bus_wait(void *bus, uint64 limit)', bus, BUS_LOOK_US);
    leftUs -= Math.min((now() - beganMs) * 1_000, BUS_LOOK_US);
  }
}

function call(prototype: string, ...values: unknown[]): number {
  return foreignFunction(LIBRARY, prototype)(...values);
}
