/** PURE. What a value must be that came from elsewhere: checks, put together from smaller ones. */

/** The name of what is wrong in a value, as in `status.gateways.0.pid`; undefined: nothing. */
export type Check = (value: unknown, name: string) => string | undefined;

const EXIT_CODE_MAX = 255;
const LINE_CHARACTERS_MAX = 1_000;

export const text: Check = where((value) => typeof value === 'string');
/** It stands in the middle of a sentence. */
export const oneLine: Check = where(
  (value) =>
    typeof value === 'string' && value.length <= LINE_CHARACTERS_MAX && !value.includes('\n'),
);
export const number: Check = where((value) => typeof value === 'number');
export const pid: Check = where((value) => Number.isSafeInteger(value) && Number(value) > 0);
export const exitCode: Check = where(
  (value) => Number.isInteger(value) && Number(value) >= 0 && Number(value) <= EXIT_CODE_MAX,
);

/** A number that may not be known. */
export const count = orNull(number);
export const isTrueOrFalse = where((value) => typeof value === 'boolean');

export function where(isRight: (value: unknown) => boolean): Check {
  return (value, name) => (isRight(value) ? undefined : name);
}

export function orNull(check: Check): Check {
  return (value, name) => (value === null ? undefined : check(value, name));
}

/** Absent; `null` is not absent. */
export function optional(check: Check): Check {
  return (value, name) => (value === undefined ? undefined : check(value, name));
}

/** Fields that are not known may come from a newer Reeve. */
export function record(fields: Readonly<Record<string, Check>>): Check {
  return (value, name) => {
    if (typeof value !== 'object' || value === null || Array.isArray(value)) return name;
    for (const [field, check] of Object.entries(fields)) {
      const part: unknown = Object.hasOwn(value, field) ? Reflect.get(value, field) : undefined;
      const wrong = check(part, name === '' ? field : `${name}.${field}`);
      if (wrong !== undefined) return wrong;
    }
    return undefined;
  };
}

export function list(check: Check): Check {
  return (value, name) => {
    if (!Array.isArray(value)) return name;
    for (const [index, part] of value.entries()) {
      const wrong = check(part, `${name}.${index}`);
      if (wrong !== undefined) return wrong;
    }
    return undefined;
  };
}
