/** How the crew watches each pull request: whether reviews are paused there, and the pushes since a person last spoke. */
import { type RawBuilder, sql } from 'kysely';
import type { PullRequestKey, WatchStore } from '../core/memory-ports.ts';
import type { Watch } from '../core/review/review-records.ts';
import type { Row } from './schema.ts';
import type { Change, Session } from './session.ts';
import { storableText } from './storable.ts';

/** More than any number of pushes after which reviews pause; of more, the newest are kept. */
const PUSHED_HEADS_MAX = 100;
const NO_HEADS: RawBuilder<string[]> = sql`'{}'`;

export function createWatchStore(session: Session): WatchStore {
  return {
    get: (of) =>
      session.read('watches.get', async (db) => {
        const row = await db
          .selectFrom('watches')
          .selectAll()
          .where('repository_id', '=', String(of.repositoryId))
          .where('number', '=', of.number)
          .executeTakeFirst();
        return row === undefined ? unwatched(of) : watchOf(row);
      }),

    pause: (of, why, by) => session.change('watches.pause', (change) => pause(change, of, why, by)),
    resume: (of, by) => session.change('watches.resume', (change) => resume(change, of, by)),
    notePush: (of, headSha) =>
      session.change('watches.notePush', (change) => notePush(change, of, storableText(headSha))),
    notePerson: (of) => session.change('watches.notePerson', (change) => notePerson(change, of)),
  };
}

/** A pause that a person asked for takes the place of an automatic one, never the other way round: it lasts longer. */
async function pause(
  { db, record }: Change,
  of: PullRequestKey,
  why: 'asked' | 'automatic',
  by: string,
): Promise<void> {
  const paused = { paused: why, paused_by: storableText(by) };
  const row = await db
    .insertInto('watches')
    .values({ repository_id: of.repositoryId, number: of.number, ...paused })
    .onConflict((conflict) =>
      conflict
        .columns(['repository_id', 'number'])
        .doUpdateSet(paused)
        .where((where) =>
          where.or([
            where('watches.paused', 'is', null),
            where.and([where('watches.paused', '=', 'automatic'), where.val(why === 'asked')]),
          ]),
        ),
    )
    .returning('number')
    .executeTakeFirst();
  if (row !== undefined) await record([watchEvent(of, 'paused', by, { why })]);
}

async function resume({ db, record }: Change, of: PullRequestKey, by: string): Promise<void> {
  const row = await db
    .updateTable('watches')
    .set({ paused: null, paused_by: null, pushed_heads: NO_HEADS })
    .where('repository_id', '=', String(of.repositoryId))
    .where('number', '=', of.number)
    .where((where) => where.or([where('paused', 'is not', null), where('pushed_heads', '<>', NO_HEADS)]))
    .returning('number')
    .executeTakeFirst();
  if (row !== undefined) await record([watchEvent(of, 'resumed', by, {})]);
}

async function notePush({ db, record }: Change, of: PullRequestKey, headSha: string): Promise<void> {
  const row = await db
    .insertInto('watches')
    .values({ repository_id: of.repositoryId, number: of.number, pushed_heads: [headSha] })
    .onConflict((conflict) =>
      conflict
        .columns(['repository_id', 'number'])
        .doUpdateSet({
          pushed_heads: sql`(watches.pushed_heads || ${headSha}::text)[greatest(1, cardinality(watches.pushed_heads) + 2 - ${PUSHED_HEADS_MAX}::int):]`,
        })
        .where(sql<boolean>`${headSha} <> all (watches.pushed_heads)`),
    )
    .returning('number')
    .executeTakeFirst();
  if (row !== undefined) await record([watchEvent(of, 'pushed', 'system', { headSha })]);
}

async function notePerson({ db, record }: Change, of: PullRequestKey): Promise<void> {
  const row = await db
    .updateTable('watches')
    .set({
      paused: sql`nullif(paused, 'automatic')`,
      paused_by: sql`case paused when 'automatic' then null else paused_by end`,
      pushed_heads: NO_HEADS,
    })
    .where('repository_id', '=', String(of.repositoryId))
    .where('number', '=', of.number)
    .where((where) => where.or([where('paused', '=', 'automatic'), where('pushed_heads', '<>', NO_HEADS)]))
    .returning('number')
    .executeTakeFirst();
  if (row !== undefined) await record([watchEvent(of, 'person_spoke', 'system', {})]);
}

function watchEvent(
  { repositoryId, number }: PullRequestKey,
  what: string,
  actor: string,
  data: Readonly<Record<string, unknown>>,
) {
  const subject = `${repositoryId}#${number}`;
  return { actor, type: `watch.${what}`, taskId: null, subject, data: { repositoryId, number, ...data } };
}

function unwatched({ repositoryId, number }: PullRequestKey): Watch {
  return { repositoryId, number, paused: null, pausedBy: null, pushedHeads: [] };
}

function watchOf(row: Row<'watches'>): Watch {
  return {
    repositoryId: Number(row.repository_id),
    number: row.number,
    paused: row.paused,
    pausedBy: row.paused_by,
    pushedHeads: row.pushed_heads,
  };
}
