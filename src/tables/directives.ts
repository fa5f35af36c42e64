/**
 * Keys that act while the configuration is being read: they load files, set and test values, or
 * ask for something other than a start. They have no place in `Settings`.
 */

import type { Argument } from './kinds.ts';

export type DirectiveAction =
  | { readonly kind: 'load'; readonly format: 'ini' | 'yaml' | 'json' | 'xml' | 'by-suffix' }
  /** Reads an ini of PasteDeploy, and has it name the application. */
  | { readonly kind: 'paste'; readonly logging: 'as-in-file' | 'untouched' }
  | { readonly kind: 'inherit' }
  | { readonly kind: 'set' }
  | { readonly kind: 'placeholder' }
  | { readonly kind: 'block'; readonly block: Block; readonly negated: boolean }
  | { readonly kind: 'end' }
  | { readonly kind: 'print' }
  | { readonly kind: 'show-config' }
  | { readonly kind: 'pidfile'; readonly command: 'stop' | 'reload' | 'suspend' | 'resume' }
  | { readonly kind: 'version' }
  | { readonly kind: 'help' };

/** The conditions and loops that open a block. */
export type Block =
  | 'env'
  | 'exists'
  | 'file'
  | 'dir'
  | 'opt'
  | 'plugin'
  | 'hostname'
  | 'hostname-match'
  | 'reload'
  | 'for'
  | 'for-glob'
  | 'for-times'
  | 'for-readline';

export interface Directive {
  readonly action: DirectiveAction;
  readonly argument: Argument;
  readonly placeholder: string;
  readonly short?: string;
  /** One line for --help: no capital, no full stop. */
  readonly summary: string;
}

function load(format: 'ini' | 'yaml' | 'json' | 'xml' | 'by-suffix', short?: string): Directive {
  const what = format === 'by-suffix' ? 'a configuration file, by its suffix' : `${format} file`;
  const summary = `read ${what}, or FILE:SECTION of it`;
  const action = { kind: 'load', format } as const;
  const base = { action, argument: 'required', placeholder: 'FILE', summary } as const;
  return short === undefined ? base : { ...base, short };
}

function paste(logging: 'as-in-file' | 'untouched'): Directive {
  const more = logging === 'untouched' ? '' : ', with paste-logger = true';
  const summary = `read section uwsgi of an ini, and load its application with PasteDeploy${more}`;
  const action = { kind: 'paste', logging } as const;
  return { action, argument: 'required', placeholder: 'FILE', summary };
}

function block(kind: Block, what: string, negated = false): Directive {
  const argument = kind === 'reload' ? 'none' : 'required';
  const action = { kind: 'block', block: kind, negated } as const;
  const summary = `use the lines up to "end" only ${negated ? 'unless' : 'if'} ${what}`;
  return { action, argument, placeholder: 'VALUE', summary };
}

function loop(kind: Block, what: string): Directive {
  const action = { kind: 'block', block: kind, negated: false } as const;
  const summary = `repeat the lines up to "end" for ${what}, which is %(_)`;
  return { action, argument: 'required', placeholder: 'VALUE', summary };
}

function pidfile(command: 'stop' | 'reload' | 'suspend' | 'resume', summary: string): Directive {
  const action = { kind: 'pidfile', command } as const;
  return { action, argument: 'required', placeholder: 'PIDFILE', summary };
}

const end: Directive = {
  action: { kind: 'end' },
  argument: 'optional',
  placeholder: '',
  summary: 'end of a block',
};
const placeholder: Directive = {
  action: { kind: 'placeholder' },
  argument: 'required',
  placeholder: 'NAME=VALUE',
  summary: 'define a placeholder',
};

export const directives: Readonly<Record<string, Directive>> = {
  ini: load('ini'),
  yaml: load('yaml', 'y'),
  yml: load('yaml', 'y'),
  json: load('json', 'j'),
  js: load('json', 'j'),
  xml: load('xml', 'x'),
  xmlconfig: load('xml', 'x'),
  'ini-paste': paste('untouched'),
  'ini-paste-logged': paste('as-in-file'),
  config: load('by-suffix'),
  include: load('by-suffix'),
  inherit: {
    action: { kind: 'inherit' },
    argument: 'required',
    placeholder: 'FILE',
    summary: 'read a configuration file after everything else',
  },
  set: {
    action: { kind: 'set' },
    argument: 'required',
    placeholder: 'NAME=VALUE',
    short: 'S',
    summary: 'set an option or a placeholder',
  },
  'set-placeholder': placeholder,
  'set-ph': placeholder,
  print: {
    action: { kind: 'print' },
    argument: 'required',
    placeholder: 'TEXT',
    summary: 'print this text while reading',
  },
  'show-config': {
    action: { kind: 'show-config' },
    argument: 'none',
    placeholder: '',
    summary: 'print the configuration as it was read, then start',
  },
  'if-env': block('env', 'the variable is set, or has this value'),
  ifenv: block('env', 'the variable is set, or has this value'),
  'if-not-env': block('env', 'the variable is set, or has this value', true),
  'if-exists': block('exists', 'the path exists'),
  ifexists: block('exists', 'the path exists'),
  'if-not-exists': block('exists', 'the path exists', true),
  'if-file': block('file', 'the path is a file'),
  'if-not-file': block('file', 'the path is a file', true),
  'if-dir': block('dir', 'the path is a directory'),
  'if-directory': block('dir', 'the path is a directory'),
  ifdir: block('dir', 'the path is a directory'),
  'if-not-dir': block('dir', 'the path is a directory', true),
  'if-opt': block('opt', 'the option is given, or has this value'),
  'if-not-opt': block('opt', 'the option is given, or has this value', true),
  'if-plugin': block('plugin', 'the plugin is built in'),
  ifplugin: block('plugin', 'the plugin is built in'),
  'if-not-plugin': block('plugin', 'the plugin is built in', true),
  'if-hostname': block('hostname', 'the host has this name'),
  'if-not-hostname': block('hostname', 'the host has this name', true),
  'if-hostname-match': block('hostname-match', 'the name of the host matches'),
  'if-not-hostname-match': block('hostname-match', 'the name of the host matches', true),
  'if-reload': block('reload', 'this is a reload'),
  'if-not-reload': block('reload', 'this is a reload', true),
  for: loop('for', 'each word'),
  'for-glob': loop('for-glob', 'each path that matches'),
  'for-times': loop('for-times', 'each number from 1'),
  'for-readline': loop('for-readline', 'each line of the file'),
  end: end,
  endif: end,
  'end-if': end,
  endfor: end,
  'end-for': end,
  stop: pidfile('stop', 'stop the daemon that the pidfile names'),
  reload: pidfile('reload', 'reload the daemon that the pidfile names'),
  suspend: pidfile('suspend', 'pause the daemon that the pidfile names'),
  pause: pidfile('suspend', 'pause the daemon that the pidfile names'),
  resume: pidfile('resume', 'let the daemon that the pidfile names continue'),
  version: {
    action: { kind: 'version' },
    argument: 'none',
    placeholder: '',
    summary: 'print the version',
  },
  help: {
    action: { kind: 'help' },
    argument: 'none',
    placeholder: '',
    short: 'h',
    summary: 'print this help',
  },
  usage: {
    action: { kind: 'help' },
    argument: 'none',
    placeholder: '',
    short: 'h',
    summary: 'print this help',
  },
};
