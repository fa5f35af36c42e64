/**
 * Goes through the steps of a start in their order, with the functions of the start, and does none
 * of them for good: for `reeve check`. What the start would end with is the first thing found.
 *
 * As in main.ts: what root takes, then the drop of privileges, which is a real one, then what the
 * user has to reach. So nothing that needs root can be done after it. The interpreter, which may be
 * a program of that user, is only run when the drop has been made.
 */
import { resolve } from 'node:path';

import { OperatorError } from '../../base/operator-error.ts';
import { asOperatorError } from '../../base/system-error.ts';
import { demandCacheFiles } from '../settings/cache-files.ts';
import { exitCodes } from '../../tables/exit-codes.ts';
import { isStoreAddress } from '../../tables/shared/store-address.ts';
import type { Loaded } from '../../config/load.ts';
import { readAddress } from '../../config/values/addresses.ts';
import { tryLogFile } from '../../base/files/log-file.ts';
import { tryPidfile } from '../../base/files/pidfile.ts';
import { tryFifo } from '../triggers/fifo.ts';
import { tryOne } from '../listeners/open.ts';
import {
  listenerKey,
  listenerRequests,
  listenerTerms,
  ownOptions,
  ownRequest,
  resolveRequests,
  type ListenerTerms,
} from '../listeners/wanted.ts';
import {
  applicationEnvironment,
  interpreterOf,
  demandWorkerDirectory,
  workingDirectoryOf,
} from '../settings/configuration.ts';
import { demandOpenFiles } from '../settings/open-files.ts';
import { applicationsOf, sharedImportsOf } from '../settings/plan.ts';
import { responseSettings } from '../settings/responses.ts';
import { trySpoolDirectory } from '../settings/spool-directories.ts';
import { PYTHON_VARIABLE, type Environment } from '../start/environment.ts';
import { atLog, logOption } from '../start/log-place.ts';
import { demandFileLimit } from '../start/file-limits.ts';
import {
  dropPrivileges,
  ownerAfterDrop,
  userAndGroupsOf,
  type NextUser,
  type UserAndGroups,
} from '../start/privileges.ts';
import { absentApplications } from './applications.ts';
import { afterHooks } from './early-hooks.ts';
import type { Shortfall } from './shortfall.ts';
import { storesInUse } from './stores.ts';

export interface RehearsalParts {
  readonly loaded: Pick<Loaded, 'settings' | 'given'>;
  readonly startDirectory: string;
  /** What the start would be given. */
  readonly environment: Environment;
  /**
   * `unit`: a unit gives user, directories and sockets, or the instance runs already: only what the
   * application needs is looked for. `files`: the same, but no program is run.
   */
  readonly scope: 'start' | 'unit' | 'files';
  /** Whether the log of `daemonize` is opened. */
  readonly isInBackground: boolean;
  /** User= and Group= of the unit; '' where it sets none. */
  readonly unitUser?: string;
  readonly unitGroup?: string;
}

/** All that stands in the way of a start here, in the order in which it would be met. */
export async function rehearse(parts: RehearsalParts): Promise<readonly Shortfall[]> {
  const rehearsal = new Rehearsal(parts);
  await rehearsal.run();
  return afterHooks(rehearsal.shortfalls, parts.loaded.settings, parts.startDirectory);
}

interface Made {
  readonly kind: 'file' | 'socket' | 'fifo';
  readonly option: string;
}

class Rehearsal {
  readonly shortfalls: Shortfall[] = [];
  readonly #parts: RehearsalParts;
  /** The process is the user that the start would become. */
  #isUser = false;
  /** What the start makes, by its path. */
  readonly #made = new Map<string, Made>();

  constructor(parts: RehearsalParts) {
    this.#parts = parts;
  }

  async run(): Promise<void> {
    const { loaded, startDirectory, scope } = this.#parts;
    const { settings } = loaded;
    const find = (): string => workingDirectoryOf(settings, startDirectory);
    const chdir = named(settings, 'chdir');
    if (scope !== 'start') {
      const directory = await this.#try(chdir, find);
      if (scope === 'unit') await this.#dropAsUnit();
      if (directory !== undefined) await this.#tryApplication(directory);
      return;
    }
    const identity = await this.#tryIdentity();
    const asRoot = await this.#try(chdir, find);
    await this.#tryBeforeDrop(identity && ownerAfterDrop(identity), asRoot);
    if (identity !== undefined) await this.#drop(identity);
    const directory = asRoot === undefined ? undefined : await this.#try(chdir, find);
    if (asRoot !== undefined) await this.#tryLatePidfiles(asRoot);
    if (directory !== undefined) await this.#tryApplication(directory);
  }

  /** Who it becomes; what starts it in the background asks first, and opens its log. */
  async #tryIdentity(): Promise<UserAndGroups | undefined> {
    const { loaded, startDirectory, isInBackground } = this.#parts;
    const { settings } = loaded;
    const limit = async () =>
      await this.#try(`max-fd ${settings['max-fd']}`, () => demandFileLimit(settings['max-fd']));
    const background = isInBackground ? settings.daemonize || settings.daemonize2 : '';
    if (background === '') await limit();
    const who = `${named(settings, 'uid')} ${named(settings, 'gid')}`.trim();
    const identity = await this.#try(who, () => userAndGroupsOf(settings));
    if (background === '') return identity;
    const path = resolve(startDirectory, background);
    const owner = identity && ownerAfterDrop(identity);
    const open = (): void => {
      const option = settings.daemonize === '' ? 'daemonize2' : 'daemonize';
      this.#claim(path, { kind: 'file', option });
      atLog(path, 'daemonize', () => tryLogFile(path, owner));
    };
    await this.#try(`daemonize ${background}`, open);
    await limit();
    return identity;
  }

  async #tryBeforeDrop(user: NextUser | undefined, directory: string | undefined): Promise<void> {
    const { loaded, startDirectory } = this.#parts;
    const { settings } = loaded;
    await this.#tryPidfiles(['pidfile', 'safe-pidfile'], startDirectory, user);
    const option = logOption(settings);
    if (option !== undefined) {
      const path = resolve(startDirectory, settings[option]);
      const open = (): void => {
        this.#claim(path, { kind: 'file', option });
        atLog(path, option, () => tryLogFile(path, user));
      };
      await this.#try(named(settings, option), open);
    }
    if (directory === undefined) return;
    // Relative sockets begin there, and all paths of the application.
    process.chdir(directory);
    await this.#tryListeners(user);
  }

  async #tryPidfiles(
    options: readonly ('pidfile' | 'safe-pidfile' | 'pidfile2' | 'safe-pidfile2')[],
    directory: string,
    user: NextUser | undefined,
  ): Promise<void> {
    const { settings } = this.#parts.loaded;
    for (const option of options) {
      if (settings[option] === '') continue;
      const path = resolve(directory, settings[option]);
      await this.#try(named(settings, option), () => {
        this.#claim(path, { kind: 'file', option });
        tryPidfile(path, user);
      });
    }
  }

  async #tryListeners(user: NextUser | undefined): Promise<void> {
    const { settings } = this.#parts.loaded;
    const read = (): ListenerTerms => listenerTerms(settings, user);
    const terms = await this.#try(named(settings, 'chown-socket'), read);
    if (terms !== undefined) await this.#tryAddresses(terms);
  }

  async #tryAddresses(terms: ListenerTerms): Promise<void> {
    const seen = new Set<string>();
    const { settings } = this.#parts.loaded;
    const own = ownOptions.flatMap((option) => ownRequest(settings, option) ?? []);
    for (const request of [...listenerRequests(settings), ...own]) {
      // What is no address is a finding of the configuration.
      if (readAddress(request.name).kind === 'problem') continue;
      await this.#try(`${request.option} ${request.name}`, async () => {
        for (const { target } of await resolveRequests([request])) {
          if (target.kind === 'fd' || target.kind === 'fd-name') continue;
          const { option } = request;
          if (target.kind === 'path') this.#claim(resolve(target.path), { kind: 'socket', option });
          const key = listenerKey(target);
          if (!seen.has(key)) tryOne(request, target, terms);
          seen.add(key);
        }
      });
    }
  }

  async #drop(identity: UserAndGroups): Promise<void> {
    const { settings } = this.#parts.loaded;
    await this.#try(named(settings, 'uid'), () => {
      dropPrivileges(identity);
      this.#isUser = true;
    });
  }

  /** The user of the unit comes before `uid`; one that is not on this machine is no fault here. */
  async #dropAsUnit(): Promise<void> {
    const { loaded, unitUser = '', unitGroup = '' } = this.#parts;
    const { settings } = loaded;
    const named = unitUser === '' ? {} : { uid: unitUser, gid: unitGroup };
    try {
      await this.#drop(userAndGroupsOf({ ...settings, ...named }));
    } catch (error) {
      if (asOperatorError(error) === undefined) throw error;
    }
  }

  async #tryLatePidfiles(directory: string): Promise<void> {
    await this.#tryPidfiles(['pidfile2', 'safe-pidfile2'], directory, undefined);
  }

  async #tryApplication(directory: string): Promise<void> {
    const { loaded, environment: inherited, scope } = this.#parts;
    const { settings, given } = loaded;
    const sockets = listenerRequests(settings).length;
    await this.#try(named(settings, 'chdir2'), () => demandWorkerDirectory(settings, directory));
    await this.#try('load-file-in-cache', () => demandCacheFiles(settings, directory));
    const slots = `processes ${settings.processes}`;
    await this.#try(slots, () => demandOpenFiles(settings, sockets, given));
    const applications = applicationsOf(settings, (option) => given.get(option) ?? '');
    const environment = applicationEnvironment(
      { settings, outputStream: '' },
      directory,
      inherited,
    );
    const installedFor = inherited[PYTHON_VARIABLE] ?? '';
    const from = settings.python === '' ? 'home' : 'python';
    const python =
      applications.length === 0
        ? undefined
        : await this.#try(named(settings, from) || 'python3', () =>
            interpreterOf(settings, directory, environment, installedFor),
          );
    for (const option of ['spooler', 'spooler-external'] as const) {
      for (const { text, origin } of settings[option]) {
        if (isStoreAddress(text)) continue;
        const path = resolve(this.#parts.startDirectory, text);
        await this.#try(`${option} ${text}`, () => trySpoolDirectory(path, origin));
      }
    }
    const resolvePath = (path: string): string => (path === '' ? '' : resolve(directory, path));
    await this.#try('', () => responseSettings({ settings, given, resolvePath }));
    if (scope === 'start') {
      for (const { text } of settings['master-fifo']) {
        await this.#try(`master-fifo ${text}`, () => {
          this.#claim(resolve(directory, text), { kind: 'fifo', option: 'master-fifo' });
          tryFifo(resolve(directory, text));
        });
      }
    }
    if (python === undefined || !this.#isUser) return;
    const aliases = sharedImportsOf(settings).filter(({ alias }) => alias !== '');
    const mules = settings.mule.filter(({ text }) => text !== '' && text !== 'true');
    const stores = storesInUse(settings);
    const search = { python, directory, environment, settings, applications, aliases, mules };
    this.shortfalls.push(...absentApplications({ ...search, stores }));
  }

  /** Two options may name one file, but not a file and a socket, or a fifo. */
  #claim(path: string, made: Made): void {
    const other = this.#made.get(path) ?? made;
    this.#made.set(path, other);
    if (other.kind === made.kind) return;
    const what = `${path} is a ${made.kind} for ${made.option}, and a ${other.kind} for ${other.option}`;
    const advice = 'give each of them a path of its own';
    const given = [...this.#parts.loaded.given].find(([name]) => name === made.option);
    const where = given?.[1] || undefined;
    throw new OperatorError({ what, where, advice, exitCode: exitCodes.cannotCreate });
  }

  /** Takes a step; undefined where a start would end there. */
  async #try<T>(what: string, step: () => T | Promise<T>): Promise<T | undefined> {
    try {
      return await step();
    } catch (error) {
      const refusal = asOperatorError(error);
      if (refusal === undefined) throw error;
      const subject = what || (refusal.where ?? refusal.what);
      this.shortfalls.push({ severity: 'error', refusal, what: subject });
      return undefined;
    }
  }
}

type TextOption = Extract<
  keyof Loaded['settings'],
  | ('chdir' | 'chdir2' | 'uid' | 'gid' | 'home' | 'python' | 'chown-socket' | 'logto' | 'logto2')
  | ('pidfile' | 'safe-pidfile' | 'pidfile2' | 'safe-pidfile2')
>;

/** `chdir /srv/demo`; '' where it is not given. */
function named(settings: Loaded['settings'], option: TextOption): string {
  return settings[option] === '' ? '' : `${option} ${settings[option]}`;
}
