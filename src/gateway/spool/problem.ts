/** Why something cannot wait in a file, for the log and for the client. */

import { unusableInWords } from '../../temporary/directories.ts';
import type { Unusable } from '../../temporary/directories.ts';
import type { NoRoom } from './limit.ts';

export class SpoolProblem extends Error {
  /** `room`: there will be some when others have done; `system`: the kernel refused it. */
  readonly kind: 'room' | 'system';
  /** The name of the kernel's error; '' where it is a limit of ours. */
  readonly code: string;
  /** '' where there is none. */
  readonly directory: string;
  /** 503: again in a moment; 507: the operator has to do something. */
  readonly status: 503 | 507;

  private constructor(
    sentence: string,
    { kind, code, directory, status }: Pick<SpoolProblem, 'kind' | 'code' | 'directory' | 'status'>,
  ) {
    super(sentence);
    this.kind = kind;
    this.code = code;
    this.directory = directory;
    this.status = status;
  }

  /** The limit, or the free space, leaves no room for it. */
  static noRoom(why: NoRoom, directory: string, sentence: string): SpoolProblem {
    const code = why === 'disk-full' ? 'ENOSPC' : '';
    const status = why === 'spool-full' ? 503 : 507;
    return new SpoolProblem(sentence, { kind: 'room', code, directory, status });
  }

  /** A system call has failed there. */
  static refused({ directory, code, reason }: Unusable): SpoolProblem {
    // Descriptors come back when other requests have ended.
    const status = code === 'EMFILE' || code === 'ENFILE' ? 503 : 507;
    const sentence = `${directory}: ${reason}`;
    return new SpoolProblem(sentence, { kind: 'system', code, directory, status });
  }

  /** No directory can be used. */
  static nowhere(unusable: readonly Unusable[]): SpoolProblem {
    const [first] = unusable;
    const sentence = `no directory for temporary files can be used: ${unusableInWords(unusable)}`;
    const { code = '', directory = '' } = first ?? {};
    return new SpoolProblem(sentence, { kind: 'system', code, directory, status: 507 });
  }

  /** There may be room again, there or in another directory. */
  get isFullDisk(): boolean {
    return this.code === 'ENOSPC' || this.code === 'EDQUOT';
  }

  /** For the log. */
  get fields(): Readonly<Record<string, string>> {
    return {
      ...(this.code !== '' && { errno: this.code }),
      ...(this.directory !== '' && { directory: this.directory }),
    };
  }
}
