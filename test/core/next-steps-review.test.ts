import { describe, expect, it } from 'vitest';
import type { Step } from '../../src/core/next-steps/step.ts';
import { nextSteps } from '../../src/core/next-steps.ts';
import type { Subtask } from '../../src/core/records.ts';
import type { Outcome } from '../../src/core/result-records.ts';
import type { Survey } from '../../src/core/review/review-records.ts';
import type { TaskRecords } from '../../src/core/store-ports.ts';
import {
  config,
  earlierFinding,
  effect,
  finding,
  inlineAnchor,
  recordsOf,
  repository,
  result,
  reviewTask,
  subtask,
  surveyOf,
} from '../support/records.ts';
import { context } from './steps.ts';

const surveying = subtask({ key: 'survey', kind: 'survey', role: 'strategist', state: 'done' });
const ONE = surveyOf(['server/api.js', 'web/a.js', 'db/a.sql'], ['backend', 'frontend', 'architect']);
const TWO: Survey = {
  ...ONE,
  groups: [
    { index: 1, paths: ['db/a.sql', 'server/api.js'], reviewers: ['database', 'backend'] },
    { index: 2, paths: ['web/a.js'], reviewers: ['frontend'] },
  ],
};

function surveyed(survey: Survey, change: Partial<TaskRecords> = {}): TaskRecords {
  return recordsOf(change.task ?? reviewTask({ state: 'working' }), {
    effects: change.effects ?? [],
    subtasks: [surveying, ...(change.subtasks ?? [])],
    results: [result(surveying, { kind: 'survey', survey }), ...(change.results ?? [])],
  });
}

/** A reviewer of the first group, or of the one whose number its key ends in. */
function reviewer(role: string, change: Partial<Subtask> = {}): Subtask {
  return subtask({ key: `review-${role}`, kind: 'review', role, dependsOn: ['survey'], ...change });
}

const found = (...findings: ReturnType<typeof finding>[]): Outcome => ({
  kind: 'findings',
  answer: { summary: '', findings, earlier: [] },
  anchors: findings.map(({ path, line }) => inlineAnchor({ path, line })),
  coverage: [],
});
const failure = (message: string): Outcome => ({ kind: 'failed', cause: 'model_unavailable', message });

const started = (records: TaskRecords): readonly string[] =>
  nextSteps(records, context).flatMap((step) =>
    step.kind === 'start_subtasks' ? step.subtasks.map(({ key }) => key) : [],
  );
const addedBy = (steps: readonly Step[]) =>
  steps.flatMap((step) => (step.kind === 'add_subtasks' ? step.subtasks : []));
const kindsOf = (steps: readonly Step[]) => steps.map(({ kind }) => kind);

describe('after the survey', () => {
  it('each reviewer of the one group has a subtask with all paths of the group', () => {
    const added = addedBy(nextSteps(surveyed(ONE), context));

    expect(added.map(({ key, kind, role, files, dependsOn }) => [key, kind, role, files, dependsOn])).toEqual(
      ['backend', 'frontend', 'architect'].map((role) => [
        `review-${role}`,
        'review',
        role,
        ['server/api.js', 'web/a.js', 'db/a.sql'],
        ['survey'],
      ]),
    );
  });

  it('reviewers of several groups are told apart by the number of theirs', () => {
    const added = addedBy(nextSteps(surveyed(TWO), context));

    expect(added.map(({ key, files }) => [key, files])).toEqual([
      ['review-database-1', ['db/a.sql', 'server/api.js']],
      ['review-backend-1', ['db/a.sql', 'server/api.js']],
      ['review-frontend-2', ['web/a.js']],
    ]);
  });

  it('the task ends with the reason when there is nothing to read', () => {
    const nothing = surveyOf([], []);
    const carried: Survey = {
      ...nothing,
      manifest: [{ path: 'server/api.js', read: 'full', reason: 'unchanged since abc1234' }],
      since: { taskId: 'task-0', headSha: `def5678${'0'.repeat(33)}` },
    };

    expect(nextSteps(surveyed(nothing), context)).toEqual([
      { kind: 'lift_block' },
      { kind: 'move', to: 'done', reason: 'No changed file is one that the crew reads.' },
    ]);
    expect(nextSteps(surveyed({ ...carried, manifest: [] }), context)).toEqual([
      { kind: 'lift_block' },
      { kind: 'move', to: 'done', reason: 'No changed file is one that the crew reads.' },
    ]);
    expect(nextSteps(surveyed(carried), context)).toEqual([
      { kind: 'lift_block' },
      { kind: 'move', to: 'done', reason: 'Nothing changed since def5678 that the crew reads.' },
    ]);
  });

  it('an earlier finding is settled although nothing is left to read, because its file left the pull request', () => {
    const survey = { ...surveyOf([], []), earlier: [earlierFinding({ now: null, reread: true })] };
    const steps = nextSteps(surveyed(survey), context);

    expect(kindsOf(steps)).toEqual(['move', 'plan_effects', 'track', 'lift_block']);
    expect(steps).toMatchObject([
      { to: 'publishing' },
      { effects: [{ action: { kind: 'resolve_thread', fingerprint: '0123456789abcdef' } }] },
      { raised: [], settled: [{ fingerprint: '0123456789abcdef', state: 'fixed' }] },
      { kind: 'lift_block' },
    ]);
    const planned = steps.flatMap((step) => (step.kind === 'plan_effects' ? step.effects : []));
    const records = surveyed(survey, {
      task: reviewTask({ state: 'publishing' }),
      effects: planned.map((wanted) => effect({ ...wanted, after: null, state: 'done' })),
    });
    expect(nextSteps(records, context)).toEqual([
      { kind: 'move', to: 'done', reason: 'No changed file is one that the crew reads.' },
    ]);
  });
});

describe('the reviewers of a group', () => {
  const team = ['backend', 'frontend', 'database', 'qa'].map((role) => reviewer(role));
  const [first, ...others] = team as [Subtask, ...Subtask[]];
  const keys = (subtasks: readonly Subtask[]) => subtasks.map(({ key }) => key);

  it('begin with one on each model tier, and the others wait for the prompt that it puts into the cache', () => {
    expect(started(surveyed(ONE, { subtasks: [...team, reviewer('architect')] }))).toEqual([
      'review-backend',
      'review-architect',
    ]);
    expect(started(surveyed(ONE, { subtasks: [{ ...first, state: 'running' }, ...others] }))).toEqual([]);
  });

  it('begin together once the first has paid for a call', () => {
    const paying = { ...first, state: 'running' as const, costUsd: 0.01 };

    expect(started(surveyed(ONE, { subtasks: [paying, ...others] }))).toEqual(keys(others));
  });

  it.each(['done', 'failed', 'stopped'] as const)('begin together once the first is %s', (state) => {
    expect(started(surveyed(ONE, { subtasks: [{ ...first, state }, ...others] }))).toEqual(keys(others));
  });

  it('do not wait for those of another group', () => {
    const subtasks = [
      reviewer('database', { key: 'review-database-1', state: 'running' }),
      reviewer('backend', { key: 'review-backend-1' }),
      reviewer('frontend', { key: 'review-frontend-2' }),
    ];

    expect(started(surveyed(TWO, { subtasks }))).toEqual(['review-frontend-2']);
  });
});

describe('when all reviewers have ended', () => {
  const backend = reviewer('backend', { state: 'done' });
  const qa = reviewer('qa', { state: 'failed' });
  const reviewed = surveyed(surveyOf(['server/api.js'], ['backend', 'qa']), {
    subtasks: [backend, qa],
    results: [result(backend, found(finding())), result(qa, failure('The model did not answer.'))],
  });
  const refuting = subtask({ key: 'refute', kind: 'refute', role: 'qa', dependsOn: ['survey'] });
  const ended = (state: Subtask['state'], outcome: Outcome): TaskRecords => ({
    ...reviewed,
    subtasks: [...reviewed.subtasks, { ...refuting, state }],
    results: [...reviewed.results, result(refuting, outcome)],
  });

  it('what was found gets a second look, by QA where it is enabled', () => {
    expect(addedBy(nextSteps(reviewed, context))).toMatchObject([
      { key: 'refute', kind: 'refute', role: 'qa', files: ['server/api.js'] },
    ]);
  });

  it.each([
    [['architect', 'backend'], 'architect'],
    [['backend'], 'backend'],
  ])('with %j enabled, the second look is by %s', (roles, role) => {
    const task = reviewTask({ state: 'working', request: { config: { ...config, roles } } });

    expect(addedBy(nextSteps({ ...reviewed, task }, context))).toMatchObject([{ key: 'refute', role }]);
  });

  it('none is waited for while a reviewer is still at work', () => {
    const subtasks = [surveying, backend, { ...qa, state: 'running' as const }];

    expect(nextSteps({ ...reviewed, subtasks }, context)).toEqual([]);
  });

  it('only groups in which something was found get a second look', () => {
    const subtasks = [
      reviewer('backend', { key: 'review-backend-1', state: 'done' }),
      reviewer('frontend', { key: 'review-frontend-2', state: 'done' }),
    ];
    const [one, two] = subtasks as [Subtask, Subtask];
    const records = surveyed(TWO, {
      subtasks,
      results: [result(one, found()), result(two, found(finding({ path: 'web/a.js' })))],
    });

    expect(addedBy(nextSteps(records, context))).toMatchObject([{ key: 'refute-2', files: ['web/a.js'] }]);
  });

  it('the review and what is remembered of it are planned in one round, once', () => {
    const verdict = { id: 'C1', verdict: 'confirmed', severity: 'high', reason: 'It does.' } as const;
    const records = ended('done', { kind: 'refutation', answer: { verdicts: [verdict] } });
    const steps = nextSteps(records, context);

    expect(steps).toMatchObject([
      { kind: 'move', to: 'publishing' },
      {
        kind: 'plan_effects',
        effects: [
          {
            repository,
            action: {
              kind: 'review',
              comments: [{ path: 'server/api.js', side: 'RIGHT', line: 3, startLine: null }],
              body: expect.stringContaining('The model did not answer.'),
            },
          },
        ],
      },
      { kind: 'track', raised: [{ path: 'server/api.js', roles: ['backend'] }], settled: [] },
      { kind: 'lift_block' },
      {
        kind: 'take_back_approval',
        why: 'The crew’s approval does not hold for `bbbbbbb`: 1 new finding, 1 of 1 changed file not read in full, not every reviewer finished.',
      },
    ]);
    const effects = steps.flatMap((step) =>
      step.kind === 'plan_effects'
        ? step.effects.map((wanted) => effect({ ...wanted, after: null, state: 'done' }))
        : [],
    );
    const publishing = { ...records, task: reviewTask({ state: 'publishing' }), effects };
    expect(nextSteps(publishing, context)).toEqual([{ kind: 'move', to: 'done', reason: null }]);
  });

  it('waits for the second look, and publishes without it when it fails', () => {
    const running = {
      ...reviewed,
      subtasks: [...reviewed.subtasks, { ...refuting, state: 'running' as const }],
    };
    const broke: Outcome = { kind: 'failed', cause: 'over_budget', message: 'No room.' };

    expect(nextSteps(running, context)).toEqual([]);
    expect(kindsOf(nextSteps(ended('failed', broke), context))).toEqual([
      'move',
      'plan_effects',
      'track',
      'lift_block',
      'take_back_approval',
    ]);
  });

  it('ends at once when nothing was found and nothing is to be remembered', () => {
    const readWhole: Outcome = {
      kind: 'findings',
      answer: { summary: '', findings: [], earlier: [] },
      anchors: [],
      coverage: [{ path: 'server/api.js', read: 'full', reason: null }],
    };
    const silent = surveyed(surveyOf(['server/api.js'], ['backend']), {
      subtasks: [backend],
      results: [result(backend, readWhole)],
    });

    expect(nextSteps(silent, context)).toEqual([
      { kind: 'lift_block' },
      { kind: 'move', to: 'done', reason: null },
    ]);
  });

  it('fails with one sentence for reviewers that failed alike, and names each once', () => {
    const reviews = [
      reviewer('backend', { key: 'review-backend-1', state: 'failed' }),
      reviewer('backend', { key: 'review-backend-2', state: 'failed' }),
      reviewer('qa', { key: 'review-qa-2', state: 'failed' }),
      reviewer('security', { key: 'review-security-2', state: 'failed' }),
    ];
    const results = reviews.map((review, index) =>
      result(review, failure(index === 3 ? 'No key.' : 'No answer.')),
    );

    expect(nextSteps(surveyed(TWO, { subtasks: reviews, results }), context)).toEqual([
      { kind: 'stop_subtasks' },
      {
        kind: 'take_back_approval',
        why: 'The crew’s approval does not hold for `bbbbbbb`: its review could not be completed.',
      },
      { kind: 'move', to: 'failed', reason: 'backend, qa: No answer.\n\nsecurity: No key.' },
    ]);
  });

  it('is over budget only when no reviewer came to an end', () => {
    const broke: Outcome = { kind: 'failed', cause: 'over_budget', message: 'No room.' };
    const both = [{ ...backend, state: 'failed' as const }, qa];
    const records = { ...reviewed, subtasks: [surveying, ...both] };
    const results = [...reviewed.results.slice(0, 1), ...both.map((review) => result(review, broke))];

    expect(nextSteps({ ...records, results }, context)).toMatchObject([
      { kind: 'stop_subtasks' },
      { kind: 'take_back_approval' },
      { kind: 'move', to: 'over_budget' },
    ]);
  });
});
