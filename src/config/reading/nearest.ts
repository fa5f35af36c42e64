/**
 * Which known name was probably meant by an unknown one, and the advice that says so.
 */

/** How many letters must be added, removed, changed or swapped with a neighbour. */
export function editDistance(from: string, to: string): number {
  let beforeLast: number[] = [];
  let last = Array.from({ length: to.length + 1 }, (_, column) => column);
  for (let row = 1; row <= from.length; row++) {
    const current = [row];
    for (let column = 1; column <= to.length; column++) {
      const same = from[row - 1] === to[column - 1];
      let best = Math.min(
        (last[column] ?? 0) + 1,
        (current[column - 1] ?? 0) + 1,
        (last[column - 1] ?? 0) + (same ? 0 : 1),
      );
      const isSwap = from[row - 1] === to[column - 2] && from[row - 2] === to[column - 1];
      if (row > 1 && column > 1 && isSwap) best = Math.min(best, (beforeLast[column - 2] ?? 0) + 1);
      current.push(best);
    }
    beforeLast = last;
    last = current;
  }
  return last[to.length] ?? 0;
}

function withoutDashes(name: string): string {
  return name.toLowerCase().replaceAll(/[-_. ]/g, '');
}

function sortedWords(name: string): string {
  return name
    .toLowerCase()
    .split(/[-_. ]+/)
    .toSorted((one, other) => (one < other ? -1 : 1))
    .join('-');
}

function isWithin(letters: string, name: string): boolean {
  let found = 0;
  for (const letter of name) if (letter === letters[found]) found++;
  return found === letters.length;
}

/** Whether words, or the last few letters, are all that is left out. */
function isBeginningOf(written: string, candidate: string): boolean {
  if (candidate.startsWith(`${written}-`)) return true;
  return candidate.startsWith(written) && candidate.length - written.length <= 3;
}

/** How far a candidate is from what was written; undefined when it is too far to be meant. */
function distanceTo(written: string, candidate: string): number | undefined {
  if (sortedWords(written) === sortedWords(candidate)) return 0.5;
  const from = withoutDashes(written);
  const to = withoutDashes(candidate);
  if (written.length >= 4 && isBeginningOf(written, candidate)) return 1.5;
  const limit = from.length <= 7 ? 1 : from.length <= 13 ? 2 : 3;
  if (Math.abs(from.length - to.length) <= limit) {
    const distance = editDistance(from, to);
    if (distance <= limit) return distance;
  }
  // Words left out: "proc-name-spaced" for "procname-prefix-spaced".
  const isLongEnough = from.length >= 8 && from.length * 5 >= to.length * 3;
  return isLongEnough && from[0] === to[0] && isWithin(from, to) ? 4 : undefined;
}

/**
 * The candidate that was probably meant, or undefined. Of equally near ones that with the same
 * first letter, which is seldom wrong, else the earlier.
 */
export function nearest(written: string, candidates: Iterable<string>): string | undefined {
  let best: string | undefined;
  let bestDistance = Number.POSITIVE_INFINITY;
  for (const candidate of candidates) {
    if (candidate.length < 2) continue;
    const distance = distanceTo(written, candidate);
    if (distance === undefined) continue;
    const further = candidate[0] === written[0] ? distance : distance + 0.1;
    if (further < bestDistance) {
      best = candidate;
      bestDistance = further;
    }
  }
  return best;
}

/** The advice for a mistake that was probably meant as `meant`, written as it would stand there. */
export function didYouMean(meant: string): string {
  return `did you mean ${meant}?`;
}
