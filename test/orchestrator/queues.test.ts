import type { ChildProcess } from 'node:child_process';
import { spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { join } from 'node:path';
import { Redis } from 'ioredis';
import pg from 'pg';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { TransientError } from '../../src/core/errors.ts';
import type { Job } from '../../src/core/ports.ts';
import type { QueueConnection } from '../../src/orchestrator/queue-backend.ts';
import type { QueueOptions, Queues } from '../../src/orchestrator/queues.ts';
import { openQueues } from '../../src/orchestrator/queues.ts';
import { cuttableLine } from '../support/cuttable-line.ts';
import { silentLog } from '../support/silent-log.ts';
import type { TestBackend } from './backends.ts';
import { BACKENDS } from './backends.ts';

const SOON = { timeout: 10_000, interval: 20 };
const LOCK_MS = 1_000;

function workOf(role: string, subtaskId: string = randomUUID()): Extract<Job, { step: 'work' }> {
  return { step: 'work', subtaskId, role };
}

const newRole = () => `role-${randomUUID().slice(0, 8)}`;

describe.each(BACKENDS)('the queues $title', ({ here, open }) => {
  let backend: TestBackend;
  const opened: Queues[] = [];
  const children: ChildProcess[] = [];

  beforeAll(async () => {
    if (here) backend = await open();
  });
  afterEach(async () => {
    for (const child of children.splice(0)) child.kill('SIGKILL');
    await Promise.all(opened.splice(0).map((queues) => queues.close()));
  });
  afterAll(() => backend?.end());

  async function start(options: Partial<QueueOptions> = {}): Promise<Queues> {
    const queues = await openQueues({ connection: backend.connection, log: silentLog, ...options });
    opened.push(queues);
    return queues;
  }

  it.runIf(here)('hand a job that is rung to whoever consumes its role, in another process too', async () => {
    const [ringing, working] = await Promise.all([start(), start()]);
    const role = newRole();
    const job = workOf(role);
    const handled: Job[] = [];
    working.consume(role, 1, async (taken) => void handled.push(taken));

    await ringing.ring([job]);

    await vi.waitFor(() => expect(handled).toEqual([job]), SOON);
  });

  it.runIf(here)('keep the roles apart, and the steps from both', async () => {
    const queues = await start();
    const [left, right] = [newRole(), newRole()];
    const step: Job = { step: 'advance', taskId: randomUUID() };
    const jobs = [workOf(left), workOf(right), workOf(right)];
    const taken = new Map<string, Job[]>([
      [left, []],
      [right, []],
      ['steps', []],
    ]);
    for (const [name, list] of taken) queues.consume(name, 2, async (job) => void list.push(job));

    await queues.ring([...jobs, step]);

    await vi.waitFor(() => expect([...taken.values()].flat()).toHaveLength(4), SOON);
    expect(taken.get(left)).toEqual([jobs[0]]);
    expect(taken.get(right)).toEqual(expect.arrayContaining([jobs[1], jobs[2]]));
    expect(taken.get('steps')).toEqual([step]);
  });

  it.runIf(here)('hold a delayed job back for its time', async () => {
    const queues = await start();
    const role = newRole();
    let handledAt = 0;
    queues.consume(role, 1, async () => {
      handledAt = performance.now();
    });
    const rungAt = performance.now();

    await queues.ring([workOf(role)], { delayMs: 600 });

    await vi.waitFor(() => expect(handledAt).toBeGreaterThan(0), SOON);
    // Due times are whole milliseconds.
    expect(handledAt - rungAt).toBeGreaterThanOrEqual(599);
    expect(handledAt - rungAt).toBeLessThan(5_000);
  });

  it.runIf(here)('ring again after passing trouble, once its time has passed', async () => {
    const queues = await start();
    const role = newRole();
    const times: number[] = [];
    queues.consume(role, 1, async () => {
      times.push(performance.now());
      if (times.length === 1) throw new TransientError('busy', { retryAfterMs: 300 });
    });

    await queues.ring([workOf(role)]);

    await vi.waitFor(() => expect(times).toHaveLength(2), SOON);
    expect((times[1] ?? 0) - (times[0] ?? 0)).toBeGreaterThanOrEqual(299);
  });

  it.runIf(here)('go on after a bug in a handler, log it, and do not ring for that job again', async () => {
    const errors: string[] = [];
    const log = { ...silentLog, error: (_fields: object, message: string) => void errors.push(message) };
    const queues = await start({ log });
    const role = newRole();
    const [bad, good] = [workOf(role), workOf(role)];
    const handled: Job[] = [];
    queues.consume(role, 1, async (job) => {
      handled.push(job);
      if (handled.length === 1) throw new Error('a bug');
    });

    await queues.ring([bad]);
    await vi.waitFor(() => expect(handled).toHaveLength(1), SOON);
    await queues.ring([good]);

    await vi.waitFor(() => expect(handled).toEqual([bad, good]), SOON);
    expect(errors).toEqual(['step failed: a bug']);
  });

  it.runIf(here)('let no more jobs of a queue run at once than asked for', async () => {
    const queues = await start();
    const role = newRole();
    const open = Promise.withResolvers<void>();
    let now = 0;
    let most = 0;
    let done = 0;
    queues.consume(role, 2, async () => {
      now += 1;
      most = Math.max(most, now);
      await open.promise;
      now -= 1;
      done += 1;
    });

    await queues.ring(Array.from({ length: 5 }, () => workOf(role)));
    await vi.waitFor(() => expect(now).toBe(2), SOON);
    open.resolve();

    await vi.waitFor(() => expect(done).toBe(5), SOON);
    expect(most).toBe(2);
  });

  it.runIf(here)('wait for running work when closed', async () => {
    const queues = await start();
    const role = newRole();
    const began = Promise.withResolvers<void>();
    const finish = Promise.withResolvers<void>();
    let ended = false;
    queues.consume(role, 1, async () => {
      began.resolve();
      await finish.promise;
      ended = true;
    });
    await queues.ring([workOf(role)]);
    await began.promise;

    const closed = queues.close().then(() => ended);
    finish.resolve();

    expect(await closed).toBe(true);
  });

  it.runIf(here)('do not wait for ever for work that does not end', async () => {
    const warnings: string[] = [];
    const log = { ...silentLog, warn: (_fields: object, message: string) => void warnings.push(message) };
    const queues = await start({ log, closeTimeoutMs: 200 });
    const role = newRole();
    const began = Promise.withResolvers<void>();
    queues.consume(role, 1, async () => {
      began.resolve();
      await new Promise(() => {});
    });
    await queues.ring([workOf(role)]);
    await began.promise;
    const before = performance.now();

    await queues.close();

    expect(performance.now() - before).toBeLessThan(5_000);
    expect(warnings).toContain('closing while work runs; it is taken up again elsewhere');
  });

  it.runIf(here)('give the job of a process that was killed to another within the lock’s time', async () => {
    const queues = await start({ lockMs: LOCK_MS });
    const role = newRole();
    const job = workOf(role);
    const child = holdJob(role);
    await queues.ring([job]);
    await takenBy(child, job);
    const handled: Job[] = [];
    queues.consume(role, 1, async (taken) => void handled.push(taken));

    child.kill('SIGKILL');
    const killedAt = performance.now();

    await vi.waitFor(() => expect(handled).toEqual([job]), SOON);
    // The lock runs out, one look marks the job, the next one gives it away.
    expect(performance.now() - killedAt).toBeLessThan(4 * LOCK_MS);
  });

  it.runIf(here)('remove finished jobs when cleaned, and only those', async () => {
    const queues = await start({ finishedKeptMs: 1 });
    const [role, other] = [newRole(), newRole()];
    let handled = 0;
    queues.consume(role, 1, async () => {
      handled += 1;
    });
    await queues.ring([workOf(role), workOf(role), workOf(other)]);
    await vi.waitFor(() => expect(handled).toBe(2), SOON);

    await vi.waitFor(async () => {
      await queues.clean();
      expect(await storedJobs(backend, role)).toBe(0);
    }, SOON);
    expect(await storedJobs(backend, other)).toBe(1);
  });

  it.runIf(here)(
    'never fail to ring: without the backend a ring is lost, and all goes on once it is back',
    async () => {
      const warnings: string[] = [];
      const log = { ...silentLog, warn: (_fields: object, message: string) => void warnings.push(message) };
      const line = await cuttableLine(
        backend.connection.url,
        backend.connection.kind === 'redis' ? 6379 : 5432,
      );
      const queues = await start({ log, connection: { ...backend.connection, url: line.url } });
      const role = newRole();
      const handled: Job[] = [];
      queues.consume(role, 1, async (job) => void handled.push(job));
      const [before, during, after] = [workOf(role), workOf(role), workOf(role)];
      await queues.ring([before]);
      await vi.waitFor(() => expect(handled).toEqual([before]), SOON);

      line.cut();
      const cutAt = performance.now();
      await queues.ring([during]);
      expect(performance.now() - cutAt).toBeLessThan(5_000);
      expect(warnings).toContain('could not ring; the sweep will');
      line.mend();

      await vi.waitFor(
        async () => {
          await queues.ring([after]);
          expect(handled).toContainEqual(after);
        },
        { timeout: 20_000, interval: 200 },
      );
      await queues.close();
      await line.close();
    },
  );

  it.runIf(here)('cost a process few connections, however many roles it works for', async () => {
    // A backend of its own: connections of earlier tests may still be ending.
    const own = await open();
    const { connection } = own;
    const others = await connectionsTo(connection);
    const queues = await start({ connection });
    const names = ['steps', ...Array.from({ length: 8 }, newRole)];
    const handled = new Set<string>();
    for (const name of names)
      queues.consume(name, 2, async (job) => void handled.add(job.step === 'work' ? job.role : 'steps'));
    await queues.ring(
      names.map((name) => (name === 'steps' ? { step: 'advance', taskId: 'none' } : workOf(name))),
    );
    await vi.waitFor(() => expect(handled.size).toBe(names.length), SOON);

    // Postgres: queries and LISTEN. Redis: ringing, working, and one for each worker to block on.
    const made = connection.kind === 'postgres' ? 2 : 2 + names.length;
    const added = (await connectionsTo(connection)) - others;
    // One of the others may have ended meanwhile.
    expect(added).toBeGreaterThan(0);
    expect(added).toBeLessThanOrEqual(made);
    await queues.close();
    await own.end();
  });

  function holdJob(role: string): ChildProcess {
    const file = join(import.meta.dirname, 'hold-job.ts');
    const child = spawn(process.execPath, [file, JSON.stringify(backend.connection), role, String(LOCK_MS)], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    children.push(child);
    return child;
  }
});

async function takenBy(child: ChildProcess, job: Job): Promise<void> {
  if (child.stdout === null) throw new Error('the child has no output');
  const [chunk] = await once(child.stdout, 'data');
  expect(String(chunk)).toBe(`took ${JSON.stringify(job)}\n`);
}

async function connectionsTo({ kind, url }: QueueConnection): Promise<number> {
  if (kind === 'postgres') {
    return onPostgres(
      url,
      'select count(*)::int as count from pg_stat_activity where datname = current_database()',
    );
  }
  const client = new Redis(url);
  const list = String(await client.client('LIST'));
  client.disconnect();
  return list.split('\n').filter((line) => line.includes(`db=${new URL(url).pathname.slice(1) || '0'} `))
    .length;
}

async function onPostgres(url: string, query: string, values: readonly string[] = []): Promise<number> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  const { rows } = await client.query(query, [...values]);
  await client.end();
  return Number(rows[0].count);
}

async function storedJobs({ connection }: TestBackend, role: string): Promise<number> {
  if (connection.kind === 'postgres') {
    return onPostgres(connection.url, 'select count(*) as count from crew_queue.job where queue = $1', [
      role,
    ]);
  }
  const client = new Redis(connection.url);
  const keys = await client.keys(`crew:${role}:*`);
  client.disconnect();
  return keys.filter((key) => /:\d+$/.test(key)).length;
}
