/** Tasks in which nothing moves any more are ended, with what they waited for. */
import { describe, expect, it } from 'vitest';
import { NO_WORKER_MS, NOTHING_TAKEN_MS, STILL_RUNNING_MS } from '../../src/core/next-steps/watchdog.ts';
import { nextSteps } from '../../src/core/next-steps.ts';
import type { Subtask, Task } from '../../src/core/records.ts';
import type { TaskRecords } from '../../src/core/store-ports.ts';
import { effect, implementTask, plan, planAnswer, recordsOf, subtask } from '../support/records.ts';
import { context } from './steps.ts';

const NOW_MS = context.now.getTime();
const ago = (ms: number): string => new Date(NOW_MS - ms).toISOString();

function still(ms: number, change: Partial<Subtask>, task: Partial<Task> = {}): TaskRecords {
  const planned = { ...subtask({ key: 'plan', kind: 'plan', role: 'strategist' }), state: 'done' } as const;
  const work = subtask({ key: 'S1', kind: 'work', role: 'database', ...change });
  return recordsOf(implementTask({ state: 'working', createdAt: ago(ms), updatedAt: ago(ms), ...task }), {
    plan: plan(planAnswer([{ role: 'database' }]), { state: 'approved', createdAt: ago(ms) }),
    subtasks: [planned, work],
  });
}

const rung = { enqueuedAt: ago(30_000) };
const held = { token: 1, owner: 'host/1/1', until: new Date(NOW_MS + 20_000).toISOString() };
const ends = (records: TaskRecords, change = {}): string | null => {
  const move = nextSteps(records, { ...context, ...change }).find(({ kind }) => kind === 'move');
  return move?.kind === 'move' && move.to === 'failed' ? move.reason : null;
};

describe('a task in which nothing moves', () => {
  it('ends when nobody takes its work up, naming the work and the worker that is missing', () => {
    expect(ends(still(NO_WORKER_MS - 1, rung))).toBe(null);
    expect(ends(still(NO_WORKER_MS, rung))).toBe(
      'No worker took up S1 (database) for 2 h 0 min: is a worker for `database` running (`CREW_ROLES`), and not busy all the time (`CREW_CONCURRENCY`)?',
    );
    expect(nextSteps(still(NO_WORKER_MS, rung), context).map(({ kind }) => kind)).toEqual([
      'stop_subtasks',
      'move',
    ]);
  });

  it('ends when work runs and does nothing, later', () => {
    const running = { ...rung, state: 'running', lease: held } as const;

    expect(ends(still(STILL_RUNNING_MS - 1, running))).toBe(null);
    expect(ends(still(STILL_RUNNING_MS, running))).toBe(
      'S1 (database) ran for 6 h 0 min without asking the model or coming to an end.',
    );
  });

  it('ends when GitHub takes its outcome no more, with what GitHub said', () => {
    const records = (ms: number): TaskRecords => ({
      ...still(ms, { state: 'done' }, { state: 'publishing' }),
      effects: [
        effect({
          key: 'branch',
          state: 'planned',
          error: 'no answer',
          action: { kind: 'add_labels', number: 1, labels: [] },
        }),
      ],
    });

    expect(ends(records(NOTHING_TAKEN_MS - 1))).toBe(null);
    expect(ends(records(NOTHING_TAKEN_MS))).toBe(
      'GitHub did not take the add labels for 24 h 0 min. The last time: no answer',
    );
  });

  it.each<[string, TaskRecords, object]>([
    ['it waits for approval', still(NO_WORKER_MS * 50, rung, { state: 'awaiting_approval' }), {}],
    ['it waits for an answer', still(NO_WORKER_MS * 50, rung, { state: 'awaiting_answer' }), {}],
    ['nobody has been ringing', still(NO_WORKER_MS, { enqueuedAt: ago(NO_WORKER_MS) }), {}],
    ['nobody has been looking', still(NO_WORKER_MS, rung), { upSince: new Date(NOW_MS - 60_000) }],
    ['its work was told to wait until now', still(NO_WORKER_MS, { ...rung, dueAt: ago(1_000) }), {}],
    ['somebody wrote to its agents', messaged(still(NO_WORKER_MS, rung)), {}],
  ])('goes on while %s', (_what, records, change) => {
    expect(ends(records, change)).toBe(null);
  });
});

function messaged(records: TaskRecords): TaskRecords {
  const message = { id: 1, from: 'mona', to: null, kind: 'message', body: 'Well?', at: ago(60_000) } as const;
  return { ...records, messages: [message] };
}
