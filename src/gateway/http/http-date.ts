/** The date that every answer carries, made once a second. */

let dateText = '';
let dateUntilMs = 0;

/** The date in HTTP's form (RFC 9110, 5.6.7). */
export function dateNow(): string {
  const nowMs = Date.now();
  if (nowMs >= dateUntilMs || nowMs < dateUntilMs - 1000) {
    dateText = new Date(nowMs).toUTCString();
    dateUntilMs = nowMs - (nowMs % 1000) + 1000;
  }
  return dateText;
}
