import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { startDemo } from '../support/demo-process.ts';
import { endOrphans } from '../support/end-orphans.ts';
import { randomFrom, runSeed } from '../support/random.ts';

/** Together 20 kills, in runs that are killed again and again before they may finish. */
const RUNS = 1;
const KILLS_IN_A_RUN = 20;
const RUN_TIMEOUT_MS = 480_000;
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

describe('a demo that is killed', () => {
  for (let run = 0; run < RUNS; run += 1) {
    const title = `finishes all three stories with nothing twice, run ${run + 1} (CREW_TEST_SEED=${runSeed})`;
    it(title, { timeout: RUN_TIMEOUT_MS }, async () => {
      const random = randomFrom(runSeed + run);
      const moments: number[] = [];
      for (let kill = 0; kill < KILLS_IN_A_RUN; kill += 1) {
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

      expect(status, `killed after ${moments.join(', ')} ms\n${last.output()}`).toBe(0);
      expect(last.output()).toMatch(/✓ All three stories came to their end/);
    });
  }
});
