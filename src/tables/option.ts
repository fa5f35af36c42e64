/**
 * What one option is.
 *
 * An option is declared once; the command line, the files, the environment, the help, the manual,
 * the checks and the type `Settings` are all read off that declaration.
 */

import type { Kind } from './kinds.ts';

export type Section =
  | 'application'
  | 'processes'
  | 'reloading'
  | 'listeners'
  | 'http'
  | 'identity'
  | 'titles'
  | 'logging'
  | 'accepted';

export const sectionTitles: Readonly<Record<Section, string>> = {
  application: 'Application',
  processes: 'Processes',
  reloading: 'Reloading and stopping',
  listeners: 'Listeners',
  http: 'HTTP and static files',
  identity: 'Identity, files and directories',
  titles: 'Process titles',
  logging: 'Logging',
  accepted: 'Accepted without effect',
};

/** What a reload must do for a changed value to take effect. */
export type OnReload =
  /** The new generation of spawner and workers has it. */
  | 'next-generation'
  /** A new gateway takes over the same listeners. */
  | 'replace-gateway'
  /** The master takes it over at once. */
  | 'apply-live'
  /** Listeners are opened or closed. */
  | 'listener'
  /** It stays as it was until the daemon is started anew. */
  | 'needs-restart';

/** How the option relates to uWSGI's of the same name. */
export type UwsgiMeaning =
  | 'same'
  | 'ours-alone'
  | { readonly differs: string }
  /** Read, and said to be without effect: the sentence says why nothing is lost. */
  | { readonly accepted: string };

export interface Option<T> {
  readonly section: Section;
  readonly kind: Kind<T>;
  readonly default: NoInfer<T>;
  /** One line for --help: no capital, no full stop. */
  readonly summary: string;
  /** Paragraphs for the manual: why one would change it, and what it costs. */
  readonly details?: string;
  /** Other names; a single character is a short flag. */
  readonly aliases?: readonly string[];
  readonly onReload: OnReload;
  readonly uwsgi: UwsgiMeaning;
}

/** Declares an option; it exists so that the type of the value follows from its kind. */
export function option<T>(declaration: Option<T>): Option<T> {
  return declaration;
}
