/** Everything that the crew and GitHub hold, as text to be compared: what is missing are deliveries, and marks of whoever looks and waits. */
import type { EventStage } from './event-stage.ts';

/** What an observer changes, or a lease that is kept. */
const IN_PASSING = [
  'looked_at',
  'rung_at',
  'enqueued_at',
  'lease_owner',
  'lease_until',
  'token',
  'reserved_usd',
] as const;
const TABLES = [
  'tasks',
  'plans',
  'subtasks',
  'results',
  'effects',
  'messages',
  'findings',
  'watches',
  'asks',
  'memories',
  'repositories',
  'transcripts',
] as const;

/** A line for each row and thing: equal lists mean that nothing happened in between. */
export async function allThatStands(
  { database, github }: Pick<EventStage, 'database' | 'github'>,
  repositories: readonly string[],
): Promise<readonly string[]> {
  const lines: string[] = [];
  for (const table of TABLES) {
    const { rows } = await database.pool.query<{ line: string }>(
      `select '${table} ' || (to_jsonb(t) - $1::text[])::text as line from ${table} t order by 1`,
      [IN_PASSING],
    );
    lines.push(...rows.map(({ line }) => line));
  }
  const { rows } = await database.pool.query<{ line: string }>(
    `select concat('event ', type, ' ', subject, ' ', data) as line from events where type not like 'delivery.%' order by seq`,
  );
  lines.push(...rows.map(({ line }) => line));
  for (const name of repositories) {
    const { deliveries: _, ...snapshot } = await github.snapshot(name);
    for (const [what, things] of Object.entries(snapshot)) {
      const list: readonly unknown[] = Array.isArray(things) ? things : [things];
      lines.push(...list.map((thing) => `${name} ${what} ${JSON.stringify(thing)}`));
    }
  }
  return lines;
}
