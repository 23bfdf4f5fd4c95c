/** Looks into a stage from behind: whether anything still moves, and what became of everything when a test waits in vain. */
import { setImmediate as turn } from 'node:timers/promises';
import type { Pool } from 'pg';
import type { GitHub } from '../../demo/github/github.ts';
import type { RunningModel } from '../../demo/model/start-model.ts';

/** States in which a task goes on by itself. */
const MOVING = ['queued', 'planning', 'working', 'verifying', 'publishing'];
const EDIT_INTERVAL_MS = 100;

/**
 * Edits of one comment keep many seconds apart, to stay below GitHub's limits. A test that waits for the last of them must
 * not wait that long: in its database, what is to be shown of a task that does not move is due at once.
 */
export async function shortenEditIntervals(pool: Pool): Promise<void> {
  await pool.query(`
    create function shorten_edit_interval() returns trigger language plpgsql as $$
    begin
      if new.state = 'planned' and new.error is null and not exists (
        select from tasks where id = new.task_id and state in (${MOVING.map((state) => `'${state}'`).join(', ')})
      ) then
        new.due_at := least(new.due_at, clock_timestamp() + interval '${EDIT_INTERVAL_MS} milliseconds');
      end if;
      return new;
    end
    $$;
    create trigger shorten_edit_interval before insert or update on effects
      for each row execute function shorten_edit_interval()`);
}

/** Two looks at the crew with one at GitHub in between: what is on its way from one to the other shows in a difference. */
export async function isQuiet(github: Pick<GitHub, 'idle'>, pool: Pool): Promise<boolean> {
  const before = await look(pool);
  if (before.moving > 0 || !github.idle()) return false;
  await turn();
  const after = await look(pool);
  return after.moving === 0 && github.idle() && after.mark === before.mark;
}

async function look(pool: Pool): Promise<{ readonly moving: number; readonly mark: string }> {
  const { rows } = await pool.query<{ moving: number; mark: string }>(
    `select (select count(*)::int from deliveries where state = 'received')
          + (select count(*)::int from effects where state in ('planned', 'sending'))
          + (select count(*)::int from subtasks where state = 'running')
          + (select count(*)::int from tasks where state = any($1)) as moving,
            concat((select count(*) from deliveries), '/', (select max(seq) from events)) as mark`,
    [MOVING],
  );
  return rows[0] ?? { moving: 1, mark: '' };
}

export async function whatStands(pool: Pool, model: RunningModel): Promise<string> {
  const { rows } = await pool.query<{ line: string }>(
    `select concat(kind, ' on #', subject_number, ' is ', state, ': ', reason) as line from tasks
     union all
     select concat('  ', s.key, ' (', s.role, ') is ', s.state, ': ', r.outcome ->> 'message')
       from subtasks s left join results r on r.subtask_id = s.id where s.state <> 'done'
     union all
     select concat('  effect ', key, ' is ', state, ': ', error) from effects where state <> 'done'
     union all
     select concat('  delivery ', event, ' is ', state, ': ', error) from deliveries where state <> 'handled'`,
  );
  const refused = model.requests().filter(({ status }) => status !== 200);
  return [
    ...rows.map(({ line }) => line),
    ...refused.map(({ role, job, status, error }) => `model, ${role} at ${job}: ${status} ${error}`),
  ].join('\n');
}
