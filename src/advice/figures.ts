/** Figures as people read them (pure). */

export function whole(value: number): string {
  return String(Math.round(value));
}

/** With as many digits as say something: 0.042, 1.25, 12.5, 340. */
export function cut(value: number): string {
  return value >= 100 ? whole(value) : String(Number(value.toPrecision(3)));
}

export function percent(part: number): string {
  return `${Math.round(part * 100)} %`;
}

export function secondsInWords(seconds: number): string {
  if (seconds < 0.0005) return '0 ms';
  if (seconds < 1) return `${cut(seconds * 1000)} ms`;
  if (seconds < 120) return `${cut(seconds)} s`;
  if (seconds < 7_200) return `${Math.round(seconds / 60)} min`;
  return `${Math.round(seconds / 3_600)} h`;
}

export const MIB = 1_048_576;

export function bytesInWords(bytes: number): string {
  if (bytes < MIB) return `${cut(bytes / 1024)} KiB`;
  return bytes < MIB * 1024 ? `${cut(bytes / MIB)} MiB` : `${cut(bytes / MIB / 1024)} GiB`;
}
