/**
 * `reeve options`: the table, in the form that is asked for.
 */

import { fullHelp } from '../manual/help.ts';
import { defaultsAsIni } from '../manual/ini.ts';
import { optionsAsJson } from '../manual/json.ts';
import { manualOfCommand, manualOfFiles } from '../manual/man.ts';
import { markdownReference } from '../manual/markdown.ts';

export const optionFormats = ['text', 'man', 'man5', 'markdown', 'json', 'ini'] as const;

export type OptionFormat = (typeof optionFormats)[number];

/** The whole table as text. */
export function optionsAs(format: OptionFormat, version: string): string {
  switch (format) {
    case 'text':
      return fullHelp();
    case 'man':
      return manualOfCommand(version);
    case 'man5':
      return manualOfFiles(version);
    case 'markdown':
      return markdownReference();
    case 'json':
      return optionsAsJson();
    case 'ini':
      return defaultsAsIni();
  }
}
