/** What the gateway is told of responses: which files and pages it sends. */

export interface ResponseSettings {
  readonly errorPages: readonly OwnErrorPage[];
  /** Where the files lie that an application may name in X-Sendfile or X-Accel-Redirect. */
  readonly sendfileRoots: readonly SendfileRoot[];
  readonly staticFiles: StaticFileSettings;
  /** What is added to responses, taken out and collected; null for nothing. */
  readonly headers: HeaderSettings | null;
}

export interface HeaderSettings {
  readonly added: readonly { readonly name: string; readonly value: string }[];
  /** `Connection: close` is among what the operator adds. */
  readonly closes: boolean;
  readonly removed: readonly string[];
  /** Headers that become variables of the access log; one that does not stay is taken out. */
  readonly collected: readonly {
    readonly name: string;
    readonly variable: string;
    readonly stays: boolean;
  }[];
}

/** The statuses that the gateway answers by itself. */
export const errorStatuses = [
  400, 403, 404, 405, 408, 413, 414, 417, 431, 500, 501, 502, 503, 504, 507,
] as const;

/** A page that an operator has written for a status of ours. */
export interface OwnErrorPage {
  readonly status: (typeof errorStatuses)[number];
  readonly contentType: string;
  readonly text: string;
}

export interface SendfileRoot {
  /** The beginning of the paths that stand for it: "/protected"; '' for the files' own paths. */
  readonly prefix: string;
  readonly root: string;
}

export interface StaticMap {
  /** "/static", or "/robots.txt" for a map to a single file; '' for every path. */
  readonly mount: string;
  readonly root: string;
  /** The mount is a part of the file's path: static-map2. */
  readonly keepsMount: boolean;
}

/** When clients may ask again: the first rule of a kind that fits counts. */
export interface ExpiresRule {
  readonly of: 'file' | 'uri' | 'path' | 'type';
  /** A regular expression; of a type the type itself. */
  readonly pattern: string;
  readonly seconds: number;
  readonly since: 'now' | 'modified';
}

export interface StaticFileSettings {
  readonly maps: readonly StaticMap[];
  /** Symbolic links may also lead here. */
  readonly safeRoots: readonly string[];
  /** Names of files that are looked for in a directory. */
  readonly indexes: readonly string[];
  /** Files whose names end like this are left to the application. */
  readonly skippedEndings: readonly string[];
  readonly expires: readonly ExpiresRule[];
  /** Which files are looked for as .gz and .br beside themselves. */
  readonly compressed: {
    readonly all: boolean;
    readonly prefixes: readonly string[];
    readonly endings: readonly string[];
    readonly patterns: readonly string[];
  };
  /** The texts of files in the form of /etc/mime.types, instead of that one. */
  readonly mimeTypes: readonly string[];
  /** Sends the bytes: the gateway, or a front server that finds the path in this header. */
  readonly sentBy: 'gateway' | 'X-Accel-Redirect' | 'X-Sendfile';
}
