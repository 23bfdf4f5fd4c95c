import { randomUUID } from 'node:crypto';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import type { EventBus } from '../../src/core/ports.ts';
import type { AuditEvent } from '../../src/core/records.ts';
import type { Store } from '../../src/core/store-ports.ts';
import { createPostgresBus } from '../../src/orchestrator/bus/postgres-bus.ts';
import { createRedisBus } from '../../src/orchestrator/bus/redis-bus.ts';
import { createStore } from '../../src/store/store.ts';
import { systemClock } from '../../src/wire/clock.ts';
import { cuttableLine } from '../support/cuttable-line.ts';
import type { TestDatabase } from '../support/database.ts';
import { testDatabase } from '../support/database.ts';
import { silentLog } from '../support/silent-log.ts';
import type { TestBackend } from './backends.ts';
import { BACKENDS } from './backends.ts';

const SOON = { timeout: 10_000, interval: 20 };

describe.each(BACKENDS)('the live events $title', ({ here, open }) => {
  let backend: TestBackend;
  let database: TestDatabase;
  let store: Store;
  let writer: EventBus;
  const opened: EventBus[] = [];

  beforeAll(async () => {
    if (!here) return;
    backend = await open();
    database = await testDatabase();
    store = createStore({
      pool: database.pool,
      clock: systemClock,
      newId: randomUUID,
      onCommitted: (events) => void writer.publish(events),
    });
    writer = connect();
  });
  afterEach(async () => {
    await Promise.all(opened.splice(0).map((bus) => bus.close()));
  });
  afterAll(async () => {
    await writer?.close();
    await store?.close();
    await database?.drop();
    await backend?.end();
  });

  /** Events of Postgres travel in the database that holds them. */
  const urlOfEvents = () => (backend.connection.kind === 'redis' ? backend.connection.url : database.url);

  function connect(url: string = urlOfEvents(), log = silentLog): EventBus {
    return backend.connection.kind === 'redis'
      ? createRedisBus({ url, log })
      : createPostgresBus({ url, log, after: (seq, limit) => store.events.after(seq, limit) });
  }

  /** A bus of its own, as another process has it, and what it hears of this test's events. */
  async function listen(subject: string, bus: EventBus = connect()) {
    opened.push(bus);
    const heard: AuditEvent[] = [];
    const unsubscribe = await bus.subscribe((event) => {
      if (event.subject === subject) heard.push(event);
    });
    return { heard, unsubscribe, bus };
  }

  const append = (subject: string, number: number, data: Readonly<Record<string, unknown>> = {}) =>
    store.events.append({
      actor: 'mona',
      type: 'task.tried',
      taskId: null,
      subject,
      data: { number, ...data },
    });
  const numbers = (events: readonly AuditEvent[]) => events.map((event) => event.data.number);
  const subjectOfTest = () => `subject-${randomUUID()}`;
  const upTo = (count: number) => Array.from({ length: count }, (_, number) => number);

  it.runIf(here)('reach every subscriber in the order of the commits, whole', async () => {
    const subject = subjectOfTest();
    const [one, other] = await Promise.all([listen(subject), listen(subject)]);

    for (const number of upTo(50)) await append(subject, number);

    await vi.waitFor(() => expect(one.heard).toHaveLength(50), SOON);
    await vi.waitFor(() => expect(other.heard).toHaveLength(50), SOON);
    expect(numbers(one.heard)).toEqual(upTo(50));
    expect(other.heard).toEqual(one.heard);
    expect(one.heard[0]).toEqual({
      seq: expect.any(Number),
      at: expect.any(String),
      actor: 'mona',
      type: 'task.tried',
      taskId: null,
      subject,
      data: { number: 0 },
    });
  });

  it.runIf(here)(
    'are told of a transaction only after its commit, and never of one that failed',
    async () => {
      const subject = subjectOfTest();
      const { heard } = await listen(subject);
      const event = (number: number) => ({
        actor: 'system',
        type: 'task.tried',
        taskId: null,
        subject,
        data: { number },
      });

      await expect(
        store.transaction(async (tx) => {
          await tx.events.append(event(0));
          throw new Error('no');
        }),
      ).rejects.toThrow('no');
      await store.transaction(async (tx) => {
        await tx.events.append(event(1));
        await tx.events.append(event(2));
      });

      await vi.waitFor(() => expect(numbers(heard)).toEqual([1, 2]), SOON);
    },
  );

  it.runIf(here)('carry data of any size, in order', async () => {
    const subject = subjectOfTest();
    const { heard } = await listen(subject);
    const text = 'ü'.repeat(200_000);

    await append(subject, 0);
    await append(subject, 1, { text });
    await append(subject, 2);

    await vi.waitFor(() => expect(numbers(heard)).toEqual([0, 1, 2]), SOON);
    expect(heard[1]?.data).toEqual({ number: 1, text });
  });

  it.runIf(here)(
    'are made good after a lost connection: nothing is missed, not even before the first event',
    async () => {
      const subject = subjectOfTest();
      const line = await cuttableLine(urlOfEvents(), backend.connection.kind === 'redis' ? 6379 : 5432);
      const { heard } = await listen(subject, connect(line.url));

      line.cut();
      await append(subject, 0);
      await append(subject, 1, { text: 'x'.repeat(20_000) });
      line.mend();
      await vi.waitFor(() => expect(heard.map((event) => event.data.number)).toEqual([0, 1]), SOON);
      await append(subject, 2);
      await vi.waitFor(() => expect(new Set(numbers(heard))).toEqual(new Set([0, 1, 2])), SOON);
      line.cut();
      await append(subject, 3);
      line.mend();

      await vi.waitFor(() => expect(new Set(numbers(heard))).toEqual(new Set([0, 1, 2, 3])), SOON);
      await line.close();
    },
  );

  it.runIf(here)(
    'stop at the unsubscription, and a listener that throws takes nothing from the others',
    async () => {
      const subject = subjectOfTest();
      const { heard, bus, unsubscribe } = await listen(subject);
      await bus.subscribe(() => {
        throw new Error('a bad listener');
      });
      const also = await listen(subject, bus);

      await append(subject, 0);
      await vi.waitFor(() => expect(numbers(also.heard)).toEqual([0]), SOON);
      await unsubscribe();
      await append(subject, 1);

      await vi.waitFor(() => expect(numbers(also.heard)).toEqual([0, 1]), SOON);
      expect(numbers(heard)).toEqual([0]);
    },
  );

  it.runIf(here)('are lost quietly when they cannot be published, and subscribing then says so', async () => {
    const warnings: string[] = [];
    const log = { ...silentLog, warn: (_fields: object, message: string) => void warnings.push(message) };
    const line = await cuttableLine(urlOfEvents(), backend.connection.kind === 'redis' ? 6379 : 5432);
    line.cut();
    const bus = connect(line.url, log);
    opened.push(bus);
    const event = { seq: 1, at: '', actor: '', type: 'task.tried', taskId: null, subject: 'x', data: {} };

    await bus.publish([event]);

    expect(warnings).toContain('could not publish events; they stand in Postgres');
    await expect(bus.subscribe(() => {})).rejects.toThrow('The live events cannot be reached.');
    line.mend();
    await vi.waitFor(async () => {
      await bus.subscribe(() => {});
    }, SOON);
    await bus.close();
    await line.close();
  });
});
