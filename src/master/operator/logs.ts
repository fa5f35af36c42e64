/**
 * Log files: opened again, because they were moved, and rotated. What touched files, the letters of
 * the fifo and reloads ask for.
 */
import { resolve } from 'node:path';

import { renameLog } from '../../base/files/log-file.ts';
import { reasonOf } from '../../base/system-error.ts';
import type { Clocks } from '../../base/clock.ts';
import { openLogOnto, type Logger } from '../../log/logger.ts';
import type { LogWriter } from '../children/log-writer.ts';
import type { Output } from '../children/log-helper.ts';
import type { Daemon } from '../daemon/daemon.ts';
import type { Configurations } from '../settings/configurations.ts';

export interface LogsParts {
  readonly daemon: Daemon;
  readonly logger: Logger;
  readonly configurations: Configurations;
  readonly clocks: Pick<Clocks, 'dateMs'>;
  /** The file that all processes write to; '' where they have none. */
  readonly logFile: string;
  /** The process that writes, where there is one. */
  readonly logWriter: LogWriter | undefined;
  readonly output: Output;
}

export class Logs {
  readonly #parts: LogsParts;

  constructor(parts: LogsParts) {
    this.#parts = parts;
  }

  /** Every process opens its log file anew, so that it can be rotated. */
  reopen(): void {
    const { daemon, logger, logFile, logWriter, output } = this.#parts;
    logWriter?.reopen();
    if (logFile !== '') {
      try {
        logger.reopen(logFile);
        openLogOnto(logFile, 1);
      } catch (error) {
        const sentence =
          `the log ${logFile} cannot be opened again: ${reasonOf(error)}; lines go on to the file ` +
          'that it was, wherever that was moved. Let logrotate make the new file (`create`), or ' +
          'empty the old one (`copytruncate`)';
        logger.error('log.problem', {}, sentence);
      }
    }
    output.reopen();
    daemon.reopenLogs();
  }

  /** The file is renamed, and a new one takes its place. */
  rotate(why: string): void {
    const { logger, logFile, logWriter, configurations, clocks } = this.#parts;
    if (logWriter !== undefined) return logWriter.rotate();
    if (logFile === '') {
      const sentence = `${why}: there is no log file to rotate; logto or a logger names one`;
      return logger.warn('log.problem', {}, sentence);
    }
    const name = configurations.settings['log-backupname'];
    try {
      const backup = renameLog(logFile, name === '' ? '' : resolve(name), clocks.dateMs());
      this.reopen();
      const sentence = `the log ${logFile} was rotated to ${backup}: ${why}`;
      logger.info('log.rotated', { file: logFile, backup }, sentence);
    } catch (error) {
      const sentence = `the log ${logFile} cannot be rotated: ${reasonOf(error)}; lines go on to it`;
      logger.error('log.problem', {}, sentence);
    }
  }
}
