/**
 * What the configuration wants to know of the world. It asks only through this record.
 */

export interface ConfigHost {
  /**
   * The whole text of a file (`-` is standard input), without a byte order mark. Throws
   * OperatorError with a sentence when it is missing, unreadable, too large or not text.
   */
  readText(path: string): string;
  /** The path with links resolved; the path itself where that is not possible. */
  realPath(path: string): string;
  /** The number that the file system gives the file; 0 where it cannot be known. */
  inode(path: string): number;
  exists(path: string): boolean;
  isFile(path: string): boolean;
  isDirectory(path: string): boolean;
  /** The paths that match, sorted. */
  glob(pattern: string): readonly string[];
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly cwd: string;
  readonly hostname: string;
  readonly cores: number;
  readonly uid: number;
  readonly gid: number;
  readonly userName: string;
  readonly groupName: string;
  /** Microseconds since 1970. */
  readonly unixMicroseconds: number;
  /** Path of the executable. */
  readonly binary: string;
  readonly version: string;
  /**
   * Whether systemd has passed sockets: an ini may then name no listener. Undefined means no;
   * a check cannot know.
   */
  readonly sockets?: 'passed' | 'unknown' | undefined;
  /** Whether this reading is for a reload. */
  readonly isReload: boolean;
  /** The unit of systemd that the process runs in, such as reeve@blog.service; '' for none. */
  readonly unit?: string | undefined;
  /** The same world, looked at anew for a reload. */
  forReload(): ConfigHost;
}

/** The environment variable, if it is set; a record of JavaScript has names of its own beside. */
export function variableOf(host: ConfigHost, name: string): string | undefined {
  return Object.hasOwn(host.environment, name) ? host.environment[name] : undefined;
}
