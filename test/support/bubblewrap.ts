/** Whether there is a sandbox here; tests that need one are skipped by name where there is none. */
import { existsSync } from 'node:fs';

export const hasBubblewrap = ['/usr/bin/bwrap', '/usr/local/bin/bwrap', '/bin/bwrap'].some(existsSync);

/** For the title of what is skipped. */
export const BUBBLEWRAP_MISSING = hasBubblewrap
  ? ''
  : ' (skipped: no bubblewrap here; apt-get install bubblewrap socat ripgrep)';
