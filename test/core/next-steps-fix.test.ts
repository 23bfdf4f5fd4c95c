import { describe, expect, it } from 'vitest';
import type { NewEffect } from '../../src/core/effect-ports.ts';
import { fixerOf } from '../../src/core/fix/fix-role.ts';
import { wordProblems, wordsOf } from '../../src/core/fix/words.ts';
import type { StepContext } from '../../src/core/next-steps/step.ts';
import { nextSteps } from '../../src/core/next-steps.ts';
import type { Subtask } from '../../src/core/records.ts';
import type { FixRequest } from '../../src/core/request-records.ts';
import type { Outcome, Result } from '../../src/core/result-records.ts';
import type { TaskRecords } from '../../src/core/store-ports.ts';
import {
  checks,
  effect,
  failedCheck,
  feedback,
  fixTask,
  recordsOf,
  result,
  subtask,
} from '../support/records.ts';
import { context, ROLES } from './steps.ts';

type Replies = NonNullable<Extract<Outcome, { kind: 'patch' }>['answer']['replies']>;

const HEAD = 'b'.repeat(40);
const PUSHED = '5'.repeat(40);
const done = (key: string, kind: Subtask['kind'] = 'work', dependsOn: readonly string[] = []) =>
  subtask({ key, kind, role: kind === 'verify' ? 'qa' : 'backend', state: 'done', dependsOn });
const patch = (text: string, replies: Replies = []): Outcome => ({
  kind: 'patch',
  answer: { summary: 'Mended.', decisions: [], checks: [], not_done: [], replies },
  patch: text,
  baseSha: HEAD,
  leftOut: [],
  sandbox: 'on',
});
const reply = (id: number, isDone = true) => ({ id, done: isDone, text: `Answer to ${id}.` });

interface Given {
  readonly task?: Parameters<typeof fixTask>[0];
  readonly ended?: readonly (readonly [Subtask, Outcome])[];
  readonly open?: readonly Subtask[];
  readonly effects?: TaskRecords['effects'];
}

function records({ task = {}, ended = [], open = [], effects = [] }: Given): TaskRecords {
  const results: Result[] = ended.map(([of, outcome]) => result(of, outcome));
  const subtasks = [...ended.map(([of]) => of), ...open];
  return recordsOf(fixTask({ state: 'working', ...task }), { subtasks, results, effects });
}

const steps = (given: Given, change: Partial<StepContext> = {}) =>
  nextSteps(records(given), { ...context, ...change });
const planned = (given: Given): readonly NewEffect[] =>
  steps(given).flatMap((step) => (step.kind === 'plan_effects' ? step.effects : []));
const added = (given: Given) =>
  steps(given).flatMap((step) => (step.kind === 'add_subtasks' ? step.subtasks : []));

const words = (...given: readonly Partial<FixRequest['feedback'][number]>[]) => ({
  cause: { kind: 'feedback' } as const,
  feedback: given.map((one) => feedback(one)),
});

describe('a round on words', () => {
  const at = (second: number) => `2026-01-01T00:00:${String(second).padStart(2, '0')}.000Z`;
  const waiting = (second: number, ...spoken: readonly number[]) =>
    nextSteps(recordsOf(fixTask({ request: words(...spoken.map((one, id) => ({ id, at: at(one) }))) })), {
      ...context,
      now: new Date(at(second)),
      quietMs: 5_000,
    });

  it('waits until nobody has spoken for a while', () => {
    expect(waiting(0, 0)).toEqual([{ kind: 'wait', ms: 5_000 }]);
    expect(waiting(4, 0, 3)).toEqual([{ kind: 'wait', ms: 4_000 }]);
    expect(waiting(8, 0, 3)).toMatchObject([
      { kind: 'move', to: 'working' },
      { kind: 'add_subtasks', subtasks: [{ key: 'work', title: 'Answer the review' }] },
    ]);
  });

  it('does not wait for ever for people who go on speaking', () => {
    expect(waiting(49, 0, 48)).toEqual([{ kind: 'wait', ms: 1_000 }]);
    expect(waiting(50, 0, 49)).toMatchObject([{ kind: 'move' }, { kind: 'add_subtasks' }]);
  });

  it('has what came too late for one answer answered by another, before anything leaves', () => {
    const request = words({ id: 601 }, { id: 602 });
    const ended = [[done('work'), patch('diff', [reply(601)])]] as const;

    expect(added({ task: { request }, ended })).toMatchObject([
      { key: 'work-2', kind: 'work', role: 'backend', dependsOn: ['work'] },
    ]);
  });

  it('checks anew what was changed after the checks', () => {
    const request = words({ id: 601 }, { id: 602 });
    const ended = [
      [done('work'), patch('diff', [reply(601)])],
      [done('verify', 'verify', ['work']), checks()],
      [done('work-2', 'work', ['work']), patch('more', [reply(602)])],
    ] as const;

    expect(added({ task: { request }, ended })).toMatchObject([
      { key: 'verify-2', kind: 'verify', dependsOn: ['work', 'work-2'] },
    ]);
  });

  it('is not asked for ever for an answer that does not come', () => {
    const request = words({ id: 601 });
    const ended = ['work', 'work-2', 'work-3', 'work-4', 'work-5'].map(
      (key) => [done(key), patch('')] as const,
    );

    expect(planned({ task: { request }, ended })).toMatchObject([
      { action: { kind: 'comment', body: expect.stringContaining('was not taken up in this round') } },
    ]);
  });
});

describe('what leaves', () => {
  const thread = { on: 'thread', path: 'server/api.js', line: 3 } as const;
  const request = words(
    { id: 601, body: 'Name it.' },
    { id: 602, rootId: 500, ...thread },
    { id: 603, rootId: 501, ...thread },
  );
  const ended = [
    [done('work'), patch('diff', [reply(601), reply(602), reply(603, false)])],
    [done('verify', 'verify', ['work']), checks()],
  ] as const;
  const key = `branch:${fixTask().id}:${checks().headSha}`;
  const push = {
    kind: 'push_branch',
    branch: 'crew/12-favourites-first',
    baseSha: HEAD,
    treeSha: checks().treeSha,
    how: 'api',
    onto: HEAD,
    force: false,
  } as const;
  const pushed = effect({
    key,
    action: push,
    state: 'done',
    outcome: { url: 'https://github.example/x', externalId: PUSHED },
  });

  it('is the push first, upon the head that it was made for', () => {
    expect(planned({ task: { request }, ended })).toMatchObject([{ key, action: push }]);
  });

  it('are then the answers, each with the commit, and threads are resolved where all is done', () => {
    const effects = planned({ task: { request }, ended, effects: [pushed] }).slice(1);

    expect(effects.map(({ action }) => action)).toMatchObject([
      { kind: 'thread_reply', number: 3, commentId: 500, body: expect.stringContaining('in 5555555') },
      { kind: 'resolve_answered', number: 3, commentId: 500 },
      {
        kind: 'thread_reply',
        number: 3,
        commentId: 501,
        body: expect.stringContaining('Not done. Answer to 603.'),
      },
      {
        kind: 'comment',
        number: 3,
        body: expect.stringContaining('> mona, in a comment: Name it.\n\nAnswer to 601.'),
      },
    ]);
    expect(effects[1]?.after).toBe(effects[0]?.key);
  });

  it('ends the round with the reason when the head moved on meanwhile', () => {
    const refused = {
      ...pushed,
      state: 'failed',
      error: 'the branch stands elsewhere',
      outcome: null,
    } as const;

    expect(steps({ task: { request }, ended, effects: [refused] })).toEqual([
      {
        kind: 'move',
        to: 'failed',
        reason: 'GitHub did not take the push branch: the branch stands elsewhere',
      },
    ]);
  });

  it('are the answers alone where nothing was changed', () => {
    const talk = [[done('work'), patch('', [reply(601, false), reply(602), reply(603)])]] as const;

    const kinds = planned({ task: { request }, ended: talk }).map(({ action }) => action.kind);

    expect(kinds).toEqual([
      'thread_reply',
      'resolve_answered',
      'thread_reply',
      'resolve_answered',
      'comment',
    ]);
  });

  it('is nothing that loosens tests', () => {
    const refusals = [
      { cause: 'loosened_test', path: 'test/a.test.js', message: 'A test is skipped.' },
    ] as const;
    const refused = (key: string, ...dependsOn: readonly string[]) =>
      [done(key, 'verify', dependsOn), checks({ refusals })] as const;
    const mended = (key: string, ...dependsOn: readonly string[]) =>
      [done(key, 'work', dependsOn), patch('again')] as const;
    const once = [ended[0], refused('verify', 'work')] as const;
    const thrice = [
      ...once,
      mended('fix-1', 'work', 'verify'),
      refused('verify-2', 'work', 'fix-1'),
      mended('fix-2', 'work', 'fix-1', 'verify-2'),
      refused('verify-3', 'work', 'fix-1', 'fix-2'),
    ] as const;

    expect(added({ task: { request }, ended: once }).map(({ key }) => key)).toEqual(['fix-1', 'verify-2']);
    expect(steps({ task: { request }, ended: thrice })).toMatchObject([
      { kind: 'stop_subtasks' },
      { kind: 'move', to: 'failed', reason: expect.stringContaining('- A test is skipped.') },
    ]);
  });
});

describe('a round on failed checks', () => {
  it('begins at once', () => {
    expect(nextSteps(recordsOf(fixTask()), context)).toMatchObject([
      { kind: 'move', to: 'working' },
      {
        kind: 'add_subtasks',
        subtasks: [{ key: 'work', role: 'backend', title: 'Mend the failing checks' }],
      },
    ]);
  });

  it('that changes nothing leaves the rest to a person', () => {
    const ended = [[done('work'), patch('')]] as const;

    expect(planned({ ended }).map(({ action }) => action)).toMatchObject([
      { kind: 'add_labels', number: 3, labels: ['crew:needs-human'] },
      { kind: 'comment', body: expect.stringContaining('changed nothing') },
    ]);
  });
});

describe('a round on a conflict', () => {
  const ontoSha = 'd'.repeat(40);
  const request = { cause: { kind: 'conflict', ontoSha } as const };
  const ended = [
    [done('work'), patch('')],
    [done('verify', 'verify', ['work']), checks()],
  ] as const;

  it('replaces the branch by its commits upon the new base, even where nobody had to work', () => {
    expect(planned({ task: { request }, ended })).toMatchObject([
      { action: { kind: 'push_branch', baseSha: ontoSha, onto: HEAD, force: true } },
    ]);
  });

  it('does not replace it by nothing', () => {
    const nothing = [ended[0], [done('verify', 'verify', ['work']), checks({ headSha: ontoSha })]] as const;

    const kinds = planned({ task: { request }, ended: nothing }).map(({ action }) => action.kind);

    expect(kinds).toEqual(['add_labels', 'comment']);
  });
});

describe('whose round it is', () => {
  const requestOf = (change: Partial<FixRequest>) => {
    const { request } = fixTask({ request: change });
    if (request.kind !== 'fix') throw new Error('no round');
    return request;
  };
  const checksOf = (log: string) => ({
    cause: { kind: 'checks', checks: [failedCheck({ log })], signature: 's' } as const,
  });

  it.each<[string, Partial<FixRequest>, string]>([
    [
      'who owns what failed',
      { ...checksOf('at web/list.js:3'), paths: ['server/api.js', 'web/list.js'] },
      'frontend',
    ],
    [
      'who owns what failed outside of it',
      { ...checksOf('FAIL test/api.test.js'), paths: ['server/api.js'] },
      'qa',
    ],
    [
      'who owns what is spoken of',
      { ...words({ on: 'thread', path: 'db/schema.sql' }), paths: ['server/api.js'] },
      'database',
    ],
    ['who owns most of it', { ...words({}), paths: ['web/a.js', 'web/b.js', 'db/x.sql'] }, 'frontend'],
    ['somebody who works', { ...words({}), paths: ['README.md'] }, 'backend'],
  ])('%s', (_what, change, expected) => {
    expect(fixerOf(requestOf(change), ROLES)).toBe(expected);
  });

  it('finds out whose round it is in a short time, whatever a log holds', () => {
    const checks = ['@', '@.', 'a/', '@a.'].map((part) =>
      failedCheck({ log: part.repeat(20_000 / part.length) }),
    );
    const request = requestOf({ cause: { kind: 'checks', checks, signature: 's' } });
    const startedMs = performance.now();

    fixerOf(request, ROLES);

    expect(performance.now() - startedMs).toBeLessThan(1_000);
  });
});

describe('words to be answered', () => {
  const task = fixTask({ request: words({ id: 601 }, { id: 602 }) });
  const work = subtask({ key: 'work-2', kind: 'work', role: 'backend' });
  const first = done('work');
  const teammates = [{ subtask: first, result: result(first, patch('', [reply(601)])) }];

  it('are those that nobody answered before', () => {
    expect(wordsOf({ task, subtask: work, teammates }).map(({ id }) => id)).toEqual([602]);
    expect(wordsOf({ task, subtask: { ...work, key: 'fix-1' }, teammates: [] })).toEqual([]);
  });

  it('each need a reply of some words', () => {
    const { answer } = patch('', [reply(601), { ...reply(602), text: ' ' }]) as Extract<
      Outcome,
      { kind: 'patch' }
    >;
    const asked = [feedback({ id: 601 }), feedback({ id: 602 }), feedback({ id: 603 })];

    expect(wordProblems(answer, asked)).toEqual([
      'The reply to the comment 602 by mona has no text.',
      '`replies` has no entry for the comment 603 by mona.',
    ]);
  });
});
