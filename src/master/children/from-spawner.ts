/** Which messages on the control stream of a spawner are its own, or those of its workers. */
import type { FromSpawner } from '../../protocol/control-messages.ts';
import type { ControlMessage } from './control-stream.ts';

const messageTypes: Readonly<Record<FromSpawner['type'], true>> = {
  interpreter: true,
  imported: true,
  'applications-absent': true,
  'import-failed': true,
  forked: true,
  'fork-failed': true,
  refused: true,
  exited: true,
  alive: true,
  'worker-started': true,
  'worker-failed': true,
  'worker-outworn': true,
  'signal-registered': true,
  'signal-raised': true,
  'signal-failed': true,
  'signal-timer': true,
  'signal-cron': true,
  'signal-file': true,
  'signal-dropped': true,
  'job-started': true,
  'job-task': true,
  'job-queue': true,
  modules: true,
};

/** Both ends come from one installation, so the name tells the shape. */
export function isFromSpawner(message: ControlMessage): message is ControlMessage & FromSpawner {
  return Object.hasOwn(messageTypes, message.type);
}
