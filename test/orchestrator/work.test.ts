import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { RunEndedError, TransientError } from '../../src/core/errors.ts';
import type { Job, Store, Workspaces } from '../../src/core/ports.ts';
import type { Task } from '../../src/core/records.ts';
import { work } from '../../src/orchestrator/work.ts';
import { implementTask, planAnswer } from '../support/records.ts';
import type { Agent, TestCrew } from './crew.ts';
import { headOf, LEASE_MS, PLAN, patch, testCrew, usage } from './crew.ts';

let crew: TestCrew;

beforeEach(async () => {
  crew = await testCrew();
});
afterEach(() => crew.end());

const stateOf = async (task: Task) => (await crew.records(task)).task.state;
const bodyOfProgress = async (task: Task): Promise<string> => {
  const action = (await crew.store.effects.ofTask(task.id))[0]?.action;
  return action?.kind === 'sticky_comment' ? action.body : '';
};

/** Plans and approves, and answers rings until all work that may begin has been rung for. */
async function approvedTask(change: Parameters<TestCrew['newTask']>[0] = {}): Promise<Task> {
  const task = await crew.newTask(change);
  await crew.settle();
  await crew.approve(task);
  return task;
}

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

describe('an issue', () => {
  it('goes from the label to a pull request: planned, approved, worked on side by side, checked, published', async () => {
    const task = await crew.newTask();
    await crew.settle();
    expect(await stateOf(task)).toBe('awaiting_approval');
    expect(crew.diary).toEqual(['+plan', '-plan']);

    await crew.approve(task);
    // Backend and frontend each wait until the other has begun.
    const both = { S2: Promise.withResolvers<void>(), S3: Promise.withResolvers<void>() };
    crew.agents.set('S2', async () => {
      both.S2.resolve();
      await both.S3.promise;
      return patch('diff of S2');
    });
    crew.agents.set('S3', async () => {
      both.S3.resolve();
      await both.S2.promise;
      return patch('diff of S3');
    });
    await crew.settle();

    const { task: ended, subtasks, effects } = await crew.records(task);
    expect(ended).toMatchObject({ state: 'done', reason: null, costUsd: 0.02 });
    expect(crew.diary.slice(2, 4)).toEqual(['+S1', '-S1']);
    expect(crew.diary.slice(4, 6).sort()).toEqual(['+S2', '+S3']);
    expect(subtasks.map(({ key, state, attempts }) => [key, state, attempts])).toEqual(
      ['plan', 'S1', 'S2', 'S3', 'verify'].map((key) => [key, 'done', 1]),
    );
    const headSha = headOf(['diff of S1', 'diff of S2', 'diff of S3']);
    expect(effects.map(({ action, state }) => [action.kind, state])).toEqual([
      ['sticky_comment', 'planned'],
      ['push_branch', 'done'],
      ['open_pull_request', 'done'],
    ]);
    expect(effects[1]?.action).toMatchObject({ headSha });
    expect(effects[2]?.action).toMatchObject({ draft: true, body: expect.stringContaining('Closes #12') });
    expect(crew.bus.size).toBe(0);
  });

  it('shows its end in the one comment, no sooner than the comment may be edited again', async () => {
    const task = await approvedTask();
    await crew.settle();
    expect(crew.bell.rings.map(({ job }) => job.step)).toEqual(['publish']);
    const [ring] = crew.bell.rings;
    expect(ring?.delayMs).toBeGreaterThan(0);
    expect(ring?.delayMs).toBeLessThanOrEqual(3_000);

    crew.clock.pass(3_000);
    crew.bell.rings = [];
    await crew.handle(ring?.job ?? { step: 'advance', taskId: task.id });

    const [progress] = await crew.store.effects.ofTask(task.id);
    expect(progress?.state).toBe('done');
    expect(await bodyOfProgress(task)).toContain('https://github.test/open_pull_request');
  });

  it('needs no approval when it was asked for without', async () => {
    const request = { ...implementTask().request, approval: 'auto' } as Task['request'];
    const task = await crew.newTask({ request });

    await crew.settle();

    const { task: ended, plan } = await crew.records(task);
    expect(ended.state).toBe('done');
    expect(plan).toMatchObject({ state: 'approved', approvedBy: 'mona' });
  });

  it('lets the Strategist mend a plan that cannot be worked on', async () => {
    const problems: (readonly string[])[] = [];
    crew.agents.set('plan', async (_job, hooks) => {
      for (const answer of [planAnswer([{ role: 'wizard' }]), PLAN])
        problems.push(hooks.problemsWith(answer));
      return { kind: 'plan', answer: PLAN };
    });

    const task = await crew.newTask();
    await crew.settle();

    expect(problems).toEqual([[expect.stringContaining('no specialist "wizard"')], []]);
    expect(await stateOf(task)).toBe('awaiting_approval');
  });

  it('ends with the plan’s problems when they were not mended', async () => {
    crew.agents.set('plan', async () => ({ kind: 'plan', answer: planAnswer([{ role: 'wizard' }]) }));

    const task = await crew.newTask();
    await crew.settle();

    const { task: ended } = await crew.records(task);
    expect(ended.state).toBe('failed');
    expect(ended.reason).toContain('no specialist "wizard"');
  });

  it('ends with the Strategist’s questions when the plan only asks', async () => {
    crew.agents.set('plan', async () => ({
      kind: 'plan',
      answer: { ...planAnswer([]), questions: ['Which shop?', 'Since when?'] },
    }));

    const task = await crew.newTask();
    await crew.settle();

    expect(await stateOf(task)).toBe('failed');
    const body = await bodyOfProgress(task);
    expect(body).toContain('- Which shop?\n- Since when?');
    expect(body).toContain('`/crew plan`');
  });

  it('is published although its checks fail, and says so', async () => {
    crew.checkExit = 1;
    const task = await approvedTask();
    await crew.settle();

    const pull = (await crew.records(task)).effects.find(({ action }) => action.kind === 'open_pull_request');
    expect(pull?.action).toMatchObject({ body: expect.stringContaining('did not pass') });
    expect(await stateOf(task)).toBe('done');
  });
});

describe('a worker', () => {
  it('stores the result and what people see of it together or not at all', async () => {
    const task = await approvedTask();
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
    expect(await bodyOfProgress(task)).toContain('S1: Serve favourites over the API (database, running)');
    crew.clock.pass(5_000);
    await crew.handle(job);
    expect(await bodyOfProgress(task)).toContain('S1: Serve favourites over the API (database, done');
  });

  it('ends the run within a second of a stop, and its result is not stored', async () => {
    const { agent, began } = endlessAgent();
    crew.agents.set('S1', agent);
    const task = await approvedTask();
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
    const task = await approvedTask();
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
    const task = await approvedTask();
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
    expect(await stateOf(task)).toBe('done');
  });

  it('stops by itself when the database has not answered for as long as the lease lasts', async () => {
    const { agent, began } = endlessAgent();
    crew.agents.set('S1', agent);
    const task = await approvedTask();
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
    const task = await approvedTask();
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
    expect(await stateOf(task)).toBe('done');
  });

  it('counts nothing that it made after its process was told to end: a check that was killed has not failed', async () => {
    const task = await approvedTask();
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
    expect((await crew.records(task)).results.map(({ outcome }) => outcome.kind)).not.toContain('checks');
    await crew.handle(job);
    await crew.settle();
    expect(await stateOf(task)).toBe('done');
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
    const task = await approvedTask();
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

  it('gives the subtask back after passing trouble, to be taken up again later', async () => {
    let tries = 0;
    crew.agents.set('S1', async () => {
      tries += 1;
      if (tries === 1) throw new TransientError('overloaded', { retryAfterMs: 900_000 });
      return patch('diff of S1');
    });
    const task = await approvedTask();
    const job = await crew.next('work');

    await expect(crew.handle(job)).rejects.toMatchObject({ name: 'TransientError', retryAfterMs: 900_000 });
    expect((await crew.records(task)).subtasks.find(({ key }) => key === 'S1')).toMatchObject({
      state: 'pending',
      lease: null,
    });
    // Whoever looks meanwhile leaves it alone, and so does a ring that comes too early.
    crew.clock.pass(899_000);
    await crew.bell.ring([{ step: 'advance', taskId: task.id }, job]);
    await crew.settle();
    expect(tries).toBe(1);
    crew.clock.pass(1_000);
    await crew.bell.ring([{ step: 'advance', taskId: task.id }]);
    await crew.settle();

    expect(await stateOf(task)).toBe('done');
  });

  it('waits longer from try to try, and ends the subtask when the trouble does not pass', async () => {
    crew.agents.set('S1', async () => {
      throw new TransientError('overloaded');
    });
    const task = await approvedTask();
    const job = await crew.next('work');
    const delays: (number | null)[] = [];

    for (let tries = 1; tries < 20; tries += 1) {
      await crew.handle(job).catch((error: TransientError) => delays.push(error.retryAfterMs));
      crew.clock.pass(delays.at(-1) ?? 0);
    }
    await crew.handle(job);
    await crew.settle();

    expect(delays.slice(0, 5)).toEqual([5_000, 10_000, 20_000, 30_000, 30_000]);
    const { task: ended } = await crew.records(task);
    expect(ended.state).toBe('failed');
    expect(ended.reason).toContain('It was tried 20 times. The last time: overloaded');
  });

  it('ends the subtask with the reason when a bug ends it, or when its result cannot be stored', async () => {
    crew.agents.set('S1', async () => {
      throw new Error('a bug');
    });
    crew.agents.set('S2', async () => patch(`binary ${'\u0000'}`));
    const task = await approvedTask();
    await crew.handle(await crew.next('work'));
    crew.agents.set('S1', async () => patch('diff of S1'));
    await crew.settle();
    expect((await crew.records(task)).task.reason).toContain(
      'S1 (database): An internal error ended this subtask: a bug',
    );

    await crew.retry(task);
    await crew.settle();

    const { task: ended } = await crew.records(task);
    expect(ended.state).toBe('failed');
    expect(ended.reason).toContain('U+0000');
  });

  it('whose predecessors died too often ends the task as lost', async () => {
    const task = await approvedTask();
    const job = await crew.next('work');
    if (job.step !== 'work') throw new Error('no work');
    for (let death = 1; death <= 5; death += 1) {
      expect(await crew.store.subtasks.claim(job.subtaskId, `host/${death}/1`, LEASE_MS)).not.toBeNull();
      crew.clock.pass(LEASE_MS + 1);
    }

    await crew.handle(job);
    await crew.settle();

    const { task: ended } = await crew.records(task);
    expect(ended.state).toBe('failed');
    expect(ended.reason).toContain('died or fell silent 5 times');
  });
});

describe('a budget', () => {
  it('without room for the next call ends the run before it, and the task with it', async () => {
    crew.agents.set('S1', async (_job, hooks) => {
      await hooks.reserve(2.5);
      await hooks.afterTurn(usage, 2);
      await hooks.reserve(2);
      return patch('too late');
    });
    const task = await approvedTask({ budgetUsd: 4 });
    await crew.settle();

    const { task: ended, subtasks, results } = await crew.records(task);
    expect(ended).toMatchObject({ state: 'over_budget', costUsd: 2.01 });
    expect(ended.reason).toContain(
      "Of the task's budget of $4.00, $2.01 is spent; the next call could cost $2.00, so it was not made.",
    );
    expect(subtasks.map(({ state }) => state)).toEqual(['done', 'failed', 'stopped', 'stopped', 'stopped']);
    expect(results.at(-1)).toMatchObject({ costUsd: 2, usage: { turns: 1 } });
  });

  it('is kept by agents that call the model at the same moment', async () => {
    const asked = Promise.withResolvers<void>();
    crew.agents.set('S2', async (_job, hooks) => {
      await hooks.reserve(1.5);
      await asked.promise;
      await hooks.afterTurn(usage, 1);
      return patch('in time');
    });
    crew.agents.set('S3', async (job, hooks) => {
      const others = async () =>
        (
          await crew.pool.query('select 1 from subtasks where task_id = $1 and reserved_usd > 0', [
            job.task.id,
          ])
        ).rowCount;
      await vi.waitFor(async () => expect(await others()).toBe(1));
      await hooks.reserve(1.5).finally(asked.resolve);
      await hooks.afterTurn(usage, 1.5);
      return patch('too much');
    });
    const task = await approvedTask({ budgetUsd: 2 });

    await crew.settle();

    const { task: ended } = await crew.records(task);
    expect(ended.state).toBe('over_budget');
    expect(ended.costUsd).toBeLessThan(2);
    expect(ended.reason).toContain(
      '$1.50 is set aside for calls that run now; the next call could cost $1.50',
    );
  });

  it('is charged for a run that came to nothing', async () => {
    crew.agents.set('S1', async (_job, hooks) => {
      await hooks.afterTurn(usage, 1);
      throw new RunEndedError('limit_reached', 'The limit of 10 turns was reached without an answer.');
    });
    const task = await approvedTask();
    await crew.settle();

    const { task: ended, results } = await crew.records(task);
    expect(ended).toMatchObject({ state: 'failed', costUsd: 1.01 });
    expect(results.at(-1)?.costUsd).toBe(1);
  });
});

describe('a retry', () => {
  it('takes up what failed and keeps what was done', async () => {
    crew.agents.set('S2', async () => ({
      kind: 'failed',
      cause: 'model_refused',
      message: 'The model refused.',
    }));
    const task = await approvedTask();
    await crew.settle();
    expect(await stateOf(task)).toBe('failed');
    crew.agents.delete('S2');
    crew.diary.length = 0;

    await crew.retry(task);
    await crew.settle();

    expect(await stateOf(task)).toBe('done');
    expect(crew.diary).not.toContain('+plan');
    expect(crew.diary).not.toContain('+S1');
    expect(crew.diary).toContain('+S2');
  });

  it('publishes again what GitHub had refused', async () => {
    crew.refused.add('push_branch');
    const task = await approvedTask();
    await crew.settle();
    expect((await crew.records(task)).task.reason).toBe('GitHub did not take the push branch: no permission');
    crew.refused.clear();
    crew.diary.length = 0;

    await crew.retry(task);
    await crew.settle();

    const { task: ended, effects } = await crew.records(task);
    expect(ended.state).toBe('done');
    expect(effects.slice(1).map(({ state }) => state)).toEqual(['done', 'done']);
    expect(crew.diary).toEqual([]);
  });
});

describe('a pull request', () => {
  it('gets one review by the specialists whose files changed, although one of them failed', async () => {
    crew.agents.set('review-database', async () => ({
      kind: 'failed',
      cause: 'model_unavailable',
      message: 'The model did not answer.',
    }));
    crew.agents.set('review-backend', async () => ({
      kind: 'findings',
      answer: {
        summary: '',
        findings: [
          {
            path: 'server/api.js',
            side: 'RIGHT',
            start_line: null,
            line: 3,
            severity: 'high',
            category: 'bug',
            title: 'Loses the last page of results',
            body: 'The loop ends one short.',
            evidence: '',
            confidence: 0.9,
            replacement: null,
          },
        ],
      },
      anchors: [{ kind: 'inline', path: 'server/api.js', side: 'RIGHT', startLine: null, line: 3 }],
      coverage: [{ path: 'server/api.js', read: 'full', reason: null }],
    }));
    const task = await crew.newTask({ kind: 'review' });

    await crew.settle();

    const { task: ended, effects } = await crew.records(task);
    expect(ended.state).toBe('done');
    const review = effects.find(({ action }) => action.kind === 'review')?.action;
    expect(review).toMatchObject({ comments: [{ path: 'server/api.js', line: 3, side: 'RIGHT' }] });
    expect(review).toMatchObject({ body: expect.stringContaining('database could not finish') });
    expect(effects.filter(({ action }) => action.kind === 'review')).toHaveLength(1);
    expect(effects.filter(({ action }) => action.kind === 'sticky_comment')).toHaveLength(0);
  });
});

describe('mail', () => {
  it('reaches a running agent before its next turn, once', async () => {
    const read: (readonly string[])[] = [];
    crew.agents.set('S1', async (job, hooks) => {
      read.push(await hooks.beforeTurn());
      await crew.store.messages.send(job.task.id, { from: 'mona', body: 'Use the old table.' });
      read.push(await hooks.beforeTurn());
      read.push(await hooks.beforeTurn());
      return patch('diff of S1');
    });
    await approvedTask();

    await crew.handle(await crew.next('work'));

    expect(read).toEqual([[], ['mona: Use the old table.'], []]);
  });
});

it('two workers that are rung for the same subtask do it once', async () => {
  const task = await approvedTask();
  const job: Job = await crew.next('work');

  await Promise.all([crew.handle(job), crew.handle(job), crew.handle(job)]);
  await crew.settle();

  expect(crew.diary.filter((entry) => entry === '+S1')).toHaveLength(1);
  expect(await stateOf(task)).toBe('done');
});
