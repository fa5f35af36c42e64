/**
 * The declaration of an option.
 *
 * An option is declared once; the command line, the files, the environment, the help, the manual,
 * the checks and the type `Settings` all follow from that declaration.
 */

import type { UwsgiMeaning } from './judgement.ts';
import type { Kind } from './kinds.ts';

export type Section =
  | 'application'
  | 'processes'
  | 'reloading'
  | 'hooks'
  | 'listeners'
  | 'http'
  | 'shared'
  | 'identity'
  | 'titles'
  | 'jobs'
  | 'logging'
  | 'accepted';

export const sectionTitles: Readonly<Record<Section, string>> = {
  application: 'Application',
  processes: 'Processes',
  reloading: 'Reloading and stopping',
  hooks: 'Hooks',
  listeners: 'Listeners',
  http: 'HTTP and static files',
  shared: 'Shared state',
  identity: 'Identity, files and directories',
  titles: 'Process titles',
  jobs: 'Work beside requests',
  logging: 'Logging',
  accepted: 'Always on',
};

/** What applies a changed value. A reload leaves one that needs a restart as it is, and logs it. */
export type OnReload = 'reload' | 'restart';

/** Whether a word is the name of a section. */
export function isSection(name: string): name is Section {
  return Object.hasOwn(sectionTitles, name);
}

/** The sections in the order in which they are printed. */
export const sections: readonly Section[] = Object.keys(sectionTitles).filter(isSection);

interface Declared<T> {
  readonly section: Section;
  readonly kind: Kind<T>;
  readonly default: NoInfer<T>;
  /** One line for --help: no capital, no full stop. */
  readonly summary: string;
  /** Paragraphs for the manual: why one would change it, and what it costs. */
  readonly details?: string;
  /** Other names; a single character is a short flag. */
  readonly aliases?: readonly string[];
  /** How it relates to uWSGI's of the same name: see judgement.ts. */
  readonly uwsgi: UwsgiMeaning<NoInfer<T>>;
}

export interface Option<T> extends Declared<T> {
  readonly onReload: OnReload;
  /** The process that is given the value as it is, besides the master, which has all of them. */
  readonly for?: 'gateway';
}

/** A gateway whose options differ is replaced: a reload changes them unless it says otherwise. */
interface DeclaredForGateway<T> extends Declared<T> {
  readonly onReload?: OnReload;
  readonly for: 'gateway';
}

export interface GatewayOption<T> extends Option<T> {
  readonly for: 'gateway';
}

/** Declares an option; it exists so that the type of the value follows from its kind. */
export function option<T>(declaration: DeclaredForGateway<T>): GatewayOption<T>;
export function option<T>(declaration: Option<T>): Option<T>;
export function option<T>(declaration: DeclaredForGateway<T> | Option<T>): Option<T> {
  return { onReload: 'reload', ...declaration };
}
