/** Findings that were published, followed from push to push: one row a fingerprint and pull request, whatever becomes of it. */
import { type Insertable, sql } from 'kysely';
import type { FindingStore, NewFinding, PullRequestKey } from '../core/memory-ports.ts';
import type { TrackedFinding } from '../core/review/review-records.ts';
import type { FindingTable, Row } from './schema.ts';
import type { Database, Session } from './session.ts';
import { boundedText, storableJson, storableText, storableTexts } from './storable.ts';

const TITLE_MAX_CHARS = 500;
const CATEGORY_MAX_CHARS = 200;
/** GitHub takes 65,536 characters for a comment. */
const BODY_MAX_CHARS = 65_536;
const REASON_MAX_CHARS = 2_000;

export function createFindingStore(session: Session): FindingStore {
  return {
    ofPull: (of) =>
      session.read('findings.ofPull', async (db) => {
        const rows = await ofPull(db, of).orderBy('position').execute();
        return rows.map(findingOf);
      }),

    get: (of, fingerprint) =>
      session.read('findings.get', async (db) => {
        const row = await ofPull(db, of).where('fingerprint', '=', fingerprint).executeTakeFirst();
        return row === undefined ? null : findingOf(row);
      }),

    raise: (findings, actor) => raise(session, findings, actor),
    settle: (of, fingerprint, how) => settle(session, of, fingerprint, how),
  };
}

function ofPull(db: Database, of: PullRequestKey) {
  return db
    .selectFrom('findings')
    .selectAll()
    .where('repository_id', '=', String(of.repositoryId))
    .where('number', '=', of.number);
}

/** Raising again what is open since the same review changes nothing, and is no event. */
function raise(session: Session, findings: readonly NewFinding[], actor: string): Promise<void> {
  if (findings.length === 0) return Promise.resolve();
  return session.change('findings.raise', async ({ db, record }) => {
    const rows = await db
      .insertInto('findings')
      .values(inLockOrder(await positioned(db, onceEach(findings))))
      .onConflict((conflict) =>
        conflict
          .columns(['repository_id', 'number', 'fingerprint'])
          .doUpdateSet((set) => ({
            task_id: set.ref('excluded.task_id'),
            head_sha: set.ref('excluded.head_sha'),
            roles: set.ref('excluded.roles'),
            path: set.ref('excluded.path'),
            anchor: set.ref('excluded.anchor'),
            severity: set.ref('excluded.severity'),
            category: set.ref('excluded.category'),
            title: set.ref('excluded.title'),
            body: set.ref('excluded.body'),
            state: 'open',
            settled_by: null,
            reason: null,
          }))
          .where((where) =>
            where.or([
              where('findings.state', '<>', 'open'),
              where('findings.task_id', '<>', where.ref('excluded.task_id')),
            ]),
          ),
      )
      .returningAll()
      .execute();
    await record(
      rows.map((row) => findingEvent(row, 'raised', actor, { severity: row.severity, title: row.title })),
    );
  });
}

/** One statement cannot write a row twice: of two alike the later words count, at the place of the first. */
function onceEach(findings: readonly NewFinding[]): readonly NewFinding[] {
  const keyOf = ({ repositoryId, number, fingerprint }: NewFinding) =>
    `${repositoryId}/${number}/${fingerprint}`;
  return [...new Map(findings.map((finding) => [keyOf(finding), finding])).values()];
}

async function positioned(
  db: Database,
  findings: readonly NewFinding[],
): Promise<readonly Insertable<FindingTable>[]> {
  const { rows } = await sql<{ position: string }>`
    select nextval('finding_positions') as position from generate_series(1, ${findings.length}::int)`.execute(
    db,
  );
  return findings.map((finding, index) => {
    const position = rows[index]?.position;
    if (position === undefined) throw new Error('The database gave fewer positions than were asked for.');
    return rowOf(finding, position);
  });
}

function inLockOrder(rows: readonly Insertable<FindingTable>[]): readonly Insertable<FindingTable>[] {
  const keyOf = (row: Insertable<FindingTable>) => `${row.repository_id}/${row.number}/${row.fingerprint}`;
  return rows.toSorted((a, b) => (keyOf(a) < keyOf(b) ? -1 : 1));
}

function settle(
  session: Session,
  of: PullRequestKey,
  fingerprint: string,
  how: Parameters<FindingStore['settle']>[2],
): Promise<boolean> {
  const open = how.state === 'open';
  return session.change('findings.settle', async ({ db, record }) => {
    const row = await db
      .updateTable('findings')
      .set({
        state: how.state,
        settled_by: open ? null : storableText(how.by),
        reason: open ? null : boundedText(how.reason, REASON_MAX_CHARS),
      })
      .where('repository_id', '=', String(of.repositoryId))
      .where('number', '=', of.number)
      .where('fingerprint', '=', fingerprint)
      .where('state', '<>', how.state)
      .returningAll()
      .executeTakeFirst();
    if (row === undefined) return false;
    const reason = boundedText(how.reason, REASON_MAX_CHARS);
    await record([findingEvent(row, open ? 'reopened' : how.state, how.by, { reason })]);
    return true;
  });
}

function findingEvent(
  row: Row<'findings'>,
  what: string,
  actor: string,
  data: Readonly<Record<string, unknown>>,
) {
  return {
    actor,
    type: `finding.${what}`,
    taskId: row.task_id,
    subject: row.fingerprint,
    data: { repositoryId: Number(row.repository_id), number: row.number, path: row.path, ...data },
  };
}

function rowOf(finding: NewFinding, position: string): Insertable<FindingTable> {
  return {
    repository_id: finding.repositoryId,
    number: finding.number,
    fingerprint: finding.fingerprint,
    position,
    task_id: finding.taskId,
    head_sha: finding.headSha,
    roles: storableTexts(finding.roles),
    path: storableText(finding.path),
    anchor: storableJson(finding.anchor),
    severity: finding.severity,
    category: boundedText(finding.category, CATEGORY_MAX_CHARS),
    title: boundedText(finding.title, TITLE_MAX_CHARS),
    body: boundedText(finding.body, BODY_MAX_CHARS),
  };
}

function findingOf(row: Row<'findings'>): TrackedFinding {
  return {
    fingerprint: row.fingerprint,
    repositoryId: Number(row.repository_id),
    number: row.number,
    taskId: row.task_id,
    headSha: row.head_sha,
    roles: row.roles,
    path: row.path,
    anchor: row.anchor,
    severity: row.severity,
    category: row.category,
    title: row.title,
    body: row.body,
    state: row.state,
    settledBy: row.settled_by,
    reason: row.reason,
  };
}
