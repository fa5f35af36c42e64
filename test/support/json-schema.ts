/**
 * Whether a value is what a JSON Schema says, as far as ours go: type, enum, required, properties,
 * additionalProperties and items. A keyword that is not known here fails the test, and so does a
 * property that the schema does not know: it would be there, and in no document.
 */

const annotations = new Set(['$schema', 'title', 'description']);

function typeOf(value: unknown): readonly string[] {
  if (value === null) return ['null'];
  if (Array.isArray(value)) return ['array'];
  if (typeof value === 'number')
    return Number.isInteger(value) ? ['integer', 'number'] : ['number'];
  return [typeof value];
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** What is wrong, each with its path; nothing where it fits. */
export function schemaFaults(value: unknown, schema: unknown, path = '$'): readonly string[] {
  if (!isRecord(schema)) throw new Error(`${path}: no schema`);
  return Object.entries(schema).flatMap(([keyword, wanted]): readonly string[] => {
    if (annotations.has(keyword)) return [];
    switch (keyword) {
      case 'type': {
        const types = Array.isArray(wanted) ? wanted.map(String) : [String(wanted)];
        return typeOf(value).some((type) => types.includes(type)) ? [] : [`${path}: no ${types}`];
      }
      case 'enum':
        return Array.isArray(wanted) && wanted.includes(value) ? [] : [`${path}: not in the enum`];
      case 'required': {
        const names = Array.isArray(wanted) ? wanted.map(String) : [];
        if (!isRecord(value)) return []; // As null may be, where the type allows it.
        const absent = names.filter((name) => !Object.hasOwn(value, name));
        return absent.map((name) => `${path}: ${name} is missing`);
      }
      case 'properties': {
        if (!isRecord(value) || !isRecord(wanted)) return [];
        const others = Object.hasOwn(schema, 'additionalProperties');
        return Object.keys(value).flatMap((name) => {
          const inner = `${path}.${name}`;
          if (Object.hasOwn(wanted, name)) return schemaFaults(value[name], wanted[name], inner);
          return others || value[name] === undefined ? [] : [`${inner}: not in the schema`];
        });
      }
      case 'additionalProperties': {
        const named = isRecord(schema['properties']) ? schema['properties'] : {};
        if (!isRecord(value)) return [];
        const others = Object.keys(value).filter((name) => !Object.hasOwn(named, name));
        return others.flatMap((name) => schemaFaults(value[name], wanted, `${path}.${name}`));
      }
      case 'items':
        if (!Array.isArray(value)) return [];
        return value.flatMap((one, index) => schemaFaults(one, wanted, `${path}[${index}]`));
      default:
        throw new Error(`${path}: the keyword ${keyword} is not known here`);
    }
  });
}
