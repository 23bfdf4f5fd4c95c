import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { TransientError } from '../../src/core/errors.ts';
import type { Job } from '../../src/core/ports.ts';
import type { Task } from '../../src/core/records.ts';
import type { Store } from '../../src/core/store-ports.ts';
import type { Workspaces } from '../../src/core/workspace-ports.ts';
import { work } from '../../src/orchestrator/work.ts';
import type { Agent, TestCrew } from './crew.ts';
import { LEASE_MS, patch, testCrew } from './crew.ts';
import { approvedTask, progressOf, stateOf } from './issue-steps.ts';

let crew: TestCrew;

beforeEach(async () => {
  crew = await testCrew();
});
afterEach(() => crew.end());

const subtaskOf = async (task: Task, job: Job) =>
  (await crew.records(task)).subtasks.find(({ id }) => job.step === 'work' && id === job.subtaskId);

/** An agent that goes on until its lease is gone. */
function endlessAgent() {
  const began = Promise.withResolvers<void>();
  const agent: Agent = async (_job, hooks) => {
    await hooks.beforeTurn();
    began.resolve();
    await new Promise((resolve) => hooks.signal.addEventListener('abort', resolve));
    throw hooks.signal.reason;
  };
  return { agent, began: began.promise };
}

describe('a worker', () => {
  it('stores the result and what people see of it together or not at all', async () => {
    const task = await approvedTask(crew);
    const job = await crew.next('work');
    if (job.step !== 'work') throw new Error('no work');
    let transactions = 0;
    const store: Store = {
      ...crew.store,
      // The first is the start, the second the end, the third gives the lease back.
      transaction: (body) =>
        crew.store.transaction(async (tx) => {
          transactions += 1;
          const fails = transactions === 2;
          const answer = await body(tx);
          if (fails) throw new TransientError('the connection was lost before the commit');
          return answer;
        }),
    };

    await expect(work({ ...crew.working, store }, job.subtaskId)).rejects.toThrow(TransientError);

    const { subtasks, results } = await crew.records(task);
    expect(subtasks.find(({ key }) => key === 'S1')?.state).toBe('pending');
    expect(results).toHaveLength(1);
    expect(await progressOf(crew, task)).toContain('S1: Serve favourites over the API (database, running)');
    crew.clock.pass(5_000);
    await crew.handle(job);
    expect(await progressOf(crew, task)).toContain('S1: Serve favourites over the API (database, done');
  });

  it('ends the run within a second of a stop, and its result is not stored', async () => {
    const { agent, began } = endlessAgent();
    crew.agents.set('S1', agent);
    const task = await approvedTask(crew);
    const running = crew.handle(await crew.next('work'));
    await began;

    await crew.stop(task);
    const stoppedAt = performance.now();
    await running;

    expect(performance.now() - stoppedAt).toBeLessThan(1_000);
    await crew.settle();
    const { task: ended, subtasks, results } = await crew.records(task);
    expect(ended).toMatchObject({ state: 'stopped', reason: 'Stopped by mona.' });
    expect(subtasks.map(({ key, state }) => [key, state])).toEqual([
      ['plan', 'done'],
      ['S1', 'stopped'],
      ['S2', 'stopped'],
      ['S3', 'stopped'],
      ['before', 'stopped'],
      ['verify', 'stopped'],
    ]);
    expect(results).toHaveLength(1);
    expect(crew.bell.rings.filter(({ job }) => job.step === 'work')).toEqual([]);
  });

  it('learns of a stop before its next turn when no event tells it', async () => {
    crew.agents.set('S1', async (_job, hooks) => {
      await crew.store.subtasks.stopAll(_job.task.id, 'mona');
      await crew.store.tasks.move(_job.task.id, 'stopped', { reason: null, actor: 'mona' });
      await hooks.beforeTurn();
      return patch('never');
    });
    const task = await approvedTask(crew);
    const job = await crew.next('work');
    const bus = { ...crew.working.bus, subscribe: () => Promise.reject(new Error('no events')) };

    if (job.step === 'work') await work({ ...crew.working, bus }, job.subtaskId);

    expect((await crew.records(task)).results).toHaveLength(1);
  });

  it('that fell silent is replaced when its lease runs out, and can write nothing afterwards', async () => {
    const finish = Promise.withResolvers<void>();
    const began = Promise.withResolvers<void>();
    crew.agents.set('S1', async () => {
      began.resolve();
      await finish.promise;
      return patch('by the first');
    });
    const task = await approvedTask(crew);
    const job = await crew.next('work');
    const first = crew.handle(job);
    await began.promise;

    crew.clock.pass(LEASE_MS + 1);
    crew.agents.set('S1', async () => patch('by the second'));
    await crew.bell.ring([{ step: 'advance', taskId: task.id }]);
    await crew.settle();
    finish.resolve();
    await first;
    await crew.settle();

    const { results, subtasks } = await crew.records(task);
    const [s1] = subtasks.filter(({ key }) => key === 'S1');
    expect(s1).toMatchObject({ state: 'done', attempts: 2 });
    expect(results.filter(({ subtaskId }) => subtaskId === s1?.id).map(({ outcome }) => outcome)).toEqual([
      patch('by the second'),
    ]);
    expect(await stateOf(crew, task)).toBe('done');
  });

  it('stops by itself when the database has not answered for as long as the lease lasts', async () => {
    const { agent, began } = endlessAgent();
    crew.agents.set('S1', agent);
    const task = await approvedTask(crew);
    const job = await crew.next('work');
    if (job.step !== 'work') throw new Error('no work');
    let answers = true;
    const subtasks = {
      ...crew.store.subtasks,
      renew: (id: string, token: number, leaseMs: number) =>
        answers
          ? crew.store.subtasks.renew(id, token, leaseMs)
          : Promise.reject(new TransientError('no answer')),
    };
    const running = work(
      { ...crew.working, leaseMs: 600, store: { ...crew.store, subtasks } },
      job.subtaskId,
    );
    await began;

    answers = false;

    await running;
    expect((await crew.records(task)).results).toHaveLength(1);
  });

  it('hands its work back at once when its process ends, and another does it', async () => {
    const { agent, began } = endlessAgent();
    crew.agents.set('S1', agent);
    const task = await approvedTask(crew);
    const job = await crew.next('work');
    if (job.step !== 'work') throw new Error('no work');
    const ending = new AbortController();
    const running = work({ ...crew.working, shutdown: ending.signal }, job.subtaskId);
    await began;

    ending.abort();

    await expect(running).rejects.toMatchObject({ name: 'TransientError', retryAfterMs: 0 });
    crew.agents.delete('S1');
    await crew.bell.ring([job]);
    await crew.settle();
    expect(await stateOf(crew, task)).toBe('done');
  });

  it('counts nothing that it made after its process was told to end: a check that was killed has not failed', async () => {
    const task = await approvedTask(crew);
    const ending = new AbortController();
    const { workspaces } = crew.working;
    const killing: Workspaces = {
      ...workspaces,
      async open(request) {
        const workspace = await workspaces.open(request);
        return {
          ...workspace,
          async run(command, options) {
            ending.abort();
            return { ...(await workspace.run(command, options)), exitCode: null };
          },
        };
      },
    };
    for (const key of ['S1', 'S2', 'S3']) {
      const job = await crew.next('work');
      expect((await subtaskOf(task, job))?.key).toBe(key);
      await crew.handle(job);
    }
    const job = await crew.next('work');
    if (job.step !== 'work') throw new Error('no work');

    const ended = work({ ...crew.working, workspaces: killing, shutdown: ending.signal }, job.subtaskId);

    await expect(ended).rejects.toThrow('The worker is shutting down.');
    expect(
      (await crew.records(task)).results.filter(({ outcome }) => outcome.kind === 'checks'),
    ).toHaveLength(1);
    await crew.handle(job);
    await crew.settle();
    expect(await stateOf(crew, task)).toBe('done');
  });

  it('waits for its turn on the task, so that of two that end at once the later shows both', async () => {
    const locked = Promise.withResolvers<void>();
    const other = await crew.pool.connect();
    crew.agents.set('S1', async (job) => {
      await other.query('begin');
      await other.query('select from tasks where id = $1 for no key update', [job.task.id]);
      locked.resolve();
      return patch('diff of S1');
    });
    const task = await approvedTask(crew);
    const running = crew.handle(await crew.next('work'));
    await locked.promise;

    await vi.waitFor(async () => {
      const { rows } = await other.query('select from pg_locks where not granted');
      expect(rows).not.toHaveLength(0);
    });
    expect((await crew.records(task)).results).toHaveLength(1);
    await other.query('commit');
    other.release();
    await running;

    expect((await crew.records(task)).results).toHaveLength(2);
  });
});

it('two workers that are rung for the same subtask do it once', async () => {
  const task = await approvedTask(crew);
  const job: Job = await crew.next('work');

  await Promise.all([crew.handle(job), crew.handle(job), crew.handle(job)]);
  await crew.settle();

  expect(crew.diary.filter((entry) => entry === '+S1')).toHaveLength(1);
  expect(await stateOf(crew, task)).toBe('done');
});
