/** libsystemd, called directly: what needs descriptors, which sd-notify cannot send. */
import { foreignFunction } from './foreign-functions.ts';
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
/** systemd answers within a few milliseconds; a bus that hangs must not hold the start up. */
const BUS_LIMIT_US = 2_000_000;

/** A number among the properties of the service that we run as; undefined without an answer. */
export function serviceNumber(property: string): number | undefined {
  try {
    return askBus(property);
  } catch {
    // No libsystemd: then nobody has told us of a service either.
    return undefined;
  }
}

function askBus(property: string): number | undefined {
  const call = (prototype: string, ...values: unknown[]): number =>
    foreignFunction(LIBRARY, prototype)(...values);
  const out: unknown[] = [null];
  if (call('int sd_bus_open_system(_Out_ void **bus)', out) < 0) return undefined;
  const [bus] = out;
  const value = new Uint32Array(1);
  call('int sd_bus_set_method_call_timeout(void *bus, uint64 limit)', bus, BUS_LIMIT_US);
  const result = call(
    'int sd_bus_get_property_trivial(void *bus, str to, str path, str interface, str name, ' +
      'void *error, char type, void *value)',
    bus,
    SYSTEMD,
    OWN_UNIT,
    `${SYSTEMD}.Service`,
    property,
    null,
    'u'.charCodeAt(0),
    value,
  );
  foreignFunction(LIBRARY, 'void *sd_bus_flush_close_unref(void *bus)')(bus);
  return result < 0 ? undefined : value[0];
}
