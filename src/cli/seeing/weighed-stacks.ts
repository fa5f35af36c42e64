/** PURE. A profile as stacks of names with weights, the outermost call first. */
import type { FrameView, ProfileView } from '../../protocol/stacks-view.ts';

/** Whose code it is, for colours. */
export type Origin = 'application' | 'library' | 'python' | 'reeve';

export interface Place {
  /** `Class.method (shop/views.py)`. */
  readonly name: string;
  readonly function: string;
  /** Shortened: below the application's directory, or behind site-packages/. */
  readonly file: string;
  readonly origin: Origin;
  /** 0: not known, or left out. */
  readonly line: number;
}

export interface WeighedStack {
  /** The process that it was seen in: "worker 1". */
  readonly process: string;
  /** The outermost call first. */
  readonly places: readonly Place[];
  readonly micros: number;
}

/** Stacks that are alike stand in it once for each process; functions are not split by line. */
export function weighedStacks(profile: ProfileView): readonly WeighedStack[] {
  const places = profile.frames.map((frame) => placeOf(frame, profile.directory));
  return profile.processes.flatMap(({ name, pid, stacks }) => {
    const found = new Map<string, { places: readonly Place[]; micros: number }>();
    for (const { frames, micros } of stacks) {
      const path = frames.toReversed().flatMap((index) => places[index] ?? []);
      const key = path.map((place) => place.name).join(';');
      const known = found.get(key);
      if (known === undefined) found.set(key, { places: path, micros });
      else known.micros += micros;
    }
    return [...found.values()].map((stack) => ({ process: `${name} (pid ${pid})`, ...stack }));
  });
}

function placeOf({ file, line, function: name }: FrameView, directory: string): Place {
  if (file === 'reeve') {
    return { name, function: name, file: '', origin: 'reeve', line: 0 };
  }
  // Python 3.9 has the `.` of sys.path in the middle of a path.
  const { short, origin } = shortened(file.replaceAll('/./', '/'), directory);
  return { name: `${name} (${short})`, function: name, file: short, origin, line };
}

function shortened(file: string, directory: string): { short: string; origin: Origin } {
  const [, ours] = /\/(reeve_worker\/.*)$/.exec(file) ?? [];
  if (ours !== undefined) return { short: ours, origin: 'reeve' };
  const [, library] = /\/(?:site|dist)-packages\/(.*)$/.exec(file) ?? [];
  if (library !== undefined) return { short: library, origin: 'library' };
  const [, standard] = /\/lib\/python3\.\d+\/(.*)$/.exec(file) ?? [];
  if (standard !== undefined) return { short: standard, origin: 'python' };
  if (file.startsWith('<frozen ')) return { short: file, origin: 'python' };
  const folder = directory.endsWith('/') ? directory : `${directory}/`;
  const isBelow = file.startsWith(folder);
  return { short: isBelow ? file.slice(folder.length) : file, origin: 'application' };
}

/** What each function used: by itself, and with what it called; the largest first. */
export function functionTimes(
  stacks: readonly WeighedStack[],
): readonly { readonly place: Place; readonly self: number; readonly total: number }[] {
  const times = new Map<string, { place: Place; self: number; total: number }>();
  for (const { places, micros } of stacks) {
    const innermost = places.at(-1);
    // One that calls itself counts once.
    for (const place of new Map(places.map((each) => [each.name, each])).values()) {
      const known = times.get(place.name) ?? { place, self: 0, total: 0 };
      known.total += micros;
      if (place.name === innermost?.name) known.self += micros;
      times.set(place.name, known);
    }
  }
  return [...times.values()].toSorted((one, other) => other.self - one.self);
}
