/**
 * What agents spend of their task's budget: set aside before each model call, charged after it. The task's row is locked
 * first, so agents that ask at once are answered one after another.
 */
import { canAfford } from '../core/budget.ts';
import { TASK_ENDS } from '../core/records.ts';
import type { Reservation } from '../core/store-ports.ts';
import type { Change, Database, Session } from './session.ts';

interface Held {
  readonly id: string;
  readonly token: number;
}

export async function reserve(
  db: Database,
  { id, token, mostUsd }: Held & { readonly mostUsd: number },
): Promise<Reservation | null> {
  const task = await db
    .selectFrom('tasks')
    .select(['id', 'state', 'budget_usd', 'cost_usd'])
    .where('id', '=', db.selectFrom('subtasks').select('task_id').where('id', '=', id))
    .forNoKeyUpdate()
    .executeTakeFirst();
  if (task === undefined || TASK_ENDS.some((end) => end === task.state)) return null;
  const others = await db
    .selectFrom('subtasks')
    .select((select) => select.fn.sum<string | null>('reserved_usd').as('usd'))
    .where('task_id', '=', task.id)
    .where('id', '<>', id)
    .executeTakeFirst();
  const budgetUsd = Number(task.budget_usd);
  const spentUsd = Number(task.cost_usd);
  const othersUsd = Number(others?.usd ?? 0);
  const granted = canAfford({ budgetUsd, spentUsd: spentUsd + othersUsd, mostUsd });
  const held = await db
    .updateTable('subtasks')
    .set({ reserved_usd: granted ? mostUsd : 0 })
    .where('id', '=', id)
    .where('token', '=', String(token))
    .where('state', '=', 'running')
    .returning('id')
    .executeTakeFirst();
  return held === undefined ? null : { granted, budgetUsd, spentUsd, othersUsd };
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
    .returning(['id', 'cost_usd'])
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
  const data = { key: subtask.key, costUsd, totalUsd: Number(task.cost_usd) };
  await record([{ actor: 'system', type: 'task.charged', taskId: task.id, subject: task.id, data }]);
}
