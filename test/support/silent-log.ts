/** A log for tests that do not read it. */
import type { Log } from '../../src/core/ports.ts';

export const silentLog: Log = {
  info() {},
  warn() {},
  error() {},
  debug() {},
  child: () => silentLog,
};
