/**
 * The crew without GitHub: the same store, queues, orchestrator and specialists, over clones on this machine. What
 * differs is joined here: code comes from a local path, a branch is made in a repository of ours, all other effects are settled
 * as soon as they are due.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Logger } from 'pino';
import { createSandbox } from '../../agents/sandbox/sandbox.ts';
import { createWorkspaces } from '../../agents/workspace/workspaces.ts';
import type { Config } from '../../config.ts';
import type { Effect } from '../../core/effect-records.ts';
import { ConfigError } from '../../core/errors.ts';
import type { CloneAccess } from '../../core/github-ports.ts';
import type { Job } from '../../core/ports.ts';
import type { AuditEvent } from '../../core/records.ts';
import type { CheckRunRecord } from '../../core/result-records.ts';
import type { Workspaces } from '../../core/workspace-ports.ts';
import { advance } from '../../orchestrator/advance.ts';
import { followEffect } from '../../orchestrator/follow-effect.ts';
import { createPatience } from '../../orchestrator/patience.ts';
import { sweep } from '../../orchestrator/sweep.ts';
import { advancingOf } from '../advancing.ts';
import { systemClock } from '../clock.ts';
import { type CrewFiles, loadCrewFiles } from '../crew-files.ts';
import { type Foundation, openFoundation } from '../foundation.ts';
import { startSpecialists } from '../specialists.ts';
import { askLocally, type LocalQuestion } from './ask-locally.ts';
import { type CommitCheck, checkCommit } from './check-commit.ts';
import { LOCAL_DEFAULT_BRANCH } from './clone-staging.ts';
import { implementLocally, type LocalWork } from './implement-locally.ts';
import { saveRepository } from './local-repository.ts';
import type { LocalTaskEnd } from './local-task.ts';
import { pushLocally } from './push-locally.ts';
import { type LocalReviewWanted, reviewRange } from './review-range.ts';
import { settleEffect } from './settle-effect.ts';
import { createTemporaryDatabase } from './temporary-database.ts';

/** Any number of tasks at once. One that failed is an answer. */
export interface LocalCrew {
  review(wanted: LocalReviewWanted): Promise<LocalTaskEnd>;
  /** A branch that comes of it stands in the repository of `base`, not in the clone. */
  implement(work: LocalWork): Promise<LocalTaskEnd>;
  ask(question: LocalQuestion): Promise<LocalTaskEnd>;
  /** Runs a command as the crew runs those of agents. */
  check(check: CommitCheck): Promise<CheckRunRecord>;
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
    throw new ConfigError('ANTHROPIC_API_KEY is missing: the specialists ask the model with it.');
  }
  const undo: (() => Promise<unknown>)[] = [];
  const close = async (): Promise<void> => {
    for (const step of undo.splice(0).reverse()) await step();
  };
  try {
    const stateDir = await mkdtemp(join(tmpdir(), 'crew-local-'));
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
  const clones = createClones();
  const hint = 'look at ANTHROPIC_BASE_URL and the network';
  const patience = createPatience({ mostMs: MODEL_PATIENCE_MS, hint, clock: systemClock });
  await startSpecialists(foundation, clones, files, ending, patience);
  const workspaces = await openWorkspaces(foundation, clones);
  consumeSteps(foundation, files, (effect) =>
    pushLocally({ store, workspaces, signal: ending }, effect, clones.gitDirOf(effect.repository.id)),
  );
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
  const roles = [...files.roles.keys()];
  const placed = (gitDir: string, { signal }: { readonly signal: AbortSignal }) => ({
    id: clones.add(gitDir),
    signal: AbortSignal.any([ending, signal]),
  });
  return {
    subscribe: (listener) => bus.subscribe(listener),
    review: (wanted) => reviewRange(foundation, roles, { ...wanted, ...placed(wanted.range.gitDir, wanted) }),
    implement: (work) => implementLocally(foundation, roles, { ...work, ...placed(work.base.gitDir, work) }),
    ask: (asked) => askLocally(foundation, roles, { ...asked, ...placed(asked.base.gitDir, asked) }),
    async check(check) {
      const { id, signal } = placed(check.gitDir, check);
      const of = { id, name: 'checked', defaultBranch: LOCAL_DEFAULT_BRANCH };
      return checkCommit(workspaces, await saveRepository(store, of), { ...check, signal });
    },
  };
}

interface Clones extends CloneAccess {
  /** Answers the number that its repository is known by from now on. */
  add(gitDir: string): number;
  gitDirOf(id: number): string;
}

function createClones(): Clones {
  const dirs: string[] = [];
  const gitDirOf = (id: number): string => {
    const gitDir = dirs[id - 1];
    if (gitDir === undefined) throw new Error(`repository ${id} is not worked on here`);
    return gitDir;
  };
  return {
    add: (gitDir) => dirs.push(gitDir),
    gitDirOf,
    forReading: async ({ id }) => ({ url: pathToFileURL(gitDirOf(id)).href, token: null }),
  };
}

/** Beside those of the specialists: for branches, and for commands that are no agent's. */
async function openWorkspaces(
  { clock, config, log }: Foundation,
  cloneAccess: CloneAccess,
): Promise<Workspaces> {
  const sandbox = await createSandbox({ mode: config.sandbox, path: config.path });
  const root = join(config.stateDir, 'publishing');
  return createWorkspaces({ root, sandbox, cloneAccess, log, clock, path: config.path });
}

function consumeSteps(
  foundation: Foundation,
  files: CrewFiles,
  pushBranch: (effect: Effect) => Promise<string>,
): void {
  const { clock, config, queues, store } = foundation;
  const advancing = advancingOf(foundation, files);
  queues.consume('steps', STEPS_AT_ONCE, async (job: Job) => {
    switch (job.step) {
      case 'advance':
        return advance(advancing, job.taskId);
      case 'publish':
        await settleEffect({ store, owner: config.owner, pushBranch }, job.effectId);
        return followEffect({ store, doorbell: queues, clock }, job.effectId);
      case 'dispatch':
      case 'work':
        throw new Error(`the queue of steps of a local crew holds: ${job.step}`);
    }
  });
}
