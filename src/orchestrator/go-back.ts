/**
 * What follows when patches do not fit together: the one that does not goes back to its specialist, and whoever met it waits, in one
 * transaction. Answers how the task ends when nobody is left to settle it.
 */
import type { ConflictError } from '../core/errors.ts';
import { settingOf } from '../core/implement/setbacks.ts';
import type { LiveUrl } from '../core/live-link.ts';
import type { Clock, Doorbell } from '../core/ports.ts';
import type { Outcome } from '../core/result-records.ts';
import type { Role } from '../core/roles.ts';
import type { Store, TaskRecords } from '../core/store-ports.ts';
import type { Claimed } from './keep-lease.ts';
import { ringAll } from './ring-effects.ts';
import { showProgress } from './show-progress.ts';

export interface GoBackOptions {
  readonly store: Store;
  readonly doorbell: Doorbell;
  readonly clock: Clock;
  readonly liveUrl?: LiveUrl;
  readonly roles: readonly Role[];
}

type Failed = Extract<Outcome, { kind: 'failed' }>;

/** `seen`: the records by which `waiting` was put together. Null: it waits, or its lease is gone. */
export async function goBack(
  options: GoBackOptions,
  { waiting, seen, conflict }: Met,
): Promise<Failed | null> {
  const { store, doorbell, clock, roles } = options;
  const { rings, failed } = await store.transaction(async (tx) => {
    await tx.tasks.lock(waiting.taskId);
    const now = await tx.tasks.records(waiting.taskId);
    if (now === null) return { rings: [], failed: null };
    const setting = settingOf(conflict, { seen, now }, { roles, at: clock.now().toISOString() });
    if (setting.kind === 'fail') {
      const failure: Failed = { kind: 'failed', cause: 'conflict', message: setting.message };
      return { rings: [], failed: failure };
    }
    const released = await tx.subtasks.release(waiting.id, waiting.lease.token, conflict.message);
    if (!released) return { rings: [], failed: null };
    if (setting.kind === 'set_back') await tx.subtasks.setBack(waiting.taskId, setting.key, setting);
    return { rings: await showProgress(tx, waiting.taskId, options), failed: null };
  });
  if (failed !== null) return failed;
  await doorbell.ring([{ step: 'advance', taskId: waiting.taskId }]);
  await ringAll(doorbell, rings);
  return null;
}

interface Met {
  readonly waiting: Claimed;
  readonly seen: TaskRecords;
  readonly conflict: ConflictError;
}
