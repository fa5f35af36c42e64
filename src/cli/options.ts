/**
 * `reeve options`: the tables, in the form that is asked for.
 */

import { bashCompletion } from '../manual/completion-bash.ts';
import { fishCompletion } from '../manual/completion-fish.ts';
import { zshCompletion } from '../manual/completion-zsh.ts';
import { fullHelp } from '../manual/help.ts';
import { defaultsAsIni } from '../manual/ini.ts';
import { optionsAsJson } from '../manual/json.ts';
import { manualOfCommand } from '../manual/man-command.ts';
import { manualOfFiles } from '../manual/man-files.ts';
import { manualOfSystemd } from '../manual/man-systemd.ts';
import { markdownReference } from '../manual/markdown.ts';

import type { Release } from '../manual/roff.ts';
import type { OptionFormat } from '../tables/commands.ts';

/** The whole text. */
export function optionsAs(format: OptionFormat, release: Release): string {
  switch (format) {
    case 'text':
      return fullHelp();
    case 'man':
      return manualOfCommand(release);
    case 'man5':
      return manualOfFiles(release);
    case 'man7':
      return manualOfSystemd(release);
    case 'markdown':
      return markdownReference();
    case 'json':
      return optionsAsJson();
    case 'ini':
      return defaultsAsIni();
    case 'bash':
      return bashCompletion();
    case 'zsh':
      return zshCompletion();
    case 'fish':
      return fishCompletion();
  }
}
