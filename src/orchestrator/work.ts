/**
 * A worker's side of a subtask: take the lease, keep it, do the job, store the result under the lease's token. Whoever has
 * lost the lease stops at once and can write nothing; the races that remain are settled by the token in the store.
 */

import type { AgentRunner } from '../core/agent-ports.ts';
import { noUsage } from '../core/budget.ts';
import {
  ConflictError,
  errorMessage,
  LeaseLostError,
  RunEndedError,
  TransientError,
  UserError,
} from '../core/errors.ts';
import type { LiveUrl } from '../core/live-link.ts';
import type { Doorbell, Embedder, Log, Probe } from '../core/ports.ts';
import type { Outcome, Result } from '../core/result-records.ts';
import type { Role } from '../core/roles.ts';
import type { SpendingLimits } from '../core/spending-limits.ts';
import type { TaskRecords } from '../core/store-ports.ts';
import type { Workspaces } from '../core/workspace-ports.ts';
import type { Spent } from './agent-hooks.ts';
import { agentHooks } from './agent-hooks.ts';
import { agentJob } from './agent-job.ts';
import { goBack } from './go-back.ts';
import { type Isolation, isDangerous, type Leave } from './isolation.ts';
import type { Claimed, KeepLeaseOptions } from './keep-lease.ts';
import { keepLease } from './keep-lease.ts';
import type { Patience } from './patience.ts';
import { ringAll } from './ring-effects.ts';
import { showProgress } from './show-progress.ts';
import { smoke } from './smoke.ts';
import { survey } from './survey.ts';
import { verify } from './verify.ts';

export interface WorkOptions extends KeepLeaseOptions {
  readonly doorbell: Doorbell;
  readonly agents: AgentRunner;
  readonly workspaces: Workspaces;
  /** Asks deployments. */
  readonly probe: Probe;
  readonly roles: readonly Role[];
  /** Of all that this process works on. */
  readonly isolation: Isolation;
  /** Finds the memories that match a pull request. */
  readonly embedder: Embedder;
  readonly redact: (text: string) => Promise<string>;
  /** Where somebody waits for the answer; left out, trouble counts as lasting after many tries. */
  readonly patience?: Patience;
  /** What the operator allows to be spent. */
  readonly limits?: SpendingLimits;
  readonly liveUrl?: LiveUrl;
  /** `<host>/<pid>/<start id>` of this process. */
  readonly owner: string;
}

type Ended = Pick<Result, 'outcome' | 'usage' | 'costUsd' | 'durationMs'>;

/** Times that a subtask is taken up before passing trouble counts as lasting. */
const TRIES_MAX = 20;
const RETRY_FIRST_MS = 5_000;
const RETRY_MOST_MS = 30_000;
/** The longest wait that is taken from whoever asks for one. */
const RETRY_WAIT_MAX_MS = 24 * 3_600_000;

/** Throws TransientError when the subtask should be rung for again after its delay. */
export async function work(options: WorkOptions, subtaskId: string): Promise<void> {
  const alone = await isKnownDangerous(options, subtaskId);
  // Not claimed by who has to wait here: another process may have room, and what waits is not lost with this one.
  const leave = await enter(options, alone);
  try {
    const claimed = await options.store.subtasks.claim(subtaskId, options.owner, options.leaseMs);
    if (claimed === null) return await ringIfFailed(options, subtaskId);
    const log = options.log.child({ taskId: claimed.taskId, subtask: claimed.key, role: claimed.role });
    const lease = keepLease(options, claimed);
    try {
      if (isDangerous(claimed)) {
        if (!alone) throw new TransientError('Workers died under it just now.', { retryAfterMs: 0 });
        log.warn({ losses: claimed.losses }, 'workers died under this subtask: it runs alone here');
      }
      await run(options, claimed, lease.signal, log);
    } catch (error) {
      // Whatever failed once the signal aborted failed for its reason.
      await handBack(options, claimed, lease.signal.aborted ? lease.signal.reason : error, log);
    } finally {
      lease.stop();
    }
  } finally {
    leave();
  }
}

/** A lease that ran out counts as lost with the next claim. */
async function isKnownDangerous({ store, clock }: WorkOptions, subtaskId: string): Promise<boolean> {
  const subtask = await store.subtasks.get(subtaskId);
  if (subtask === null) return false;
  const { lease, losses } = subtask;
  const isLost = lease !== null && Date.parse(lease.until) < clock.now().getTime();
  return isDangerous({ losses: losses + (isLost ? 1 : 0) });
}

async function enter({ isolation, shutdown }: WorkOptions, alone: boolean): Promise<Leave> {
  try {
    return await (alone ? isolation.alone(shutdown) : isolation.beside(shutdown));
  } catch (error) {
    throw new TransientError('The worker is shutting down.', { cause: error, retryAfterMs: 0 });
  }
}

async function run(options: WorkOptions, claimed: Claimed, signal: AbortSignal, log: Log): Promise<void> {
  const { clock, store } = options;
  const startedMs = clock.now().getTime();
  await tellStart(options, claimed.taskId);
  const records = await store.tasks.records(claimed.taskId);
  if (records === null) throw new LeaseLostError(`the task of ${claimed.key} is gone`);
  log.info({ attempt: claimed.attempts }, 'subtask started');
  const spent: Spent = { usage: noUsage(null), costUsd: 0 };
  const attempt = () => perform(options, { records, claimed, signal }, spent);
  const outcome = await outcomeOf(attempt, { ...options, claimed, records, log });
  if (outcome === null) return;
  signal.throwIfAborted();
  const durationMs = clock.now().getTime() - startedMs;
  await finish(options, claimed, { outcome, ...spent, durationMs }, log);
  log.info({ outcome: outcome.kind, costUsd: spent.costUsd, durationMs }, 'subtask ended');
}

/** A claim can end the subtask instead (its workers died too often): then the task must hear of it. */
async function ringIfFailed({ store, doorbell }: WorkOptions, subtaskId: string): Promise<void> {
  const subtask = await store.subtasks.get(subtaskId);
  if (subtask?.state === 'failed') await doorbell.ring([{ step: 'advance', taskId: subtask.taskId }]);
}

interface Run {
  readonly records: TaskRecords;
  readonly claimed: Claimed;
  readonly signal: AbortSignal;
}

async function perform(options: WorkOptions, run: Run, spent: Spent): Promise<Outcome> {
  const { records, claimed, signal } = run;
  if (claimed.kind === 'survey') return survey(options, records, claimed, signal);
  if (claimed.kind === 'verify') return verify(options, records, claimed, signal);
  if (claimed.kind === 'smoke') return smoke(options, records, signal);
  const { store, doorbell, roles, clock, redact, limits } = options;
  const job = agentJob(records, claimed);
  const hooks = agentHooks(
    { store, doorbell, roles, job, subtask: claimed, signal, clock, redact, ...(limits && { limits }) },
    spent,
  );
  const { outcome } = await options.agents.run(job, {
    ...hooks,
    async afterTurn(usage, costUsd) {
      options.patience?.answered();
      await hooks.afterTurn(usage, costUsd);
    },
  });
  return outcome;
}

/** Failures become outcomes, which are shown; what only passes or is no longer ours is thrown on. Null: other work goes back first. */
async function outcomeOf(
  perform: () => Promise<Outcome>,
  { claimed, records, log, ...options }: WorkOptions & Omit<Run, 'signal'>,
): Promise<Outcome | null> {
  const { patience } = options;
  try {
    return await perform();
  } catch (error) {
    if (error instanceof LeaseLostError) throw error;
    if (error instanceof TransientError) {
      const message = patience === undefined ? lasting(error, claimed) : patience.givesUp(error);
      if (message === null) throw error;
      return { kind: 'failed', cause: 'limit_reached', message };
    }
    if (error instanceof RunEndedError)
      return { kind: 'failed', cause: error.failure, message: error.message };
    if (error instanceof ConflictError) {
      log.info({ conflictOf: error.subtaskKey, files: error.files }, 'work does not fit together');
      return goBack(options, { waiting: claimed, seen: records, conflict: error });
    }
    if (error instanceof UserError) return { kind: 'failed', cause: 'workspace', message: error.message };
    log.error({ err: error }, 'a bug ended the subtask');
    return internalFailure(error);
  }
}

function lasting({ message, triesMax }: TransientError, { attempts }: Claimed): string | null {
  return attempts < (triesMax ?? TRIES_MAX)
    ? null
    : `It was tried ${attempts} times. The last time: ${message}`;
}

function internalFailure(error: unknown): Outcome {
  const message = `An internal error ended this subtask: ${errorMessage(error)}`;
  return { kind: 'failed', cause: 'internal', message };
}

/** What the store refuses for good (a patch that is too large, say) ends the subtask as well: trying again would cost the same again. */
async function finish(options: WorkOptions, claimed: Claimed, ended: Ended, log: Log): Promise<void> {
  try {
    await storeResult(options, claimed, ended);
  } catch (error) {
    if (error instanceof LeaseLostError || error instanceof TransientError) throw error;
    log.error({ err: error }, 'the result could not be stored');
    await storeResult(options, claimed, { ...ended, outcome: internalFailure(error) });
  }
}

/** The result and what people are shown of it, in one transaction. The task is locked first, as everywhere. */
async function storeResult(options: WorkOptions, claimed: Claimed, ended: Ended): Promise<void> {
  const rings = await options.store.transaction(async (tx) => {
    await tx.tasks.lock(claimed.taskId);
    if (!(await tx.subtasks.finish(claimed.id, claimed.lease.token, ended))) {
      throw new LeaseLostError(`${claimed.key} was taken over before its result could be stored`);
    }
    return showProgress(tx, claimed.taskId, options);
  });
  await options.doorbell.ring([{ step: 'advance', taskId: claimed.taskId }]);
  await ringAll(options.doorbell, rings);
}

async function tellStart(options: WorkOptions, taskId: string): Promise<void> {
  const rings = await options.store.transaction(async (tx) => {
    await tx.tasks.lock(taskId);
    return showProgress(tx, taskId, options);
  });
  await ringAll(options.doorbell, rings);
}

/** A lost lease is the new holder's business. Otherwise the lease is given back, so that nobody waits for it to run out. */
async function handBack(options: WorkOptions, claimed: Claimed, error: unknown, log: Log): Promise<void> {
  if (error instanceof LeaseLostError) {
    log.warn({ reason: error.message }, 'the lease is gone; what this worker did does not count');
    return;
  }
  const waitMs = error instanceof TransientError ? retryDelay(error, claimed) : null;
  const dueAt = waitMs === null ? [] : [new Date(options.clock.now().getTime() + waitMs).toISOString()];
  try {
    await options.store.transaction(async (tx) => {
      const why = errorMessage(error);
      const released = await tx.subtasks.release(claimed.id, claimed.lease.token, why, ...dueAt);
      // Rung by whoever handles the error below: the sweep need not, for a while.
      if (released) await tx.subtasks.rung([claimed.id]);
    });
  } catch (failure) {
    log.warn({ err: failure }, 'could not give the lease back; it runs out');
  }
  if (waitMs === null) throw error;
  throw new TransientError(errorMessage(error), { cause: error, retryAfterMs: waitMs });
}

function retryDelay({ retryAfterMs }: TransientError, { attempts }: Claimed): number {
  const ownMs = Math.min(RETRY_FIRST_MS * 2 ** (attempts - 1), RETRY_MOST_MS);
  return Math.min(retryAfterMs ?? ownMs, RETRY_WAIT_MAX_MS);
}
