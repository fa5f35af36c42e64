/** PURE. Headers as options write them: `add-header = X: 1`, `collect-header = X-A NAME`. */

const NAME = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/;
// oxlint-disable-next-line no-control-regex
const CONTROL = /[\0-\x08\x0a-\x1f\x7f]/;

export interface WrittenHeader {
  readonly name: string;
  readonly value: string;
}

/** `NAME: VALUE`; undefined for what would be no header line. */
export function readHeader(text: string): WrittenHeader | undefined {
  const colon = text.indexOf(':');
  const name = text.slice(0, Math.max(colon, 0));
  const value = text.slice(colon + 1).trim();
  return NAME.test(name) && !CONTROL.test(value) ? { name, value } : undefined;
}

/** A header whose value becomes a variable. */
export interface CollectedHeader {
  readonly name: string;
  readonly variable: string;
}

/** `HEADER VARIABLE`; undefined where one of them is missing, or is no name. */
export function readCollected(text: string): CollectedHeader | undefined {
  const [name = '', variable = '', ...more] = text.trim().split(/\s+/);
  if (!NAME.test(name) || variable === '' || more.length > 0) return undefined;
  return { name, variable };
}

/** Whether it can be the name of a header. */
export function isHeaderName(text: string): boolean {
  return NAME.test(text);
}

const gatewaysOwn = new Set([
  ...['connection', 'content-length', 'keep-alive', 'proxy-connection'],
  ...['te', 'trailer', 'transfer-encoding', 'upgrade'],
]);

/** Headers that say how a response is framed, or belong to its connection: the gateway's own. */
export function isGatewaysOwn(name: string): boolean {
  return gatewaysOwn.has(name.toLowerCase());
}
