/** For short trials: work that is handed back until later waits less than by the constants of the product. */
import type { TestDatabase } from '../../support/database.ts';

/** Whoever handed it back rings when it would have been due; the sweep, every second then, is there before. */
export async function hurry({ pool }: Pick<TestDatabase, 'pool'>): Promise<void> {
  await pool.query(`
    create function hurry() returns trigger language plpgsql as $$
    begin
      if new.due_at is not null then
        new.due_at := least(new.due_at, clock_timestamp() + interval '200 milliseconds');
      end if;
      return new;
    end
    $$;
    create trigger hurry before update of due_at on subtasks for each row execute function hurry()`);
}
