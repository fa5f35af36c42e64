/** Figures as people read them at a glance: short, and of about the same width. */
import { TIME_BOUNDS_SECONDS } from '../protocol/gateway-views.ts';

/** A time in seconds: "850 us", "12 ms", "3.4 s", "12 min"; "-" where there is none. */
export function duration(seconds: number | null): string {
  if (seconds === null) return '-';
  if (seconds === Infinity) return `>${TIME_BOUNDS_SECONDS.at(-1)} s`;
  if (seconds < 0.001) return `${Math.round(seconds * 1e6)} us`;
  if (seconds < 0.01) return `${(seconds * 1000).toFixed(1)} ms`;
  if (seconds < 1) return `${Math.round(seconds * 1000)} ms`;
  if (seconds < 10) return `${seconds.toFixed(1)} s`;
  if (seconds < 120) return `${Math.floor(seconds)} s`;
  if (seconds < 7_200) return `${Math.floor(seconds / 60)} min`;
  if (seconds < 172_800) return `${Math.floor(seconds / 3_600)} h`;
  return `${Math.floor(seconds / 86_400)} d`;
}

/** So many a second: "0", "0.4", "12.5", "1300". */
export function perSecond(rate: number | undefined): string {
  if (rate === undefined) return '-';
  if (rate === 0) return '0';
  return rate < 100 ? rate.toFixed(1) : String(Math.round(rate));
}

/** "512 KiB", "48.2 MiB", "3.1 GiB"; "-" where it is not known. */
export function bytes(count: number | null): string {
  if (count === null) return '-';
  if (count < 1_048_576) return `${Math.round(count / 1024)} KiB`;
  if (count < 1_073_741_824) return `${(count / 1_048_576).toFixed(1)} MiB`;
  return `${(count / 1_073_741_824).toFixed(1)} GiB`;
}

/** "1 worker", "2 workers". */
export function counted(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`;
}
