/**
 * Functions of C libraries, called through koffi.
 *
 * This is the only file that loads koffi, on the first call and not before: it costs 14 ms, which a
 * command that calls nothing (`reeve --help`) does not pay. A library is loaded once, too.
 */
import { createRequire } from 'node:module';

import type koffi from 'koffi';

type Koffi = typeof koffi;
type Library = ReturnType<Koffi['load']>;

let loadedKoffi: Koffi | undefined;
const loaded = new Map<string, Library>();
const functions = new Map<string, (...values: unknown[]) => number>();

/**
 * What this process has loaded already, as a library: before glibc 2.34 functions of threads are in
 * a library of their own, which Node brings along.
 */
export const LOADED = '';

/** A function of a library, loaded when it is first asked for; throws where there is none. */
export function foreignFunction(
  library: string,
  prototype: string,
): (...values: unknown[]) => number {
  let call = functions.get(prototype);
  if (call !== undefined) return call;
  const open =
    loaded.get(library) ??
    (library === 'libc.so.6' ? loadLibc() : foreignFunctions().load(library || null));
  loaded.set(library, open);
  call = open.func(prototype);
  functions.set(prototype, call);
  return call;
}

/** Where a function that this process has loaded stands in memory: to hand it to C. */
export function addressOfFunction(name: string): unknown {
  return foreignFunctions().load(null).symbol(name);
}

/** What errno was after the last call. */
export function foreignErrno(): number {
  return foreignFunctions().errno();
}

function foreignFunctions(): Koffi {
  loadedKoffi ??= loadKoffi();
  return loadedKoffi;
}

function loadKoffi(): Koffi {
  return createRequire(import.meta.url)('koffi');
}

/** Loads the library, and names the structures that prototypes elsewhere speak of. */
function loadLibc(): Library {
  const { struct, load } = foreignFunctions();
  struct('Passwd', {
    name: 'str',
    password: 'str',
    uid: 'uint32',
    gid: 'uint32',
    comment: 'str',
    home: 'str',
    shell: 'str',
  });
  struct('MessageHeader', {
    name: 'void *',
    nameLength: 'uint32',
    parts: 'void *',
    partCount: 'size_t',
    control: 'void *',
    controlLength: 'size_t',
    flags: 'int',
  });
  struct('Group', { name: 'str', password: 'str', gid: 'uint32', members: 'void *' });
  return load('libc.so.6');
}
