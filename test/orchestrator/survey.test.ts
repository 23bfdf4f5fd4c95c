import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { FileDiff } from '../../src/core/diff.ts';
import type { Task } from '../../src/core/records.ts';
import type { Survey } from '../../src/core/review/review-records.ts';
import { work } from '../../src/orchestrator/work.ts';
import {
  finding,
  inlineAnchor,
  pullRequest,
  repository,
  reviewTask,
  surveyedFile,
} from '../support/records.ts';
import type { TestCrew } from './crew.ts';
import { findings, testCrew } from './crew.ts';
import { raiseFindings } from './raise-findings.ts';

let crew: TestCrew;

beforeEach(async () => {
  crew = await testCrew();
});
afterEach(() => crew.end());

const pull = { repositoryId: repository.id, number: pullRequest.number };
const QUOTE = inlineAnchor().quote;

async function surveyOf(task: Task): Promise<Survey> {
  const { results } = await crew.records(task);
  const outcome = results.find((result) => result.outcome.kind === 'survey')?.outcome;
  if (outcome?.kind !== 'survey') throw new Error('there is no survey');
  return outcome.survey;
}

async function reviewed(
  since: Task | null = null,
): Promise<{ readonly task: Task; readonly survey: Survey }> {
  const from = since === null ? null : { taskId: since.id, headSha: 'c'.repeat(40) };
  const { request } = reviewTask({ request: { since: from } });
  const task = await crew.newTask({ kind: 'review', request });
  await crew.settle();
  return { task, survey: await surveyOf(task) };
}

/** A diff of one added line. */
function adds(path: string, newLine: number, text: string, change: Partial<FileDiff> = {}): FileDiff {
  const line = { kind: 'added', oldLine: null, newLine, text } as const;
  const hunks = [{ header: `@@ -${newLine},0 +${newLine} @@`, lines: [line] }];
  return {
    path,
    oldPath: path,
    status: 'modified',
    binary: false,
    additions: 1,
    deletions: 0,
    hunks,
    ...change,
  };
}

describe('the rules of directories', () => {
  it('are those of every folder above a changed file, deepest first, but not of the root', async () => {
    crew.checkouts.changed = [surveyedFile('server/pay/api.js'), surveyedFile('README.md')];
    crew.checkouts.texts.set('.crew.yml', 'review: { severity: critical }');
    crew.checkouts.texts.set('server/.crew.yml', 'review: { severity: high }');
    crew.checkouts.texts.set('server/pay/.crew.yml', 'review: { severity: low }');

    const { survey } = await reviewed();

    expect(survey.directories.map(({ dir, severity }) => [dir, severity])).toEqual([
      ['server/pay', 'low'],
      ['server', 'high'],
    ]);
    expect(crew.checkouts.shown).toEqual(['server/.crew.yml', 'server/pay/.crew.yml']);
  });

  it('decide what is read', async () => {
    crew.checkouts.texts.set('server/.crew.yml', 'review: { paths: ["!api.js"] }');

    const { survey } = await reviewed();

    expect(survey.manifest.map(({ path, read }) => [path, read])).toEqual([
      ['server/api.js', 'skipped'],
      ['db/schema.sql', 'full'],
    ]);
  });

  it('reach people with what is wrong in them', async () => {
    crew.checkouts.texts.set('server/.crew.yml', 'review:\n  severity: grave\n');

    const { survey } = await reviewed();

    expect(survey.problems).toEqual([
      expect.stringMatching(/^server\/\.crew\.yml, line 2, review\.severity: /),
    ]);
  });

  it('are asked of 50 folders at most, and that is said', async () => {
    crew.checkouts.changed = Array.from({ length: 60 }, (_, at) => surveyedFile(`server/part${at}/a.js`));

    const { survey } = await reviewed();

    expect(crew.checkouts.shown).toHaveLength(50);
    expect(crew.checkouts.shown[0]).toBe('server/.crew.yml');
    expect(survey.problems).toEqual([
      '11 of the 61 folders that changed were not asked for a .crew.yml: at most 50 are.',
    ]);
  });
});

describe('what an earlier review read', () => {
  it('is not read again where it did not change', async () => {
    const { task } = await reviewed();
    crew.checkouts.changed = [
      surveyedFile('server/api.js', { digest: 'other' }),
      surveyedFile('db/schema.sql'),
    ];
    crew.diary.length = 0;

    const { survey } = await reviewed(task);

    expect(survey.since?.taskId).toBe(task.id);
    expect(survey.manifest).toEqual([
      { path: 'server/api.js', read: 'full', reason: null },
      { path: 'db/schema.sql', read: 'full', reason: 'unchanged since ccccccc' },
    ]);
    expect(crew.diary).toEqual(['+review-backend', '-review-backend']);
  });

  it('ends the next review at once when nothing changed', async () => {
    const { task } = await reviewed();

    const { task: next } = await reviewed(task);

    expect((await crew.records(next)).task).toMatchObject({
      state: 'done',
      reason: 'Nothing changed since ccccccc that the crew reads.',
    });
  });

  it('is read again when one of its reviewers failed', async () => {
    crew.agents.set('review-database', async () => {
      throw new Error('a bug');
    });
    const { task } = await reviewed();

    const { survey } = await reviewed(task);

    expect(survey.since).toBeNull();
    expect(survey.manifest.map(({ reason }) => reason)).toEqual([null, null]);
  });

  it('is read again when that review left no survey', async () => {
    const issue = await crew.newTask();
    await crew.settle();

    const { survey } = await reviewed(issue);

    expect(survey.since).toBeNull();
    expect(survey.groups).toHaveLength(1);
  });

  it('counts as read no better than its reviewers were shown it', async () => {
    crew.agents.set('review-backend', async () => ({
      ...findings(),
      coverage: [{ path: 'server/api.js', read: 'skipped', reason: 'too large to be read' }],
    }));
    const { task } = await reviewed();

    const { survey } = await reviewed(task);

    expect(survey.groups.map(({ paths }) => paths)).toEqual([['server/api.js']]);
  });
});

describe('earlier findings', () => {
  it('stand where their lines are now, and are judged again where their file is read again', async () => {
    await raiseFindings(crew, {}, { path: 'db/schema.sql', anchor: inlineAnchor({ path: 'db/schema.sql' }) });
    crew.checkouts.diffs = [adds('server/api.js', 40, QUOTE), adds('db/schema.sql', 3, 'other text')];

    const { survey } = await reviewed();

    expect(survey.earlier.map(({ now, reread }) => [now?.path, now?.line, reread])).toEqual([
      ['server/api.js', 40, true],
      [undefined, undefined, true],
    ]);
  });

  it('follow a file that was renamed, and are gone with one that left the pull request', async () => {
    await raiseFindings(crew, {}, { path: 'server/old.js', anchor: inlineAnchor({ path: 'server/old.js' }) });
    const renamed = { oldPath: 'server/api.js', status: 'renamed' } as const;
    crew.checkouts.changed = [surveyedFile('server/pages.js', renamed)];
    crew.checkouts.diffs = [adds('server/pages.js', 9, QUOTE, renamed)];

    const { survey } = await reviewed();

    expect(survey.earlier.map(({ now, reread }) => [now?.path ?? null, reread])).toEqual([
      ['server/pages.js', true],
      [null, true],
    ]);
  });

  it('are not judged again where their file was not read again', async () => {
    const { task } = await reviewed();
    await raiseFindings(crew, {});

    const { survey } = await reviewed(task);

    expect(survey.earlier.map(({ reread }) => reread)).toEqual([false]);
  });

  it('are settled although nothing is left to read, when their file left the pull request', async () => {
    await raiseFindings(crew, { path: 'server/old.js', anchor: inlineAnchor({ path: 'server/old.js' }) });
    crew.checkouts.changed = [];

    await reviewed();

    expect(await crew.store.findings.ofPull(pull)).toMatchObject([{ state: 'fixed' }]);
  });

  it('are not those of a review that GitHub refused: nobody has seen them', async () => {
    crew.agents.set('review-backend', async () => findings(finding()));
    crew.refused.add('review');
    const { task } = await reviewed();
    expect((await crew.records(task)).task.state).toBe('failed');
    crew.refused.clear();

    const { task: next, survey } = await reviewed();

    expect(survey.earlier).toEqual([]);
    const { effects } = await crew.records(next);
    expect(effects.filter(({ action }) => action.kind === 'review')).toHaveLength(1);
  });
});

describe('memories', () => {
  const learned = {
    repositoryId: repository.id,
    kind: 'lesson',
    text: 'Favourites come first in every list that shoppers see.',
    path: 'server/api.js',
    evidence: { by: 'mona', number: 2, url: null, quote: 'Favourites first.' },
    key: 'lesson:1',
  } as const;

  it('that match the pull request are in the survey', async () => {
    await crew.store.memories.add(learned, 'mona');

    const { survey } = await reviewed();

    expect(survey.memories).toEqual([
      { id: expect.any(String), kind: 'lesson', text: learned.text, path: 'server/api.js' },
    ]);
  });

  it('that cannot be recalled do not fail the review', async () => {
    await crew.store.memories.add(learned, 'mona');
    const task = await crew.newTask({ kind: 'review' });
    const job = await crew.next('work');
    if (job.step !== 'work') throw new Error('no work');
    const memories = { ...crew.store.memories, recall: () => Promise.reject(new Error('no index')) };

    await work({ ...crew.working, store: { ...crew.store, memories } }, job.subtaskId);

    expect((await surveyOf(task)).memories).toEqual([]);
  });
});
