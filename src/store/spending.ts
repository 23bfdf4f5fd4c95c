/**
 * What agents spend of their task's budget, and of what a month may cost: set aside before each model call, charged after it. The
 * task's row is locked first, so agents that ask at once are answered one after another.
 */
import { sql } from 'kysely';
import { canAfford } from '../core/budget.ts';
import { TASK_ENDS } from '../core/records.ts';
import type { MonthCaps, Reservation } from '../core/store-ports.ts';
import type { Change, Database, Session } from './session.ts';

interface Held {
  readonly id: string;
  readonly token: number;
}

export const NO_CAPS: MonthCaps = { repositoryUsd: null, installationUsd: null };

/** First number of the advisory lock under which all caps of a month are looked at, one reservation after another. */
const MONTH_LOCK = 29812;

export async function reserve(
  db: Database,
  session: Session,
  { id, token, mostUsd, caps }: Held & { readonly mostUsd: number; readonly caps: MonthCaps },
): Promise<Reservation | null> {
  const task = await db
    .selectFrom('tasks')
    .select(['id', 'state', 'budget_usd', 'cost_usd', 'repository_id'])
    .where('id', '=', db.selectFrom('subtasks').select('task_id').where('id', '=', id))
    .forNoKeyUpdate()
    .executeTakeFirst();
  if (task === undefined || TASK_ENDS.some((end) => end === task.state)) return null;
  const rooms: Room[] = [
    {
      limit: 'task',
      budgetUsd: Number(task.budget_usd),
      spentUsd: Number(task.cost_usd),
      othersUsd: await reservedUsd(db, id, { taskId: task.id }),
    },
    ...(await roomsOfMonth(db, session.clock.now(), { id, repositoryId: task.repository_id, caps })),
  ];
  const least = rooms.reduce((a, b) => (roomIn(b) < roomIn(a) ? b : a));
  const { budgetUsd, spentUsd, othersUsd } = least;
  const granted = canAfford({ budgetUsd, spentUsd: spentUsd + othersUsd, mostUsd });
  const held = await db
    .updateTable('subtasks')
    .set({ reserved_usd: granted ? mostUsd : 0 })
    .where('id', '=', id)
    .where('token', '=', String(token))
    .where('state', '=', 'running')
    .returning('id')
    .executeTakeFirst();
  return held === undefined ? null : { granted, ...least };
}

type Room = Omit<Reservation, 'granted'>;

function roomIn({ budgetUsd, spentUsd, othersUsd }: Room): number {
  return budgetUsd - spentUsd - othersUsd;
}

async function roomsOfMonth(
  db: Database,
  now: Date,
  {
    id,
    repositoryId,
    caps,
  }: { readonly id: string; readonly repositoryId: string; readonly caps: MonthCaps },
): Promise<readonly Room[]> {
  if (caps.repositoryUsd === null && caps.installationUsd === null) return [];
  await sql`select pg_advisory_xact_lock(${MONTH_LOCK}::int, 0)`.execute(db);
  const rooms: Room[] = [];
  if (caps.repositoryUsd !== null) {
    rooms.push({
      limit: 'repository_month',
      budgetUsd: caps.repositoryUsd,
      spentUsd: await spentInMonth(db, now, repositoryId),
      othersUsd: await reservedUsd(db, id, { repositoryId }),
    });
  }
  if (caps.installationUsd !== null) {
    rooms.push({
      limit: 'installation_month',
      budgetUsd: caps.installationUsd,
      spentUsd: await spentInMonth(db, now, null),
      othersUsd: await reservedUsd(db, id, {}),
    });
  }
  return rooms;
}

/** What is set aside for calls of other subtasks that run now. */
async function reservedUsd(
  db: Database,
  id: string,
  of: { readonly taskId?: string; readonly repositoryId?: string },
): Promise<number> {
  const { taskId, repositoryId } = of;
  const found = await db
    .selectFrom('subtasks')
    .innerJoin('tasks', 'tasks.id', 'subtasks.task_id')
    .select((select) => select.fn.sum<string | null>('reserved_usd').as('usd'))
    .where('subtasks.id', '<>', id)
    .where('reserved_usd', '>', '0')
    .$if(taskId !== undefined, (query) => query.where('tasks.id', '=', taskId ?? ''))
    .$if(repositoryId !== undefined, (query) => query.where('tasks.repository_id', '=', repositoryId ?? ''))
    .executeTakeFirst();
  return Number(found?.usd ?? 0);
}

/** Of one repository, or of all. */
export async function spentInMonth(db: Database, now: Date, repositoryId: string | null): Promise<number> {
  const found = await db
    .selectFrom('spending')
    .select((select) => select.fn.sum<string | null>('cost_usd').as('usd'))
    .where('month', '=', sql<Date>`${monthOf(now)}::date`)
    .$if(repositoryId !== null, (query) => query.where('repository_id', '=', repositoryId ?? ''))
    .executeTakeFirst();
  return Number(found?.usd ?? 0);
}

/** Its first day, UTC. */
function monthOf(now: Date): string {
  return `${now.toISOString().slice(0, 7)}-01`;
}

/** What was set aside for the call is the task's again, unless another holder has set it aside for a call of its own. */
export async function charge(
  { db, record }: Change,
  session: Session,
  { id, token, costUsd }: Held & { readonly costUsd: number },
): Promise<void> {
  const task = await db
    .updateTable('tasks')
    .set((set) => ({ cost_usd: set('cost_usd', '+', String(costUsd)), updated_at: session.clock.now() }))
    .where('id', '=', db.selectFrom('subtasks').select('task_id').where('id', '=', id))
    .returning(['id', 'cost_usd', 'repository_id'])
    .executeTakeFirst();
  if (task === undefined) throw new Error(`There is no subtask ${id} to charge.`);
  const subtask = await db
    .updateTable('subtasks')
    .set((set) => ({
      cost_usd: set('cost_usd', '+', String(costUsd)),
      reserved_usd: set
        .case()
        .when('token', '=', String(token))
        .then('0')
        .else(set.ref('reserved_usd'))
        .end(),
    }))
    .where('id', '=', id)
    .returning('key')
    .executeTakeFirstOrThrow();
  if (costUsd > 0) {
    await db
      .insertInto('spending')
      .values({
        repository_id: task.repository_id,
        month: monthOf(session.clock.now()),
        cost_usd: String(costUsd),
      })
      .onConflict((conflict) =>
        conflict
          .columns(['repository_id', 'month'])
          .doUpdateSet((set) => ({ cost_usd: sql`${set.ref('spending.cost_usd')} + excluded.cost_usd` })),
      )
      .execute();
  }
  const data = { key: subtask.key, costUsd, totalUsd: Number(task.cost_usd) };
  await record([{ actor: 'system', type: 'task.charged', taskId: task.id, subject: task.id, data }]);
}
