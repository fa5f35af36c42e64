/**
 * The terminal while a screen is shown on it: its other buffer, raw keys, no cursor. Whatever ends
 * the command, it is given back as it was; only SIGKILL leaves it so, and `reset` mends that.
 */
import { ReadStream } from 'node:tty';

import { terminalSize } from './terminal-size.ts';
import { write } from '../process/write.ts';
import { keysOf, type Key } from './keys.ts';
import { painted, type Colours, type Line } from './line.ts';
import type { Size } from './screen.ts';

/** DEC private modes as xterm has them: the other buffer, the cursor, lines that wrap. */
const ENTER = '\x1b[?1049h\x1b[?25l\x1b[?7l\x1b[2J';
const LEAVE = '\x1b[?7h\x1b[?25h\x1b[?1049l';
const ERASE_REST = '\x1b[K';
/** What every terminal has had since the VT100. */
const usual: Size = { columns: 80, rows: 24 };

export interface TerminalParts {
  readonly colours: Colours;
  readonly onKeys: (keys: readonly Key[]) => void;
  /** It has another size, or shows something else: the screen is to be drawn anew. */
  readonly onResize: () => void;
  /** A signal asks for the end, or the terminal has gone. */
  readonly onEnd: () => void;
}

export class Terminal {
  readonly #parts: TerminalParts;
  readonly #input = new ReadStream(0);
  readonly #signals: Readonly<Partial<Record<NodeJS.Signals, () => void>>>;
  readonly #restore = (): void => this.#leave();
  #isEntered = false;
  /** What each row shows. */
  #shown: readonly string[] = [];

  constructor(parts: TerminalParts) {
    this.#parts = parts;
    const { onKeys, onResize, onEnd } = parts;
    this.#input.setEncoding('utf8');
    this.#input.on('data', (text: string) => onKeys(keysOf(text)));
    this.#input.on('end', onEnd);
    this.#input.on('error', onEnd);
    const again = (): void => {
      this.#shown = [];
      onResize();
    };
    this.#signals = {
      SIGTERM: onEnd,
      SIGHUP: onEnd,
      SIGINT: onEnd,
      SIGQUIT: onEnd,
      SIGWINCH: again,
      SIGTSTP: () => this.suspend(),
      // The shell has had the terminal meanwhile, also where we were stopped from outside.
      SIGCONT: () => {
        this.#leave();
        this.#enter();
        again();
      },
    };
    for (const [name, react] of Object.entries(this.#signals)) process.on(name, react);
    // An exception that nobody has caught ends the process too.
    process.on('exit', this.#restore);
    this.#enter();
  }

  get size(): Size {
    return terminalSize(1) ?? usual;
  }

  /** Writes the rows that are not shown yet: over ssh each byte counts. */
  show(lines: readonly Line[]): void {
    if (!this.#isEntered) return;
    const rows = lines.map((each) => painted(each, this.#parts.colours));
    const changed = rows.flatMap((row, at) => {
      return row === this.#shown[at] ? [] : [`\x1b[${at + 1};1H${row}${ERASE_REST}`];
    });
    this.#shown = rows;
    if (changed.length > 0) write(1, changed.join(''));
  }

  /** The next `show` writes everything: something else has written there. */
  forget(): void {
    this.#shown = [];
    write(1, '\x1b[2J');
  }

  /** Back to the shell, until it sends SIGCONT. */
  suspend(): void {
    this.#leave();
    process.kill(process.pid, 'SIGSTOP');
  }

  close(): void {
    this.#leave();
    process.off('exit', this.#restore);
    for (const [name, react] of Object.entries(this.#signals)) process.off(name, react);
    this.#input.destroy();
  }

  #enter(): void {
    if (this.#isEntered) return;
    this.#isEntered = true;
    this.#shown = [];
    this.#input.setRawMode(true);
    write(1, ENTER);
  }

  #leave(): void {
    if (!this.#isEntered) return;
    this.#isEntered = false;
    // Its end has closed it where the terminal has gone.
    if (!this.#input.destroyed) this.#input.setRawMode(false);
    write(1, LEAVE);
  }
}
