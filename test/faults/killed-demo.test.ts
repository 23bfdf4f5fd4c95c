/** The demo with nothing but npm and git, killed again and again before it may finish. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { afterEach, beforeEach, expect } from 'vitest';
import { startDemo } from '../support/demo-process.ts';
import { endOrphans } from '../support/end-orphans.ts';
import { trial } from './trial.ts';

/** From the first line of the demo; a start that is not interrupted gets the stories going well before the later one. */
const EARLIEST_MS = 300;
const LATEST_MS = 9_000;

let stateDir: string;
beforeEach(async () => {
  stateDir = await mkdtemp(join(tmpdir(), 'crew-kill-'));
});
afterEach(async () => {
  await endOrphans(stateDir);
  await rm(stateDir, { recursive: true, force: true });
});

trial(
  'a demo that is killed finishes all three stories with nothing twice',
  { full: { kills: 20 }, short: { kills: 3 }, minutes: { short: 8 } },
  async ({ size, random, count }) => {
    const moments: number[] = [];
    for (let kill = 0; kill < size.kills; kill += 1) {
      const demo = startDemo(stateDir);
      const momentMs = random.between(EARLIEST_MS, LATEST_MS);
      const finished = await Promise.race([demo.ended, delay(momentMs, 'alive' as const)]);
      if (finished !== 'alive') break;
      demo.kill();
      await demo.ended;
      moments.push(momentMs);
    }

    const last = startDemo(stateDir);
    const status = await last.ended;

    count({ kills: moments.length, 'exit status': String(status) });
    expect(status, `killed after ${moments.join(', ')} ms\n${last.output()}`).toBe(0);
    expect(last.output()).toMatch(/✓ All three stories came to their end/);
  },
);
