import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Finding } from '../../src/core/answers.ts';
import type { Effect } from '../../src/core/effect-records.ts';
import type { Task } from '../../src/core/records.ts';
import type { Severity } from '../../src/core/result-records.ts';
import { config, finding, reviewTask } from '../support/records.ts';
import type { Agent, TestCrew } from './crew.ts';
import { findings, testCrew } from './crew.ts';

let crew: TestCrew;

beforeEach(async () => {
  crew = await testCrew();
});
afterEach(() => crew.end());

const REVIEWERS = ['review-backend', 'review-database'] as const;
const broken: Agent = async () => ({ kind: 'failed', cause: 'model_unavailable', message: 'Away.' });

/** Reads its files in full or in part, and finds these. */
const reading =
  (read: 'full' | 'part', ...found: readonly Finding[]): Agent =>
  async ({ subtask }) => ({
    ...(findings(...found) as Extract<Awaited<ReturnType<Agent>>, { kind: 'findings' }>),
    coverage: subtask.files.map((path) => ({ path, read, reason: null })),
  });

async function review(backend: Agent, database: Agent, reviewSeverity: Severity = 'medium'): Promise<Task> {
  crew.agents.set(REVIEWERS[0], backend);
  crew.agents.set(REVIEWERS[1], database);
  const { request } = reviewTask({ request: { config: { ...config, approve: true, reviewSeverity } } });
  const task = await crew.newTask({ kind: 'review', request });
  await crew.settle();
  return task;
}

const effectsOf = async (task: Task, kind: Effect['action']['kind']) =>
  (await crew.records(task)).effects.filter(({ action }) => action.kind === kind);

async function approved(): Promise<Task> {
  const task = await review(reading('full'), reading('full'));
  expect(await effectsOf(task, 'review')).toMatchObject([{ action: { event: 'APPROVE' } }]);
  return task;
}

describe('an approval of ours', () => {
  it.each<[string, Agent, Agent, string]>([
    ['finds something', reading('full', finding()), reading('full'), '1 new finding'],
    ['could not read everything', reading('part'), reading('part'), '2 of 2 changed files not read in full'],
    ['loses a reviewer', broken, reading('full'), 'not every reviewer finished'],
  ])('ends with a review that %s', async (_what, backend, database, said) => {
    const before = await approved();

    const next = await review(backend, database);

    expect(await effectsOf(next, 'dismiss_review')).toMatchObject([
      {
        state: 'done',
        action: {
          number: 3,
          reviews: [`review:${before.id}`],
          message: expect.stringMatching(/^The crew’s approval does not hold for `[0-9a-f]{7}`: .*\.$/),
        },
      },
    ]);
    const [{ action } = { action: null }] = await effectsOf(next, 'dismiss_review');
    expect(action).toHaveProperty('message', expect.stringContaining(`: ${said}.`));
  });

  it('ends with a review that nobody came to the end of', async () => {
    const before = await approved();

    const next = await review(broken, broken);

    expect((await crew.records(next)).task.state).toBe('failed');
    expect(await effectsOf(next, 'dismiss_review')).toMatchObject([
      { state: 'done', action: { reviews: [`review:${before.id}`] } },
    ]);
  });

  it('ends with a review that has something open from before and says nothing new', async () => {
    await review(reading('full', finding()), reading('full'));
    const [open] = await crew.store.findings.ofPull({ repositoryId: 1, number: 3 });
    if (open === undefined) throw new Error('a finding was to be raised');
    const of = { repositoryId: 1, number: 3 };
    await crew.store.findings.settle(of, open.fingerprint, { state: 'dismissed', by: 'mona', reason: '' });
    const before = await approved();
    await crew.store.findings.settle(of, open.fingerprint, { state: 'open', by: 'mona', reason: '' });

    const next = await review(reading('full', finding()), reading('full'));

    expect(await effectsOf(next, 'review')).toEqual([]);
    expect(await effectsOf(next, 'dismiss_review')).toMatchObject([
      {
        action: {
          reviews: [`review:${before.id}`],
          message: expect.stringContaining(': 1 earlier finding still open.'),
        },
      },
    ]);
  });

  it('stays with a review that finds nothing, or nothing that it says', async () => {
    await approved();

    const clean = await review(reading('full'), reading('full'));
    const slight = await review(reading('full', finding({ severity: 'low' })), reading('full'), 'critical');

    expect(await effectsOf(clean, 'dismiss_review')).toEqual([]);
    expect(await effectsOf(slight, 'dismiss_review')).toEqual([]);
  });
});
