/**
 * The crew without GitHub: the same store, queues, orchestrator and specialists, over ranges of clones on this machine. What
 * differs is joined here: code comes from a local path, effects are settled as soon as they are due.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Logger } from 'pino';
import type { Config } from '../../config.ts';
import { ConfigError } from '../../core/errors.ts';
import type { Job } from '../../core/ports.ts';
import type { AuditEvent } from '../../core/records.ts';
import { advance } from '../../orchestrator/advance.ts';
import { followEffect } from '../../orchestrator/follow-effect.ts';
import { createPatience } from '../../orchestrator/patience.ts';
import { sweep } from '../../orchestrator/sweep.ts';
import { advancingOf } from '../advancing.ts';
import { systemClock } from '../clock.ts';
import { type CrewFiles, loadCrewFiles } from '../crew-files.ts';
import { type Foundation, openFoundation } from '../foundation.ts';
import { startSpecialists } from '../specialists.ts';
import { type LocalReview, type LocalReviewWanted, reviewRange } from './review-range.ts';
import { settleEffect } from './settle-effect.ts';
import { createTemporaryDatabase } from './temporary-database.ts';

export interface LocalCrew {
  /** Any number at once. A review that failed is an answer. */
  review(wanted: LocalReviewWanted): Promise<LocalReview>;
  subscribe(listener: (event: AuditEvent) => void): Promise<() => Promise<void>>;
  /** Ends all that was started and removes all that was stored. */
  close(): Promise<void>;
}

const STEPS_AT_ONCE = 8;
const SWEEP_MS = 2_000;
const PATIENCE_MS = 5_000;
/** For a model that does not answer: somebody waits at the terminal. With the last try, some two minutes. */
const MODEL_PATIENCE_MS = 90_000;

/** Throws ConfigError for what the operator has to mend; nothing is left behind then. */
export async function openLocalCrew(config: Config, log: Logger): Promise<LocalCrew> {
  if (config.anthropic.apiKey === null) {
    throw new ConfigError('ANTHROPIC_API_KEY is missing: the reviewers ask the model with it.');
  }
  const undo: (() => Promise<unknown>)[] = [];
  const close = async (): Promise<void> => {
    for (const step of undo.splice(0).reverse()) await step();
  };
  try {
    const stateDir = await mkdtemp(join(tmpdir(), 'crew-review-'));
    undo.push(() => rm(stateDir, { recursive: true, force: true }));
    const database = config.databaseUrl === null ? null : await createTemporaryDatabase(config.databaseUrl);
    if (database !== null) undo.push(() => database.drop());
    const databaseUrl = database?.url ?? null;
    // A Redis would share its queues with an installation's workers.
    const own = { ...config, stateDir, databaseUrl, redisUrl: null, app: null, roles: null };
    const foundation = await openFoundation(own, log);
    undo.push(() => foundation.close({ forget: true }));
    const ending = new AbortController();
    undo.push(async () => ending.abort());
    return { ...(await startParts(foundation, ending.signal)), close };
  } catch (error) {
    await close();
    throw error;
  }
}

async function startParts(foundation: Foundation, ending: AbortSignal): Promise<Omit<LocalCrew, 'close'>> {
  const { bus, queues, store, log } = foundation;
  const files = await loadCrewFiles();
  const clones = new Map<number, string>();
  const cloneAccess = {
    async forReading({ id }: { readonly id: number }) {
      const gitDir = clones.get(id);
      if (gitDir === undefined) throw new Error(`repository ${id} is not under review here`);
      return { url: pathToFileURL(gitDir).href, token: null };
    },
  };
  const hint = 'look at ANTHROPIC_BASE_URL and the network';
  const patience = createPatience({ mostMs: MODEL_PATIENCE_MS, hint, clock: systemClock });
  await startSpecialists(foundation, cloneAccess, files, ending, patience);
  consumeSteps(foundation, files);
  void sweep(
    {
      store,
      doorbell: queues,
      clock: systemClock,
      log,
      everyMs: SWEEP_MS,
      patienceMs: PATIENCE_MS,
      clean: () => queues.clean(),
    },
    ending,
  );
  return {
    subscribe: (listener) => bus.subscribe(listener),
    review(wanted) {
      const id = clones.size + 1;
      clones.set(id, wanted.range.gitDir);
      const signal = AbortSignal.any([ending, wanted.signal]);
      return reviewRange(foundation, [...files.roles.keys()], { ...wanted, signal, id });
    },
  };
}

function consumeSteps(foundation: Foundation, files: CrewFiles): void {
  const { clock, config, queues, store } = foundation;
  const advancing = advancingOf(foundation, files);
  queues.consume('steps', STEPS_AT_ONCE, async (job: Job) => {
    switch (job.step) {
      case 'advance':
        return advance(advancing, job.taskId);
      case 'publish':
        await settleEffect({ store, owner: config.owner }, job.effectId);
        return followEffect({ store, doorbell: queues, clock }, job.effectId);
      case 'dispatch':
      case 'work':
        throw new Error(`the queue of steps of a local review holds: ${job.step}`);
    }
  });
}
