/** What is asked of the crew, and everything that is known of one task. */
import { sql } from 'kysely';
import { type Repository, TASK_ENDS, type Task } from '../core/records.ts';
import type { TaskRecords, TaskStore } from '../core/store-ports.ts';
import { effectsOfTask } from './effects.ts';
import { messagesAfter } from './messages.ts';
import { latestPlan } from './plans.ts';
import { repositoriesById, saveRepository } from './repositories.ts';
import { newestResultsOfTask } from './results.ts';
import type { Row } from './schema.ts';
import type { Database, Session } from './session.ts';
import { spentInMonth } from './spending.ts';
import { storableJson, storableText } from './storable.ts';
import { subtasksOfTask } from './subtasks.ts';
import { moveTask, reopenTask, reviseTask, setTaskBudget } from './task-changes.ts';

/** First number of the advisory locks on issues and pull requests. */
const SUBJECT_LOCKS = 29811;

export function createTaskStore(session: Session): TaskStore {
  return {
    create: (task, actor) => create(session, task, actor),
    get: (id) => session.read('tasks.get', (db) => findTask(db, id)),
    linked: (id) => session.read('tasks.linked', (db) => linked(db, id)),
    lock: (id) => session.read('tasks.lock', (db) => lock(db, id)),
    lockSubject: (repositoryId, number) =>
      session.read('tasks.lockSubject', (db) => lockSubject(db, repositoryId, number)),
    byRequestKey: (key) => session.read('tasks.byRequestKey', (db) => byRequestKey(db, storableText(key))),
    records: (id) => session.read('tasks.records', (db) => records(db, id)),
    onSubject: (repositoryId, number) => onSubject(session, repositoryId, number),
    move: (id, to, why) =>
      session.change('tasks.move', (change) => moveTask(change, session, { id, to, why })),
    reopen: (id, actor, how = {}) =>
      session.change('tasks.reopen', (change) => reopenTask(change, session, { id, actor, ...how })),
    revise: (id, request, actor, how = {}) =>
      session.change('tasks.revise', (change) => reviseTask(change, session, { id, request, actor, ...how })),
    setBudget: (id, budgetUsd, actor) =>
      session.change('tasks.setBudget', (change) => setTaskBudget(change, session, { id, budgetUsd, actor })),
    spentInMonth: (repositoryId) =>
      session.read('tasks.spentInMonth', (db) => spentInMonth(db, session.clock.now(), String(repositoryId))),
    due: (before, limit) => due(session, before, limit),
    list: (filter) => list(session, filter),
  };
}

async function linked(db: Database, id: string): Promise<Task | null> {
  const rows = await db
    .selectFrom('tasks')
    .innerJoin('repositories', 'repositories.id', 'tasks.repository_id')
    .selectAll('tasks')
    .where('tasks.id', '=', id)
    .where('removed_at', 'is', null)
    .where((where) =>
      where.or([where('links_after', 'is', null), where('links_after', '<=', where.ref('tasks.created_at'))]),
    )
    .execute();
  return (await tasksOf(db, rows))[0] ?? null;
}

function create(
  session: Session,
  task: Parameters<TaskStore['create']>[0],
  actor: string,
): ReturnType<TaskStore['create']> {
  const now = session.clock.now();
  return session.change('tasks.create', async (change) => {
    const { db, record } = change;
    const key = storableText(task.requestKey);
    const existing = await byRequestKey(db, key);
    if (existing !== null) return { task: existing, created: false };
    await saveRepository(change, task.repository, { revive: false, now: session.clock.now() });
    const row = await db
      .insertInto('tasks')
      .values({
        id: session.newId(),
        kind: task.kind,
        repository_id: task.repository.id,
        subject_kind: task.subject.kind,
        subject_number: task.subject.number,
        request_key: key,
        requester: storableText(task.requester),
        request: storableJson(task.request),
        budget_usd: task.budgetUsd,
        created_at: now,
        asked_at: task.askedAt ? new Date(task.askedAt) : null,
        updated_at: now,
      })
      .onConflict((conflict) => conflict.column('request_key').doNothing())
      .returningAll()
      .executeTakeFirst();
    if (row === undefined) return { task: await winner(db, key), created: false };
    await record([
      {
        actor,
        type: 'task.created',
        taskId: row.id,
        subject: row.id,
        data: {
          kind: row.kind,
          subject: task.subject,
          requester: row.requester,
          requestKey: key,
          budgetUsd: Number(row.budget_usd),
        },
      },
    ]);
    return { task: taskOf(row, task.repository), created: true };
  });
}

/** The insert waited for another transaction that made the same request a task; that one is committed by now. */
async function winner(db: Database, key: string): Promise<Task> {
  const task = await byRequestKey(db, key);
  if (task === null) throw new Error(`The task of request ${key} is neither new nor stored.`);
  return task;
}

async function byRequestKey(db: Database, key: string): Promise<Task | null> {
  const rows = await db.selectFrom('tasks').selectAll().where('request_key', '=', key).execute();
  return (await tasksOf(db, rows))[0] ?? null;
}

async function findTask(db: Database, id: string): Promise<Task | null> {
  const rows = await db.selectFrom('tasks').selectAll().where('id', '=', id).execute();
  return (await tasksOf(db, rows))[0] ?? null;
}

/** `no key`: records that point to the task can be added meanwhile. */
async function lock(db: Database, id: string): Promise<Task | null> {
  const rows = await db.selectFrom('tasks').selectAll().where('id', '=', id).forNoKeyUpdate().execute();
  return (await tasksOf(db, rows))[0] ?? null;
}

/** In two numbers: the events' locks are of one, and the two kinds never meet. A shared hash only costs waiting. */
async function lockSubject(db: Database, repositoryId: number, number: number): Promise<void> {
  const subject = `${repositoryId}/${number}`;
  await sql`select pg_advisory_xact_lock(${SUBJECT_LOCKS}::int, hashtext(${subject}))`.execute(db);
}

async function records(db: Database, id: string): Promise<TaskRecords | null> {
  const task = await findTask(db, id);
  if (task === null) return null;
  return {
    task,
    plan: await latestPlan(db, id),
    subtasks: await subtasksOfTask(db, id),
    results: await newestResultsOfTask(db, id),
    effects: await effectsOfTask(db, id),
    messages: await messagesAfter(db, id, 0),
  };
}

function onSubject(session: Session, repositoryId: number, number: number): Promise<readonly Task[]> {
  return session.read('tasks.onSubject', async (db) => {
    const rows = await db
      .selectFrom('tasks')
      .selectAll()
      .where('repository_id', '=', String(repositoryId))
      .where('subject_number', '=', number)
      .orderBy('created_at', 'desc')
      .orderBy('id')
      .execute();
    return tasksOf(db, rows);
  });
}

function due(session: Session, before: string, limit: number): Promise<readonly string[]> {
  return session.read('tasks.due', async (db) => {
    const rows = await db
      .with('found', (cte) =>
        cte
          .selectFrom('tasks')
          .select('id')
          .where('state', 'not in', [...TASK_ENDS])
          .where('finished_at', 'is', null)
          .where((where) =>
            where.or([where('looked_at', 'is', null), where('looked_at', '<', new Date(before))]),
          )
          .orderBy('looked_at', (order) => order.asc().nullsFirst())
          .limit(limit)
          .forNoKeyUpdate()
          .skipLocked(),
      )
      .updateTable('tasks')
      .from('found')
      .set({ looked_at: session.clock.now() })
      .whereRef('tasks.id', '=', 'found.id')
      .returning('tasks.id')
      .execute();
    return rows.map((row) => row.id);
  });
}

function list(session: Session, filter: Parameters<TaskStore['list']>[0]): Promise<readonly Task[]> {
  const { repositoryId, open, limit } = filter;
  return session.read('tasks.list', async (db) => {
    const rows = await db
      .selectFrom('tasks')
      .selectAll()
      .$if(repositoryId !== undefined, (query) => query.where('repository_id', '=', String(repositoryId)))
      .$if(open !== undefined, (query) => query.where('finished_at', open ? 'is' : 'is not', null))
      .orderBy('created_at', 'desc')
      .limit(limit)
      .execute();
    return tasksOf(db, rows);
  });
}

async function tasksOf(db: Database, rows: readonly Row<'tasks'>[]): Promise<readonly Task[]> {
  const repositories = await repositoriesById(
    db,
    rows.map((row) => row.repository_id),
  );
  return rows.flatMap((row) => {
    const repository = repositories.get(row.repository_id);
    return repository === undefined ? [] : [taskOf(row, repository)];
  });
}

function taskOf(row: Row<'tasks'>, repository: Repository): Task {
  return {
    id: row.id,
    kind: row.kind,
    repository,
    subject:
      row.subject_kind === 'commit'
        ? { kind: 'commit', number: 0 }
        : { kind: row.subject_kind, number: row.subject_number },
    requestKey: row.request_key,
    requester: row.requester,
    request: row.request,
    state: row.state,
    reason: row.reason,
    budgetUsd: Number(row.budget_usd),
    costUsd: Number(row.cost_usd),
    createdAt: row.created_at.toISOString(),
    askedAt: row.asked_at?.toISOString() ?? null,
    updatedAt: row.updated_at.toISOString(),
    finishedAt: row.finished_at?.toISOString() ?? null,
  };
}
