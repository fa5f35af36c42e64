/** Extended attributes of files (xattr(7)), which Node cannot read. */
import { callLibc } from '../base/libc.ts';

const VALUE_BYTES_MAX = 256;

/** Whether the file has this attribute with this value. */
export function hasAttribute(path: string, name: string, value: string): boolean {
  const bytes = Buffer.alloc(VALUE_BYTES_MAX);
  const prototype = 'int64 getxattr(str path, str name, void *value, size_t size)';
  const length = callLibc(prototype, path, name, bytes, bytes.length);
  return length >= 0 && bytes.toString('utf8', 0, length) === value;
}
