/** For trials that have no time for it: what is handed back until later waits less than by the constants of the product. */
import type { TestDatabase } from '../../support/database.ts';

/** A subtask is rung for when it would have been due; the sweep, every second then, is there before. */
export async function hurry(
  { pool }: Pick<TestDatabase, 'pool'>,
  { table, ms }: { readonly table: 'subtasks' | 'effects'; readonly ms: number },
): Promise<void> {
  await pool.query(`
    create function hurry() returns trigger language plpgsql as $$
    begin
      if new.due_at is not null then
        new.due_at := least(new.due_at, clock_timestamp() + ${ms} * interval '1 millisecond');
      end if;
      return new;
    end
    $$;
    create trigger hurry before update of due_at on ${table} for each row execute function hurry()`);
}
