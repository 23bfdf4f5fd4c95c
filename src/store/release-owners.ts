/** After a kill: what dead processes held is to be had again, long before their leases would run out. */

import { NO_LEASE } from './lease.ts';
import { leaseOwners } from './lease-owners.ts';
import type { Change, Session } from './session.ts';
import { NOT_HELD, subtaskEvent } from './subtask-changes.ts';

/** Answers how many leases were ended. An effect stays `sending`, its lease run out, so that the next claim is in doubt. */
export async function releaseOwners(
  change: Change,
  session: Session,
  isGone: (owner: string) => boolean,
): Promise<number> {
  const now = session.clock.now();
  const gone = (await leaseOwners(change.db, now)).filter(isGone);
  if (gone.length === 0) return 0;
  const deliveries = await releaseDeliveries(change, gone);
  const subtasks = await releaseSubtasks(change, gone);
  const effects = await releaseEffects(change, gone, now);
  return deliveries + subtasks + effects;
}

async function releaseDeliveries({ db, record }: Change, gone: readonly string[]): Promise<number> {
  const rows = await db
    .updateTable('deliveries')
    .set({ rung_at: null, ...NO_LEASE })
    .where('lease_owner', 'in', [...gone])
    .returning('guid')
    .execute();
  await record(
    rows.map((row) => ({
      actor: 'system',
      type: 'delivery.released',
      taskId: null,
      subject: row.guid,
      data: {},
    })),
  );
  return rows.length;
}

async function releaseSubtasks({ db, record }: Change, gone: readonly string[]): Promise<number> {
  const rows = await db
    .updateTable('subtasks')
    .set((set) => ({ state: 'pending', losses: set('losses', '+', 1), enqueued_at: null, ...NOT_HELD }))
    .where('lease_owner', 'in', [...gone])
    .returningAll()
    .execute();
  await record(
    rows.map((row) => ({
      ...subtaskEvent('released', row, {
        why: 'its worker is gone',
        attempt: row.attempts,
        losses: row.losses,
      }),
      actor: 'system',
    })),
  );
  return rows.length;
}

async function releaseEffects({ db, record }: Change, gone: readonly string[], now: Date): Promise<number> {
  const rows = await db
    .updateTable('effects')
    .set({ lease_until: now, enqueued_at: null })
    .where('lease_owner', 'in', [...gone])
    .where('lease_until', '>', now)
    .returning(['id', 'key', 'task_id'])
    .execute();
  await record(
    rows.map((row) => ({
      actor: 'system',
      type: 'effect.released',
      taskId: row.task_id,
      subject: row.id,
      data: { key: row.key, why: 'its publisher is gone' },
    })),
  );
  return rows.length;
}
