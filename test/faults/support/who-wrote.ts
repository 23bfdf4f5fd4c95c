/** Tells who wrote what to the database, by the names of their connections: triggers note it beside the crew's own tables. */
import type { Pool } from 'pg';

/** Columns of a task and of a subtask that say how far it is and whose it is; what it has cost is owed, whoever caused it. */
const STANDING: Readonly<Record<string, string>> = {
  tasks: 'state, reason, finished_at',
  subtasks: 'state, token, lease_owner, lease_until, attempts, losses, setbacks, finished_at',
};
const WHOLE = [
  'deliveries',
  'effects',
  'events',
  'findings',
  'memories',
  'messages',
  'plans',
  'results',
  'transcripts',
  'watches',
];

export async function noteWriters(pool: Pool): Promise<void> {
  await pool.query(`
    create schema noted;
    create table noted.writes (seq bigint generated always as identity primary key, by text not null, what text not null);
    create function noted.note() returns trigger language plpgsql as $$
    begin
      insert into noted.writes (by, what) values (
        current_setting('application_name'),
        case tg_table_name when 'events' then to_jsonb(new) ->> 'type' else lower(tg_op) || ' ' || tg_table_name end
      );
      return null;
    end $$;
  `);
  for (const table of [...WHOLE, ...Object.keys(STANDING)]) {
    const columns = STANDING[table];
    const update = columns === undefined ? 'update' : `update of ${columns}`;
    await pool.query(
      `create trigger note after insert or delete or ${update} on ${table} for each row execute function noted.note()`,
    );
  }
}

/** How far the notes go. */
export async function notedSoFar(pool: Pool): Promise<number> {
  const { rows } = await pool.query<{ seq: string }>('select coalesce(max(seq), 0) as seq from noted.writes');
  return Number(rows[0]?.seq);
}

/** What connections of this name wrote later than that, in its order. */
export async function writtenBy(pool: Pool, by: string, after: number): Promise<readonly string[]> {
  const { rows } = await pool.query<{ what: string }>(
    'select what from noted.writes where by = $1 and seq > $2 order by seq',
    [by, after],
  );
  return rows.map(({ what }) => what);
}
