/** For short trials: work that is handed back, and work whose ring was lost, waits less than by the constants of the product. */
import type { TestDatabase } from '../../support/database.ts';

/** The sweep, every second then, finds it. */
export async function hurry({ pool }: Pick<TestDatabase, 'pool'>): Promise<void> {
  await pool.query(`
    create function hurry() returns trigger language plpgsql as $$
    begin
      new.due_at := least(new.due_at, clock_timestamp() + interval '1 second');
      new.enqueued_at := new.enqueued_at - interval '23 seconds';
      return new;
    end
    $$;
    create trigger hurry before update of due_at, enqueued_at on subtasks for each row execute function hurry()`);
}
