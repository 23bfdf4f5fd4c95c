import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Task } from '../../src/core/records.ts';
import { finding, surveyedFile, trackedFinding } from '../support/records.ts';
import type { TestCrew } from './crew.ts';
import { findings, testCrew, usage } from './crew.ts';
import { stateOf } from './issue-steps.ts';
import { raiseFindings } from './raise-findings.ts';

let crew: TestCrew;

beforeEach(async () => {
  crew = await testCrew();
});
afterEach(() => crew.end());

const TEAM = ['backend', 'database', 'frontend', 'qa'];
const EVERYWHERE = ['server/api.js', 'db/schema.sql', 'web/page.js', 'test/page.test.js'];
const pull = { repositoryId: 1, number: 3 };
const finder =
  (change = {}) =>
  async () =>
    findings(finding(change));
const reviewsOf = async (task: Task) =>
  (await crew.records(task)).effects.flatMap(({ action }) => (action.kind === 'review' ? [action] : []));
const begun = () => crew.diary.filter((entry) => entry.startsWith('+review'));

describe('a pull request', () => {
  it('gets one review by the specialists whose files changed, although one of them failed', async () => {
    crew.agents.set('review-database', async () => ({
      kind: 'failed',
      cause: 'model_unavailable',
      message: 'The model did not answer.',
    }));
    crew.agents.set('review-backend', finder());
    const task = await crew.newTask({ kind: 'review' });

    await crew.settle();

    const { effects } = await crew.records(task);
    expect(await stateOf(crew, task)).toBe('done');
    expect(await reviewsOf(task)).toMatchObject([
      {
        comments: [{ path: 'server/api.js', line: 3, side: 'RIGHT' }],
        body: expect.stringContaining('database could not finish'),
      },
    ]);
    expect(effects.filter(({ action }) => action.kind === 'sticky_comment')).toHaveLength(0);
    expect(crew.diary.slice(-2)).toEqual(['+refute', '-refute']);
  });

  it('is remembered with what was published of it', async () => {
    crew.agents.set('review-backend', finder());
    const task = await crew.newTask({ kind: 'review' });

    await crew.settle();

    expect(await crew.store.findings.ofPull(pull)).toMatchObject([
      { taskId: task.id, path: 'server/api.js', roles: ['backend'], state: 'open', settledBy: null },
    ]);
  });

  it('shows the second look what would be published, and drops what that refutes', async () => {
    const titles: (readonly string[])[] = [];
    crew.agents.set('review-backend', finder());
    crew.agents.set('refute', async ({ review }) => {
      titles.push((review?.candidates ?? []).map(({ id, title }) => `${id} ${title}`));
      const verdict = {
        id: 'C1',
        verdict: 'refuted',
        severity: 'high',
        reason: 'It counts from 0.',
      } as const;
      return { kind: 'refutation', answer: { verdicts: [verdict] } };
    });
    const task = await crew.newTask({ kind: 'review' });

    await crew.settle();

    expect(titles).toEqual([['C1 Loses the last page of results']]);
    expect(await reviewsOf(task)).toEqual([]);
    expect(await crew.store.findings.ofPull(pull)).toEqual([]);
    expect(await stateOf(crew, task)).toBe('done');
  });

  it('is published when the second look fails', async () => {
    crew.agents.set('review-backend', finder());
    crew.agents.set('refute', async () => {
      throw new Error('a bug');
    });
    const task = await crew.newTask({ kind: 'review' });

    await crew.settle();

    expect(await reviewsOf(task)).toHaveLength(1);
    expect(await stateOf(crew, task)).toBe('done');
  });

  it('too large for one briefing is read in groups, each by its own specialists', async () => {
    crew.checkouts.changed = ['server/a.js', 'server/b.js', 'web/a.js'].map((path) =>
      surveyedFile(path, { chars: 100_000 }),
    );
    const read: string[] = [];
    for (const key of ['review-backend-1', 'review-frontend-2']) {
      crew.agents.set(key, async ({ subtask }) => {
        read.push(`${subtask.key}: ${subtask.files.join(' ')}`);
        return findings();
      });
    }
    const task = await crew.newTask({ kind: 'review' });

    await crew.settle();

    expect(read.sort()).toEqual(['review-backend-1: server/a.js server/b.js', 'review-frontend-2: web/a.js']);
    expect(await stateOf(crew, task)).toBe('done');
  });

  it('of which the crew reads nothing ends with the reason', async () => {
    crew.checkouts.changed = [surveyedFile('server/package-lock.json')];
    const task = await crew.newTask({ kind: 'review' });

    await crew.settle();

    expect((await crew.records(task)).task).toMatchObject({
      state: 'done',
      reason: 'No changed file is one that the crew reads.',
    });
    expect(crew.diary).toEqual([]);
  });
});

describe('the reviewers of one group', () => {
  beforeEach(() => {
    crew.checkouts.changed = EVERYWHERE.map((path) => surveyedFile(path));
  });

  it('do not begin before the first was charged for its first call, and then begin at once', async () => {
    const called = Promise.withResolvers<void>();
    const answer = Promise.withResolvers<void>();
    const first = Promise.withResolvers<void>();
    crew.agents.set('review-backend', async (_job, hooks) => {
      called.resolve();
      await answer.promise;
      await hooks.afterTurn(usage, 0.01);
      await first.promise;
      return findings();
    });
    const task = await crew.newTask({ kind: 'review' });
    const running = crew.settle();
    await called.promise;

    // Whoever looks at the task meanwhile finds nobody else to ring for.
    await crew.handle({ step: 'advance', taskId: task.id });
    expect(begun()).toEqual(['+review-backend']);
    expect(crew.bell.rings.filter(({ job }) => job.step === 'work')).toEqual([]);

    answer.resolve();
    await expect.poll(() => crew.bell.rings.some(({ job }) => job.step === 'advance')).toBe(true);
    await crew.handle({ step: 'advance', taskId: task.id });
    const rung = crew.bell.rings.filter(({ job }) => job.step === 'work');
    expect(rung).toHaveLength(3);
    await Promise.all(rung.map(({ job }) => crew.handle(job)));
    expect(crew.diary.filter((entry) => entry.startsWith('-review')).sort()).toEqual(
      TEAM.slice(1).map((role) => `-review-${role}`),
    );

    first.resolve();
    await running;
    await crew.settle();
    expect(await stateOf(crew, task)).toBe('done');
  });

  it('ring for the others once, however many calls the first makes', async () => {
    let rings = 0;
    crew.agents.set('review-backend', async (_job, hooks) => {
      const before = crew.bell.rings.length;
      await hooks.afterTurn(usage, 0);
      expect(crew.bell.rings).toHaveLength(before);
      for (let call = 0; call < 3; call += 1) await hooks.afterTurn(usage, 0.01);
      rings = crew.bell.rings.length - before;
      return findings();
    });
    await crew.newTask({ kind: 'review' });

    await crew.settle();

    expect(rings).toBe(1);
    expect(begun()).toHaveLength(4);
  });

  it('begin when the first has failed without a call', async () => {
    crew.agents.set('review-backend', async () => {
      throw new Error('a bug');
    });
    const task = await crew.newTask({ kind: 'review' });

    await crew.settle();

    expect(begun()).toHaveLength(4);
    expect(await stateOf(crew, task)).toBe('done');
  });
});

describe('an answer that leaves something unsaid', () => {
  it('is asked once to judge each earlier finding of the reviewer, and then taken as it is', async () => {
    await raiseFindings(crew, { fingerprint: trackedFinding().fingerprint });
    const problems: (readonly string[])[] = [];
    crew.agents.set('review-backend', async (_job, hooks) => {
      const earlier = [{ id: 'E7', verdict: 'fixed', reason: 'Gone.' }];
      for (let tries = 0; tries < 2; tries += 1) {
        problems.push(hooks.problemsWith({ summary: '', findings: [], earlier }));
      }
      return findings();
    });
    crew.agents.set('review-database', async (_job, hooks) => {
      problems.push(hooks.problemsWith({ summary: '', findings: [], earlier: [] }));
      return findings();
    });

    await crew.newTask({ kind: 'review' });
    await crew.settle();

    expect(problems).toEqual([
      [
        'There is no earlier finding "E7".',
        'The earlier finding E1 is yours to judge: say whether it is fixed or stands.',
      ],
      [],
      [],
    ]);
  });

  it('is asked for one verdict on each candidate', async () => {
    crew.agents.set('review-backend', finder());
    crew.agents.set('review-database', finder({ path: 'db/schema.sql', title: 'Drops a column in use' }));
    const problems: (readonly string[])[] = [];
    crew.agents.set('refute', async (_job, hooks) => {
      const verdict = (id: string) => ({ id, verdict: 'confirmed', severity: 'high', reason: '' }) as const;
      const verdicts = [verdict('C1'), verdict('C1'), verdict('C9')];
      problems.push(hooks.problemsWith({ verdicts }));
      return { kind: 'refutation', answer: { verdicts } };
    });

    await crew.newTask({ kind: 'review' });
    await crew.settle();

    expect(problems).toEqual([
      ['There is no candidate "C9".', 'The candidate C1 has 2 verdicts.', 'The candidate C2 has no verdict.'],
    ]);
  });
});

describe('a reply to a finding', () => {
  it('is answered in its thread, and what it settles is remembered', async () => {
    await raiseFindings(crew, { fingerprint: trackedFinding().fingerprint });
    const lesson = 'Pages are counted from 0.';
    crew.agents.set('reply', async () => ({
      kind: 'reply',
      answer: { answer: 'You are right.', verdict: 'withdrawn', lesson },
    }));

    const task = await crew.newTask({ kind: 'reply' });
    await crew.settle();

    const { effects } = await crew.records(task);
    expect(effects.map(({ action }) => action.kind)).toEqual(['thread_reply', 'resolve_thread']);
    expect(await crew.store.findings.ofPull(pull)).toMatchObject([
      { state: 'withdrawn', settledBy: 'crew:backend' },
    ]);
    expect(await crew.store.memories.list(1, 10)).toMatchObject([{ kind: 'lesson', text: lesson }]);
    expect(await stateOf(crew, task)).toBe('done');
  });
});
