import { setImmediate } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { noUsage } from '../../src/core/budget.ts';
import { TransientError } from '../../src/core/errors.ts';
import { createPatience } from '../../src/orchestrator/patience.ts';
import type { TestCrew } from './crew.ts';
import { LEASE_MS, patch, testCrew } from './crew.ts';
import { approvedTask, stateOf } from './issue-steps.ts';

let crew: TestCrew;

beforeEach(async () => {
  crew = await testCrew();
});
afterEach(() => crew.end());

describe('a worker that meets trouble', () => {
  it('gives the subtask back after passing trouble, to be taken up again later', async () => {
    let tries = 0;
    crew.agents.set('S1', async () => {
      tries += 1;
      if (tries === 1) throw new TransientError('overloaded', { retryAfterMs: 900_000 });
      return patch('diff of S1');
    });
    const task = await approvedTask(crew);
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

    expect(await stateOf(crew, task)).toBe('done');
  });

  it('waits longer from try to try, and ends the subtask when the trouble does not pass', async () => {
    crew.agents.set('S1', async () => {
      throw new TransientError('overloaded');
    });
    const task = await approvedTask(crew);
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

  it('gives up when there was no answer for as long as somebody waits, and not while there are some', async () => {
    const patience = createPatience({ mostMs: 120_000, hint: 'look at the address', clock: crew.clock });
    const trouble = new TransientError('overloaded.');
    const reason = 'Given up, for it did not pass within 120 seconds: overloaded (look at the address).';

    expect(patience.givesUp(trouble)).toBeNull();
    crew.clock.pass(119_000);
    expect(patience.givesUp(trouble)).toBeNull();
    expect(patience.givesUp(new TransientError('overloaded', { retryAfterMs: 1_000 }))).toBe(reason);
    patience.answered();
    crew.clock.pass(10_000);
    expect(patience.givesUp(trouble)).toBeNull();
    crew.clock.pass(120_000);
    expect(patience.givesUp(trouble)).toBe(reason);
  });

  it('ends the subtask when patience is over, and begins anew with a call of the model that was answered', async () => {
    const patience = createPatience({ mostMs: 120_000, hint: 'look at the address', clock: crew.clock });
    Object.assign(crew.working, { patience });
    let answers = true;
    crew.agents.set('S1', async (_job, hooks) => {
      if (answers) await hooks.afterTurn(noUsage('m'), 0);
      throw new TransientError('overloaded');
    });
    const task = await approvedTask(crew);
    const job = await crew.next('work');
    const attempt = async () => {
      const waited = await crew.handle(job).catch((error: TransientError) => error.retryAfterMs);
      crew.clock.pass(60_000);
      return typeof waited === 'number';
    };

    for (let tries = 0; tries < 4; tries += 1) expect(await attempt()).toBe(true);
    answers = false;
    expect([await attempt(), await attempt()]).toEqual([true, false]);
    await crew.settle();

    expect((await crew.records(task)).task.reason).toContain('did not pass within 120 seconds: overloaded');
  });

  it('ends the subtask with the reason when a bug ends it, or when its result cannot be stored', async () => {
    crew.agents.set('S1', async () => {
      throw new Error('a bug');
    });
    crew.agents.set('S2', async () => patch(`binary ${'\u0000'}`));
    const task = await approvedTask(crew);
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

  it('under whom two workers died already runs alone, and nothing beside it meanwhile', async () => {
    const task = await approvedTask(crew);
    const job = await crew.next('work');
    if (job.step !== 'work') throw new Error('no work');
    for (let death = 1; death <= 2; death += 1) {
      await crew.store.subtasks.claim(job.subtaskId, `host/${death}/1`, LEASE_MS);
      crew.clock.pass(LEASE_MS + 1);
    }
    const { isolation } = crew.working;
    const leave = await isolation.beside();
    const isOpen = async () => {
      let entered = false;
      const entering = isolation.beside().then((left) => {
        entered = true;
        left();
      });
      await Promise.race([entering, setImmediate()]);
      return entered;
    };
    const seen: boolean[] = [];
    crew.agents.set('S1', async () => {
      seen.push(await isOpen());
      return patch('diff of S1');
    });

    const handled = crew.handle(job);
    // Whoever comes after it waits behind it.
    await vi.waitFor(async () => expect(await isOpen()).toBe(false));
    const s1 = (await crew.records(task)).subtasks.find(({ key }) => key === 'S1');
    // Not taken up yet: this process may die of what runs here meanwhile.
    expect(s1?.lease?.owner).toBe('host/2/1');
    expect(seen).toEqual([]);
    leave();
    await handled;

    expect(seen).toEqual([false]);
  });

  it('whose predecessors died too often ends the task as lost', async () => {
    const task = await approvedTask(crew);
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
