/**
 * What GitHub lets an installation do, counted for all processes together. A place is counted from the last moment at which
 * GitHub may have got its request: by then it is answered, or its process is dead and it can come no more. So no span of a
 * minute or an hour holds more requests than its limit, whatever time each took on its way.
 *
 * All times are the database's own: those of several hosts differ.
 */
import { sql } from 'kysely';
import type { AllowanceLimits, GitHubAllowances, Place } from '../core/github-ports.ts';
import type { Database, Session } from './session.ts';

/** A little more than a minute and an hour: timers may ring early. */
const MINUTE_MS = 61_000;
const HOUR_MS = 3_605_000;
/** Places are looked at for an hour. */
const KEPT_MS = 2 * HOUR_MS;
/** First number of the advisory locks on accounts: see `SUBJECT_LOCKS` in `tasks.ts`. */
const PLACE_LOCKS = 29814;

interface Wish {
  readonly account: string;
  readonly content: boolean;
  readonly limits: AllowanceLimits;
  readonly patienceMs: number;
}

export function createAllowances(session: Session): GitHubAllowances {
  return {
    take: (account, wish) => session.change('allowances.take', ({ db }) => take(db, { account, ...wish })),
    over: (place, sent) =>
      session.single('allowances.over', async ({ db }) => {
        const at = sql<Date>`least(at, clock_timestamp())`;
        await (sent
          ? db.updateTable('github_places').set({ at }).where('id', '=', place)
          : db.deleteFrom('github_places').where('id', '=', place)
        ).execute();
      }),
    pause: (account, ms) =>
      session.single('allowances.pause', async ({ db }) => {
        await sql`insert into github_accounts as known (account, paused_until)
          values (${account}, clock_timestamp() + ${span(ms)})
          on conflict (account) do update set paused_until = greatest(known.paused_until, excluded.paused_until)
        `.execute(db);
      }),
    pausedMs: (account) =>
      session.read('allowances.pausedMs', async (db) => {
        const { rows } = await sql<{ ms: number | null }>`
          select ${msUntil(sql`paused_until`)} as ms from github_accounts where account = ${account}`.execute(
          db,
        );
        return Math.max(0, rows[0]?.ms ?? 0);
      }),
  };
}

async function take(db: Database, wish: Wish): Promise<Place> {
  const { account, content, limits, patienceMs } = wish;
  // Whoever comes second waits here; what the next statement then sees is true until the commit. It is no lock on the account's
  // row: a pause is written at once, before all that wait.
  await sql`with turn as materialized (select pg_advisory_xact_lock(${PLACE_LOCKS}::int, hashtext(${account})))
    insert into github_accounts (account) select ${account}::text from turn
    on conflict (account) do nothing`.execute(db);
  const { rows } = await sql<{ id: string | null; wait_ms: number }>`
    with moment as materialized (select clock_timestamp() as now),
    free as materialized (
      select now, greatest(
        now, paused_until, next_write_at,
        ${freeAgain(wish, 'any', limits.writesPerMinute, MINUTE_MS)},
        ${content ? freeAgain(wish, 'content', limits.contentPerMinute, MINUTE_MS) : sql`null`},
        ${content ? freeAgain(wish, 'content', limits.contentPerHour, HOUR_MS) : sql`null`}
      ) as at
      from moment, github_accounts where account = ${account}
    ),
    had as materialized (select at from free where at <= now + ${span(patienceMs)}),
    taken as (
      insert into github_places (account, content, at)
      select ${account}, ${content}::boolean, at + ${span(limits.flightMs)} from had
      returning id
    ),
    forgotten as (
      delete from github_places using moment where account = ${account} and at < now - ${span(KEPT_MS)}
    ),
    spaced as (
      update github_accounts set next_write_at = had.at + ${span(limits.spacingMs)} from had where account = ${account}
    )
    select (select id from taken) as id, ${msUntil(sql`free.at`, sql`free.now`)} as wait_ms from free`.execute(
    db,
  );
  const [row] = rows;
  if (row === undefined) throw new Error(`there is no account ${account}`);
  return { id: row.id, waitMs: Math.max(0, row.wait_ms) };
}

/** When the last of so many places is older than `ms`; null as long as there are fewer. */
function freeAgain({ account }: Wish, which: 'any' | 'content', limit: number, ms: number) {
  const counted = which === 'content' ? sql`and content` : sql``;
  return sql`(
    select at + ${span(ms)} from github_places where account = ${account} ${counted}
    order by at desc offset ${limit - 1} limit 1
  )`;
}

function span(ms: number) {
  return sql`(${ms}::float8 * interval '1 millisecond')`;
}

/** Rounded up. */
function msUntil(moment: ReturnType<typeof sql>, now: ReturnType<typeof sql> = sql`clock_timestamp()`) {
  return sql<number>`ceil(extract(epoch from ${moment} - ${now}) * 1000)::float8`;
}
