import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { applyChanges } from '../../src/app/apply-changes.ts';
import type { Finding } from '../../src/core/answers.ts';
import type { Job } from '../../src/core/ports.ts';
import type { Task } from '../../src/core/records.ts';
import type { Severity } from '../../src/core/result-records.ts';
import type { TrackedFinding } from '../../src/core/review/review-records.ts';
import { config, finding, replyTask, reviewTask, surveyedFile } from '../support/records.ts';
import type { Agent, TestCrew } from './crew.ts';
import { findings, testCrew } from './crew.ts';

let crew: TestCrew;

beforeEach(async () => {
  crew = await testCrew();
});
afterEach(() => crew.end());

const pull = { repositoryId: 1, number: 3 };

async function review(requestChanges: Severity | null = 'high'): Promise<Task> {
  const { request } = reviewTask({ request: { config: { ...config, requestChanges } } });
  const task = await crew.newTask({ kind: 'review', request });
  await crew.settle();
  return task;
}

/** A review that requested changes for two findings. */
async function blocked(): Promise<readonly [Task, TrackedFinding, TrackedFinding]> {
  crew.agents.set('review-backend', async () => findings(finding()));
  crew.agents.set('review-database', async () =>
    findings(finding({ path: 'db/schema.sql', title: 'Drops a column in use' })),
  );
  const task = await review();
  for (const key of ['review-backend', 'review-database']) crew.agents.delete(key);
  const { effects } = await crew.records(task);
  expect(effects.map(({ action }) => action)).toContainEqual(
    expect.objectContaining({ kind: 'review', event: 'REQUEST_CHANGES' }),
  );
  const [one, other] = await crew.store.findings.ofPull(pull);
  if (one === undefined || other === undefined) throw new Error('two findings were to be raised');
  return [task, one, other];
}

/** The reviewer says of every earlier finding that it stands, and finds these. */
const standing =
  (...found: readonly Finding[]): Agent =>
  async ({ review: brief }) => {
    const outcome = findings(...found);
    if (outcome.kind !== 'findings') return outcome;
    const earlier = (brief?.survey.earlier ?? []).map((_one, at) => ({
      id: `E${at + 1}`,
      verdict: 'stands' as const,
      reason: '',
    }));
    return { ...outcome, answer: { ...outcome.answer, earlier } };
  };

async function dismissalsOf(...tasks: readonly Task[]) {
  const records = await Promise.all(tasks.map((task) => crew.records(task)));
  return records.flatMap(({ effects }) => effects.filter(({ action }) => action.kind === 'dismiss_review'));
}

const reply = (to: TrackedFinding) =>
  crew.newTask({ kind: 'reply', request: replyTask({ request: { finding: to } }).request });

const resolve = ({ fingerprint }: TrackedFinding) =>
  crew.store.transaction((tx) =>
    applyChanges(tx, {
      decided: 'change',
      reason: 'a test',
      actor: 'mona',
      changes: [{ kind: 'settle_finding', of: pull, fingerprint, state: 'dismissed', reason: 'Resolved.' }],
    }),
  );

const withdraw = () =>
  crew.agents.set('reply', async () => ({
    kind: 'reply',
    answer: { answer: 'You are right.', verdict: 'withdrawn', lesson: null },
  }));

describe('a pull request that is blocked by a review', () => {
  it('is freed by the review of a head in which both findings are fixed, though it says nothing', async () => {
    const [blocking] = await blocked();
    crew.checkouts.changed = [surveyedFile('web/page.js')];

    const next = await review();

    expect(await dismissalsOf(blocking)).toEqual([]);
    expect(await dismissalsOf(next)).toMatchObject([
      { state: 'done', action: { number: 3, reviews: [`review:${blocking.id}`] } },
    ]);
  });

  it('stays blocked while one of them is open, also by the review of a new head', async () => {
    const [blocking] = await blocked();
    crew.checkouts.changed = [surveyedFile('server/api.js')];
    crew.agents.set('review-backend', standing());

    const next = await review();

    const states = (await crew.store.findings.ofPull(pull)).map(({ state }) => state);
    expect(states.toSorted()).toEqual(['fixed', 'open']);
    expect(await dismissalsOf(blocking, next)).toEqual([]);
  });

  it('is freed by the next review where changes are requested from a higher severity on', async () => {
    const [blocking] = await blocked();
    for (const key of ['review-backend', 'review-database']) crew.agents.set(key, standing());

    const next = await review('critical');

    expect(await crew.store.findings.ofPull(pull)).toMatchObject([{ state: 'open' }, { state: 'open' }]);
    expect(await dismissalsOf(blocking, next)).toHaveLength(1);
  });

  it('is freed when both findings are withdrawn in replies at the same time', async () => {
    const [, one, other] = await blocked();
    withdraw();

    const replies = [await reply(one), await reply(other)];
    await crew.settle();

    expect(await dismissalsOf(...replies)).toMatchObject([{ state: 'done' }]);
  });

  it('is freed by a person who resolves the last thread, once', async () => {
    const [blocking, one, other] = await blocked();

    const first = await resolve(one);
    const last = await resolve(other);
    await resolve(other);

    const dismissals = await dismissalsOf(blocking);
    expect(dismissals).toMatchObject([{ action: { reviews: [`review:${blocking.id}`] } }]);
    expect(first.jobs).toEqual([]);
    expect(last.jobs).toEqual([{ step: 'publish', effectId: dismissals[0]?.id }]);
  });

  it('is freed after a review that requests changes for what a person dismissed while it ran', async () => {
    const [, one, other] = await blocked();
    const minor = finding({ line: 40, severity: 'medium', category: 'speed', title: 'Reads it all twice' });
    crew.agents.set('review-backend', async (...run) => {
      await resolve(one);
      await resolve(other);
      return standing(minor)(...run);
    });
    crew.agents.set('review-database', standing());

    const next = await review();

    const { effects } = await crew.records(next);
    expect(effects.map(({ action }) => action)).toContainEqual(
      expect.objectContaining({ kind: 'review', event: 'REQUEST_CHANGES' }),
    );
    expect(await dismissalsOf(next)).toMatchObject([{ state: 'done', after: `review:${next.id}` }]);
  });
});

/** A review that requests changes for one finding and is stopped when that is about to be sent; answers the job that sends it. */
async function stoppedInPublishing(): Promise<readonly [Task, Job]> {
  crew.agents.set('review-backend', async () => findings(finding()));
  const { request } = reviewTask({ request: { config: { ...config, requestChanges: 'high' } } });
  const task = await crew.newTask({ kind: 'review', request });
  for (;;) {
    const job = await crew.next('publish');
    const effect = job.step === 'publish' ? await crew.store.effects.get(job.effectId) : null;
    if (effect?.action.kind === 'review') {
      await crew.stop(task);
      await crew.settle();
      return [task, job];
    }
    await crew.handle(job);
  }
}

describe('the block of a review that was stopped while it was published', () => {
  it('is lifted by the next review', async () => {
    const [stopped, sending] = await stoppedInPublishing();
    await crew.handle(sending);
    crew.checkouts.changed = [surveyedFile('web/page.js')];

    const next = await review();

    expect((await crew.records(stopped)).task.state).toBe('stopped');
    expect(await dismissalsOf(next)).toMatchObject([
      { state: 'done', action: { reviews: [`review:${stopped.id}`] } },
    ]);
  });

  it('is lifted after it, where the next review ends first', async () => {
    const [stopped, sending] = await stoppedInPublishing();
    crew.checkouts.changed = [surveyedFile('web/page.js')];

    const next = await review();
    const [waiting] = await dismissalsOf(next);
    await crew.handle(sending);
    const due = await crew.store.effects.due(crew.clock.now().toISOString(), 100);
    for (const effectId of due) await crew.handle({ step: 'publish', effectId });

    expect(waiting).toMatchObject({ state: 'planned', after: `review:${stopped.id}` });
    expect(await dismissalsOf(next)).toMatchObject([{ state: 'done' }]);
  });
});

it('a review that never blocked leaves nothing to lift', async () => {
  const [first, second] = [await review(), await review()];

  expect(await dismissalsOf(first, second)).toEqual([]);
});
