/** The log: JSON lines for machines, one readable line each for a terminal; secrets of ours are taken out, and credentials of anybody's. */

import type { DestinationStream, Logger } from 'pino';
import { pino } from 'pino';
import pretty from 'pino-pretty';
import type { Config } from '../config.ts';
import { redactorOf } from './redactor.ts';

/** `destination` is standard error unless a file is named: standard output belongs to what a command answers. */
export function createLog(config: Pick<Config, 'log' | 'sandbox' | 'secrets'>, file?: string): Logger {
  const sink = pino.destination({ dest: file ?? 2, sync: true, mkdir: true });
  const readable = config.log.format === 'pretty' && file === undefined;
  const target = readable
    ? pretty({ colorize: true, ignore: 'pid,hostname', destination: sink, sync: true })
    : sink;
  // Whoever reads any line of it must know.
  const base = config.sandbox === 'off' ? { sandbox: 'off' } : null;
  return pino({ level: config.log.level, base }, redacted(target, config));
}

function redacted(target: DestinationStream, config: Pick<Config, 'secrets'>): DestinationStream {
  const redactor = redactorOf(config);
  return { write: (line) => target.write(redactor.redactLine(line)) };
}
