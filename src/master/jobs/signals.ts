/**
 * Signals of the application (`uwsgi.signal`), and what raises them by itself: timers, crons, file
 * monitors. The table of the generation that serves is in force, and no other ticks. A signal for
 * workers goes to their gateway, which gives it to an idle slot, one for mules or spoolers into
 * their mailboxes; one that is raised while there is nobody to send it to waits here.
 */
import type { Clock } from '../../base/clock.ts';
import type { Logger } from '../../log/logger.ts';
import { LogThrottle } from '../../log/throttle.ts';
import { SIGNALS_WAITING_MAX as WAITING_MAX } from '../../protocol/control-messages.ts';
import type { SignalMessage, ToGateway } from '../../protocol/control-messages.ts';
import type { RaiserView, SignalsView } from '../../protocol/gateway-views.ts';
import {
  dueCrons,
  dueTimers,
  inForceAfter,
  nextTimerAtMs,
  noSignals,
  recipientsOf,
  withCron,
  withFile,
  withHandler,
  withTimer,
  withTimersStarted,
  type Addressee,
  type Due,
  type OtherProcesses,
  type SignalTable,
} from '../../supervision/jobs/signals.ts';
import { FileWatch, stampPlaces } from '../../watching/file-watch.ts';
import { toLocal } from './cron-runs.ts';
import { raiserViews, SignalTallies } from './raiser-views.ts';

/** The generation that serves. */
export interface ServingGeneration {
  readonly number: number;
  readonly workers: readonly Addressee[];
  /** Of its gateway; undefined while that cannot be sent anything. */
  readonly gatewayEpoch: number | undefined;
  readonly others: OtherProcesses;
}

export interface SignalsParts {
  readonly logger: Logger;
  readonly clock: Clock;
  /** ms since 1970. */
  readonly dateMs: () => number;
  readonly serving: () => ServingGeneration | undefined;
  readonly sendToGateway: (epoch: number, message: ToGateway) => void;
  /** Puts a signal into mailboxes of mules or spoolers; false where it cannot now. */
  readonly sendToJobs: (
    generation: number,
    number: number,
    mailboxes: readonly string[],
  ) => boolean;
}

const MINUTE_MS = 60_000;

export class Signals {
  readonly #parts: SignalsParts;
  readonly #tables = new Map<number, SignalTable>();
  #inForce = 0;
  /** Numbers of signals that were raised while there was nobody to send them to. */
  #waiting: number[] = [];
  readonly #files = new FileWatch(stampPlaces);
  readonly #throttle = new LogThrottle();
  /** What was logged once. */
  readonly #said = new Set<string>();
  readonly #tallies = new SignalTallies();
  #isStopping = false;

  constructor(parts: SignalsParts) {
    this.#parts = parts;
  }

  /** A process of a generation registers something, or raises a signal. */
  take(generation: number, message: SignalMessage): void {
    const { number } = message;
    if (message.type === 'signal-raised') return this.raise(number);
    if (message.type === 'signal-failed') {
      return this.#tallies.failed(number, message.error, this.#parts.dateMs());
    }
    if (message.type === 'signal-dropped') {
      const whose = message.mailbox.replace('signals ', '');
      return this.#dropped(number, `for ${whose} ${WAITING_MAX} signals wait`);
    }
    const before = this.#tables.get(generation) ?? noSignals;
    const after = changed(before, message);
    if (after === undefined) {
      const what = message.type.replace('signal-', '');
      return this.#sayOnce(
        `signal ${number} has one ${what} too many: there are 64 of each kind at most`,
      );
    }
    this.#tables.set(generation, after);
    if (generation === this.#inForce) this.#apply();
  }

  /** Something has changed in what runs. */
  look(): void {
    const serving = this.#parts.serving();
    if (serving === undefined) return;
    if (serving.number !== this.#inForce) this.#comesIntoForce(serving.number);
    if (this.#waiting.length === 0 || serving.gatewayEpoch === undefined) return;
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const number of waiting) this.raise(number);
  }

  /** Once a second: files, and cron entries. */
  tick(): void {
    const table = this.#table;
    if (table === undefined || this.#isStopping) return;
    if (table.files.length > 0) {
      const changedPaths = this.#files.look();
      for (const { number, path } of table.files) {
        if (changedPaths.includes(path)) this.raise(number);
      }
    }
    if (table.crons.length === 0) return;
    this.#carryOut(dueCrons(table, Math.floor(this.#parts.dateMs() / MINUTE_MS), toLocal));
  }

  /** A stop has begun: nothing raises signals by itself any more. */
  quiesce(): void {
    this.#isStopping = true;
    this.#parts.clock.setAlarm(undefined, () => {});
  }

  raise(number: number): void {
    const serving = this.#parts.serving();
    if (serving?.gatewayEpoch === undefined) return this.#keep(number);
    this.#tallies.raised(number, this.#parts.dateMs());
    const registered = this.#tables.get(serving.number)?.handlers.get(number);
    if (registered === undefined) {
      return this.#sayOnce(`signal ${number} was raised, and has no handler: it does nothing`);
    }
    const recipients = recipientsOf(registered, serving.workers, serving.others);
    if (recipients.kind === 'nobody') {
      return this.#sayOnce(`signal ${number} reaches nobody: ${recipients.why}`);
    }
    if (recipients.kind === 'jobs') {
      const mailboxes = recipients.places.map((place) => `signals ${place}`);
      if (!this.#parts.sendToJobs(serving.number, number, mailboxes)) this.#keep(number);
      return;
    }
    const slots = recipients.kind === 'workers' ? recipients.slots : [];
    if (recipients.kind === 'workers' && slots.length === 0) return;
    this.#parts.sendToGateway(serving.gatewayEpoch, { type: 'signal', number, slots });
  }

  get view(): SignalsView {
    return this.#tallies.view(this.#waiting.length);
  }

  /** What raises signals by itself now. */
  raisers(): readonly RaiserView[] {
    const { clock, dateMs } = this.#parts;
    const times = { nowMs: clock.now(), dateMs: dateMs(), toLocal };
    return raiserViews(this.#table ?? noSignals, this.#tallies, times);
  }

  get #table(): SignalTable | undefined {
    return this.#tables.get(this.#inForce);
  }

  #comesIntoForce(generation: number): void {
    const before = this.#table ?? noSignals;
    this.#inForce = generation;
    const nowMs = this.#parts.clock.now();
    this.#tables.set(
      generation,
      inForceAfter(before, this.#tables.get(generation) ?? noSignals, nowMs),
    );
    for (const number of this.#tables.keys()) {
      if (number < generation) this.#tables.delete(number);
    }
    this.#apply();
  }

  #apply(): void {
    const { clock } = this.#parts;
    const table = withTimersStarted(this.#table ?? noSignals, clock.now());
    this.#tables.set(this.#inForce, table);
    this.#files.watch(table.files.map(({ path }) => path));
    if (!this.#isStopping) clock.setAlarm(nextTimerAtMs(table), () => this.#timersAreDue());
  }

  #timersAreDue(): void {
    const table = this.#table;
    if (table === undefined || this.#isStopping) return;
    this.#carryOut(dueTimers(table, this.#parts.clock.now()));
    this.#apply();
  }

  #carryOut({ table, numbers }: Due): void {
    this.#tables.set(this.#inForce, table);
    for (const number of numbers) this.raise(number);
  }

  #keep(number: number): void {
    if (this.#waiting.length < WAITING_MAX) {
      this.#waiting.push(number);
      return;
    }
    this.#dropped(number, `no worker serves, and ${WAITING_MAX} signals wait`);
  }

  #dropped(number: number, why: string): void {
    this.#tallies.dropped += 1;
    const count = this.#throttle.count(this.#parts.clock.now());
    if (count === 0) return;
    const sentence = `${why}: ${count} were dropped`;
    this.#parts.logger.error('signal.dropped', { signal: number, count }, sentence);
  }

  #sayOnce(sentence: string): void {
    if (this.#said.has(sentence)) return;
    this.#said.add(sentence);
    this.#parts.logger.error('signal.undelivered', {}, sentence);
  }
}

/** The table with what the message asks for; undefined where there is too much of it. */
function changed(
  table: SignalTable,
  message: Exclude<
    SignalMessage,
    { readonly type: 'signal-raised' | 'signal-dropped' | 'signal-failed' }
  >,
): SignalTable | undefined {
  switch (message.type) {
    case 'signal-registered':
      return withHandler(table, message);
    case 'signal-timer':
      return withTimer(table, message);
    case 'signal-cron':
      return withCron(table, message);
    case 'signal-file':
      return withFile(table, { number: message.number, path: message.path });
  }
}
