import { randomUUID } from 'node:crypto';
import pg from 'pg';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { TransientError, UserError } from '../../src/core/errors.ts';
import type { AuditEvent } from '../../src/core/records.ts';
import { createStore } from '../../src/store/store.ts';
import {
  newSubtask,
  newTask,
  repository,
  storedSubtasks,
  storedTask,
  testClock,
  testStore,
} from './records.ts';

let env: Awaited<ReturnType<typeof testStore>>;
beforeAll(async () => {
  env = await testStore();
  await env.store.repositories.save(repository);
});
afterAll(() => env.drop());

const note = (subject: string) => ({ actor: 'system', type: 'note.made', taskId: null, subject, data: {} });

test('a transaction that fails leaves neither change nor event', async () => {
  const asked = newTask();
  const before = env.committed.length;

  const failing = env.store.transaction(async (tx) => {
    await tx.tasks.create(asked, 'ada');
    await tx.deliveries.add({
      guid: 'rolled-back',
      event: 'ping',
      action: null,
      body: '{}',
      bodyHash: 'x',
      installationId: null,
      repository: null,
    });
    throw new UserError('Changed my mind.');
  });

  await expect(failing).rejects.toThrow(new UserError('Changed my mind.'));
  expect(env.committed).toHaveLength(before);
  expect(await env.store.deliveries.get('rolled-back')).toBeNull();
  expect((await env.store.tasks.create(asked, 'ada')).created).toBe(true);
});

test('the events of a transaction are handed on together, after the commit', async () => {
  const batches: (readonly AuditEvent[])[] = [];
  const stored: unknown[] = [];
  const store = createStore({
    pool: env.pool,
    clock: env.clock,
    newId: randomUUID,
    onCommitted: (events) => {
      batches.push(events);
      stored.push(
        env.pool.query('select count(*)::int as count from events where seq = $1', [events[0]?.seq]),
      );
    },
  });

  const id = await store.transaction(async (tx) => {
    const { task } = await tx.tasks.create(newTask(), 'ada');
    await tx.tasks.move(task.id, 'planning', { reason: null, actor: 'system' });
    expect(batches).toEqual([]);
    return task.id;
  });

  expect(batches.map((events) => events.map((event) => event.type))).toEqual([
    ['task.created', 'task.planning'],
  ]);
  expect(batches[0]).toEqual(await store.events.ofTask(id));
  expect(await Promise.all(stored)).toMatchObject([{ rows: [{ count: 1 }] }]);
});

test.each([
  "update events set actor = 'nobody'",
  'delete from events',
  'delete from events where false',
  'truncate events',
])('the database refuses: %s', async (statement) => {
  await env.store.events.append(note('kept'));

  await expect(env.pool.query(statement)).rejects.toThrow(/append-only/);
});

test('a reader of events never passes by one that is committed late under a smaller number', async () => {
  const late = new pg.Client({ connectionString: env.url });
  await late.connect();
  await late.query('begin');
  const { rows } = await late.query<{ seq: string }>(
    `insert into events (at, actor, type, subject, data) values (now(), 'a', 'late', 's', '{}') returning seq`,
  );
  const lateSeq = Number(rows[0]?.seq);
  await env.store.events.append(note('early'));

  const during = await env.store.events.after(lateSeq - 1, 10);
  await late.query('commit');
  await late.end();

  expect(during).toEqual([]);
  await vi.waitFor(async () => {
    const after = await env.store.events.after(lateSeq - 1, 10);
    expect(after.map((event) => event.type)).toEqual(['late', 'note.made']);
  });
});

test('readers who follow the trail while many write see every event once, in order', async () => {
  const start = Math.max(0, ...(await env.store.events.after(0, 10_000)).map((event) => event.seq));
  const writers = Array.from({ length: 8 }, async (_, writer) => {
    for (let n = 0; n < 25; n += 1) {
      await env.store.transaction(async (tx) => {
        await tx.events.append(note(`follow-${writer}-${n}-a`));
        await tx.events.append(note(`follow-${writer}-${n}-b`));
      });
    }
  });
  const written = Promise.all(writers);

  const seen: AuditEvent[] = [];
  await vi.waitFor(
    async () => {
      seen.push(...(await env.store.events.after(seen.at(-1)?.seq ?? start, 50)));
      expect(seen.filter((event) => event.subject.startsWith('follow-'))).toHaveLength(400);
    },
    { timeout: 20_000, interval: 1 },
  );
  await written;

  expect(new Set(seen.map((event) => event.seq)).size).toBe(seen.length);
  expect(seen.map((event) => event.seq)).toEqual(seen.map((event) => event.seq).toSorted((a, b) => a - b));
});

test('transactions that lock each other out are run again until each has its turn', async () => {
  const [one, two] = [await storedTask(env.store), await storedTask(env.store)];
  const bothHoldOne = Promise.withResolvers<void>();
  let holding = 0;
  let runs = 0;
  const crossing = (first: string, second: string) =>
    env.store.transaction(async (tx) => {
      runs += 1;
      await tx.tasks.lock(first);
      holding += 1;
      if (holding === 2) bothHoldOne.resolve();
      await bothHoldOne.promise;
      await tx.tasks.lock(second);
      await tx.tasks.move(second, 'working', { reason: null, actor: 'system' });
    });

  await Promise.all([crossing(one.id, two.id), crossing(two.id, one.id)]);

  expect(runs).toBe(3);
  for (const { id } of [one, two]) {
    expect((await env.store.events.ofTask(id)).map((event) => event.type)).toEqual([
      'task.created',
      'task.working',
    ]);
  }
});

test('a connection that is cut in the middle of a transaction is passing trouble, and the next one works', async () => {
  const task = await storedTask(env.store);

  const cut = env.store.transaction(async (tx) => {
    await tx.tasks.lock(task.id);
    const admin = new pg.Client({ connectionString: env.url });
    await admin.connect();
    await admin.query(
      `select pg_terminate_backend(pid) from pg_stat_activity
       where datname = current_database() and state = 'idle in transaction'`,
    );
    await admin.end();
    await tx.tasks.move(task.id, 'working', { reason: null, actor: 'system' });
  });

  await expect(cut).rejects.toBeInstanceOf(TransientError);
  expect((await env.store.tasks.get(task.id))?.state).toBe('queued');
});

test('a database that is not there is passing trouble', async () => {
  const pool = new pg.Pool({ connectionString: 'postgres://nobody@127.0.0.1:1/nothing' });
  const store = createStore({ pool, clock: testClock(), newId: randomUUID, onCommitted: () => {} });

  await expect(store.tasks.get('x')).rejects.toBeInstanceOf(TransientError);
  await expect(store.tasks.create(newTask(), 'ada')).rejects.toBeInstanceOf(TransientError);
  await expect(store.ping(1_000)).rejects.toBeInstanceOf(TransientError);
  await store.close();
});

test('ping answers while the database does, and gives up on one that is busy elsewhere', async () => {
  const pool = new pg.Pool({ connectionString: env.url, max: 1 });
  const store = createStore({ pool, clock: testClock(), newId: randomUUID, onCommitted: () => {} });
  await expect(store.ping(5_000)).resolves.toBeUndefined();
  const held = await pool.connect();

  await expect(store.ping(50)).rejects.toThrow(
    new TransientError('The database did not answer within 50 ms.'),
  );
  held.release();
  await store.close();
});

test('a query that PostgreSQL refuses is a bug that names the method', async () => {
  const task = await storedTask(env.store);
  const [id = ''] = await storedSubtasks(env.store, task.id, [newSubtask('S1')]);

  const refused = env.store.subtasks.charge(id, 0, -1);

  await expect(refused).rejects.toMatchObject({
    name: 'QueryError',
    query: 'subtasks.charge',
    message: expect.stringContaining(
      'subtasks.charge: new row for relation "tasks" violates check constraint',
    ),
  });
});
