import { describe, expect, it } from 'vitest';
import type { Facts } from '../../src/core/decide/facts.ts';
import type { OwnPull } from '../../src/core/decide/own-pulls.ts';
import { markKey } from '../../src/core/decide/requests.ts';
import { decide } from '../../src/core/decide.ts';
import type { PushEvent, ReportEvent, ReviewEvent } from '../../src/core/event.ts';
import { signatureOf } from '../../src/core/fix/signature.ts';
import type { HeadCheck, PullState } from '../../src/core/github-ports.ts';
import type { FixCause } from '../../src/core/request-records.ts';
import {
  failedCheck,
  feedback,
  fixTask,
  implementTask,
  replyTask,
  repository,
  reviewTask,
} from '../support/records.ts';
import {
  AT,
  base,
  commented,
  config,
  created,
  decisionOn,
  finding,
  findingBody,
  HEAD,
  kinds,
  mona,
  opened,
  own,
  pullRequest,
  pullSnapshot,
  renovate,
} from './decide-parts.ts';

const BRANCH = 'crew/12-favourites-first';
const ONTO = 'd'.repeat(40);
const ci = { login: 'github-actions[bot]', isBot: true };
const onPull = { kind: 'pull_request', number: 3 } as const;

const pull = (change: Partial<OwnPull> = {}): OwnPull => ({
  number: 3,
  branch: BRANCH,
  base: 'main',
  openedBy: implementTask().id,
  requester: 'hubot',
  askedAt: '2026-11-01T09:00:00Z',
  tasks: [],
  ...change,
});
const state = (change: Partial<PullState> = {}): PullState => ({
  number: 3,
  open: true,
  merged: false,
  draft: true,
  headSha: HEAD,
  headRef: BRANCH,
  baseRef: 'main',
  mergeable: true,
  labels: ['crew'],
  ...change,
});
const ground = {
  pullRequest: { ...pullSnapshot, headRef: BRANCH, draft: true },
  paths: ['server/api.js'],
  baseHead: ONTO,
};
const check = (change: Partial<HeadCheck> = {}): HeadCheck => ({
  kind: 'check_run',
  id: 71,
  suiteId: 7,
  name: 'test',
  ended: true,
  conclusion: 'success',
  url: null,
  said: null,
  run: null,
  ...change,
});
const red = check({ conclusion: 'failure' });
const redRun = (attempt: number) => check({ conclusion: 'failure', run: { id: 70, attempt, jobId: 71 } });

/** All that is known where an own pull request is concerned. */
const known = (change: Partial<Facts> = {}): Partial<Facts> => ({
  own: [pull()],
  states: new Map([[3, state()]]),
  grounds: new Map([[3, ground]]),
  checks: { checks: [red], complete: true },
  repeated: new Map(),
  failures: [failedCheck()],
  standing: { open: true, labels: ['crew'], updatedAt: AT },
  ...change,
});

const report = (change: Partial<ReportEvent> = {}): ReportEvent => ({
  kind: 'report',
  source: { kind: 'check_suite', id: 7, runs: 1 },
  repository,
  sender: ci,
  headSha: HEAD,
  headBranch: BRANCH,
  conclusion: 'failure',
  app: 'github-actions',
  ...change,
});

/** Earlier rounds, newest first; each on a head of its own. */
const rounds = (...causes: readonly FixCause[]) =>
  causes.map((cause, index) =>
    fixTask({
      id: `round-${index}`,
      requestKey: `fix:1:3:${index}`,
      state: 'done',
      request: { cause, pullRequest: { ...pullSnapshot, headSha: String(index).repeat(40) } },
    }),
  );
const checksCause = (signature: string): FixCause => ({ kind: 'checks', checks: [failedCheck()], signature });
const SIGNATURE = signatureOf([failedCheck()]);

describe('checks that failed on a pull request of the crew’s own', () => {
  it('begin one round, with their logs, by whoever asked for the pull request', () => {
    const decision = decisionOn(report(), known());

    expect(decision).toMatchObject({ decided: 'task', actor: 'system' });
    expect(created(decision)).toMatchObject([
      {
        kind: 'fix',
        subject: { kind: 'pull_request', number: 3 },
        requester: 'hubot',
        requestKey: `fix:1:3:checks:${HEAD}:${SIGNATURE}`,
        request: {
          openedBy: implementTask().id,
          cause: { kind: 'checks', checks: [failedCheck()], signature: SIGNATURE },
          paths: ['server/api.js'],
          pullRequest: { headSha: HEAD },
        },
      },
    ]);
  });

  it.each<[string, Partial<ReportEvent>, Partial<Facts>, string]>([
    ['on nobody’s', {}, { own: [] }, 'no pull request of the crew'],
    [
      'while others still run',
      {},
      { checks: { checks: [red, check({ ended: false })], complete: true } },
      '1 of 2 checks',
    ],
    ['on a head that is gone', {}, { states: new Map([[3, state({ headSha: ONTO })]]) }, 'moved on'],
    ['on one that is closed', {}, { states: new Map([[3, state({ open: false })]]) }, 'is closed'],
    [
      'on one for a person',
      {},
      { states: new Map([[3, state({ labels: ['crew:needs-human'] })]]) },
      'crew:needs-human',
    ],
    [
      'while a round runs',
      {},
      { own: [pull({ tasks: [fixTask({ state: 'working' })] })] },
      'a round that runs',
    ],
    ['with keep_green off', {}, config('keep_green: false'), 'keep_green is off'],
    [
      'where there are too many to be read',
      {},
      { checks: { checks: [red], complete: false } },
      'more checks than are read',
    ],
    ['by the crew’s own App', { app: 'crew' }, {}, 'its own checks'],
    ['without a branch', { headBranch: null }, {}, 'names no branch'],
    [
      'that had their round',
      {},
      { own: [pull({ tasks: [fixTask({ state: 'done', request: { pullRequest: ground.pullRequest } })] })] },
      'had their round',
    ],
  ])('%s begin nothing', (_what, event, facts, reason) => {
    const decision = decisionOn(report(event), known(facts));

    expect(decision.changes).toEqual([]);
    expect(decision.reason).toContain(reason);
  });

  it('begin a round also where GitHub names the crew as who set them off, as it does after its push', () => {
    expect(created(decisionOn(report({ sender: own }), known()))).toHaveLength(1);
  });

  it.each(['cancelled', 'skipped', 'neutral', 'stale', 'action_required'])(
    '%s is no failure',
    (conclusion) => {
      const decision = decisionOn(
        report(),
        known({ checks: { checks: [check({ conclusion })], complete: true } }),
      );

      expect(created(decision)).toEqual([]);
    },
  );

  it('reads neither checks nor logs where nothing is to be decided by them', () => {
    const asked = (facts: Partial<Facts>) => {
      const verdict = decide(report(), { app: base.app, roles: base.roles, ...facts });
      return verdict.kind === 'needs' ? verdict.facts : verdict.kind;
    };
    const { own: pulls = [], states = new Map(), checks = { checks: [], complete: true } } = known();
    const upTo = { own: pulls, states, ...config('') };

    expect(asked({})).toEqual(['own']);
    expect(asked({ own: [] })).toBe('decided');
    expect(asked({ own: pulls })).toEqual(['config', 'states']);
    expect(asked(upTo)).toEqual(['checks']);
    expect(asked({ ...upTo, checks })).toEqual(['failures', 'grounds', 'config']);
  });
});

it('a conflict that a round on the same head could not mend goes to a person, and to no further round', () => {
  const tasks = [
    fixTask({
      state: 'failed',
      reason: 'The commit 1234567 was pushed by a person.',
      request: { cause: { kind: 'conflict', ontoSha: 'e'.repeat(40) }, pullRequest: ground.pullRequest },
    }),
  ];
  const conflicting = { own: [pull({ tasks })], states: new Map([[3, state({ mergeable: false })]]) };

  const decision = decisionOn(report({ headSha: null }), known(conflicting));

  expect(created(decision)).toEqual([]);
  expect(JSON.stringify(decision.changes)).toContain('The commit 1234567 was pushed by a person.');
  expect(JSON.stringify(decision.changes)).toContain('crew:needs-human');
});

it('a green pull request of the crew’s own waits for a review of it that runs, and for no reply', () => {
  const green = (task: Parameters<typeof pull>[0]) =>
    decisionOn(
      report({ conclusion: 'success' }),
      known({ own: [pull(task)], checks: { checks: [check()], complete: true } }),
    );

  expect(green({ tasks: [reviewTask({ state: 'working' })] })).toMatchObject({ decided: 'ignored' });
  expect(green({ tasks: [replyTask({ state: 'working' })] })).toMatchObject({ decided: 'change' });
});

describe('a failed run of Actions', () => {
  const failedRun = (attempt: number, facts: Partial<Facts> = {}) =>
    known({ checks: { checks: [redRun(attempt)], complete: true }, ...facts });

  it('is run again once before anything is held to be broken', () => {
    const decision = decisionOn(report(), failedRun(1));

    expect(decision.changes).toEqual([
      {
        kind: 'plan_effect',
        effect: {
          key: 'rerun:1:70',
          taskId: null,
          repository,
          action: { kind: 'rerun_failed_jobs', runId: 70, attempt: 1, branch: BRANCH },
        },
      },
    ]);
  });

  it('is waited for while it runs again', () => {
    const decision = decisionOn(report(), failedRun(1, { repeated: new Map([[70, 'asked']]) }));

    expect(decision).toMatchObject({
      decided: 'ignored',
      reason: expect.stringContaining('being run again'),
    });
  });

  it.each<[string, Partial<Facts>]>([
    ['that failed again', failedRun(2)],
    ['that GitHub does not run again', failedRun(1, { repeated: new Map([[70, 'refused']]) })],
  ])('%s begins a round', (_what, facts) => {
    expect(created(decisionOn(report(), facts))).toHaveLength(1);
  });

  it('that passes when it is run again is no reason for a round', () => {
    const checks = [check({ run: { id: 70, attempt: 2, jobId: 71 } })];
    const decision = decisionOn(report(), known({ checks: { checks, complete: true } }));

    expect(created(decision)).toEqual([]);
  });
});

describe('a pull request that is green', () => {
  const green = {
    checks: { checks: [check(), check({ name: 'lint', conclusion: 'skipped' })], complete: true },
  };

  it('is not ready by the report of a failure, which may not be shown yet', () => {
    expect(decisionOn(report(), known(green))).toMatchObject({
      decided: 'ignored',
      reason: 'what failed on pull request #3 is not shown',
    });
  });

  it('is taken out of draft', () => {
    const decision = decisionOn(report({ conclusion: 'success' }), known(green));

    expect(decision.changes).toMatchObject([
      {
        effect: { key: `ready:1:3:${HEAD}`, action: { kind: 'ready_for_review', number: 3, headSha: HEAD } },
      },
    ]);
  });

  it.each<[string, Partial<Facts>]>([
    ['is no draft', { states: new Map([[3, state({ draft: false })]]) }],
    ['waits for a person', { states: new Map([[3, state({ labels: ['crew:needs-human'] })]]) }],
    [
      'has a check that waits for a person',
      { checks: { checks: [check({ conclusion: 'action_required' })], complete: true } },
    ],
    ['has work that runs', { own: [pull({ tasks: [fixTask({ kind: 'review', state: 'working' })] })] }],
    ['is checked by nobody', { checks: { checks: [], complete: true } }],
  ])('is left as it is when it %s', (_what, facts) => {
    expect(decisionOn(report(), known({ ...green, ...facts })).changes).toEqual([]);
  });
});

describe('rounds end', () => {
  const handedOver = (tasks: readonly ReturnType<typeof fixTask>[]) =>
    decisionOn(report(), known({ own: [pull({ tasks })] }));

  it('after two by the same cause, with the label and the reason, once a head', () => {
    const decision = handedOver(rounds(checksCause(SIGNATURE), checksCause(SIGNATURE)));

    expect(created(decision)).toEqual([]);
    expect(decision.changes).toMatchObject([
      {
        effect: {
          key: `needs-human:1:3:${HEAD}`,
          action: { kind: 'add_labels', labels: ['crew:needs-human'] },
        },
      },
      {
        effect: {
          // Not of the head: others push while the label is on its way.
          key: expect.not.stringContaining(HEAD),
          action: { kind: 'comment', body: expect.stringContaining('failed in the same way after 2 rounds') },
        },
      },
    ]);
  });

  it('not after two by different causes', () => {
    expect(created(handedOver(rounds(checksCause('other'), checksCause(SIGNATURE))))).toHaveLength(1);
  });

  it('after five that no person asked for', () => {
    const four = ['a', 'b', 'c', 'd'].map(checksCause);

    expect(created(handedOver(rounds(...four)))).toHaveLength(1);
    expect(created(handedOver(rounds(...four, { kind: 'conflict', ontoSha: ONTO })))).toEqual([]);
  });

  it('but are counted anew when a person asks for one', () => {
    const asked: FixCause = { kind: 'asked', note: '' };
    const same = [checksCause(SIGNATURE), checksCause(SIGNATURE)];

    expect(created(handedOver(rounds(asked, ...same)))).toHaveLength(1);
  });

  it('after ten in all, whoever asked for them', () => {
    const ten = rounds(...Array.from({ length: 10 }, (): FixCause => ({ kind: 'feedback' })));
    const decision = decisionOn(
      commented('And this?', { subject: onPull }),
      known({ own: [pull({ tasks: ten })] }),
    );

    expect(created(decision)).toEqual([]);
    expect(kinds(decision.changes)).toEqual(['plan_effect', 'plan_effect', 'plan_effect']);
  });
});

describe('words on a pull request of the crew’s own', () => {
  const reviewed = (body: string, change: Partial<ReviewEvent> = {}): ReviewEvent => ({
    kind: 'review_submitted',
    repository,
    sender: mona,
    subject: onPull,
    reviewId: 9,
    body,
    submittedAt: AT,
    ...change,
  });
  const inThread = (body: string, inReplyTo: number | null = null) =>
    commented(body, { subject: onPull, on: 'review_comment', path: 'server/api.js', line: 3, inReplyTo });

  it.each([
    ['a comment', commented('Name it.', { subject: onPull }), { on: 'comment', id: 5, rootId: null }],
    ['a review', reviewed('Name it.'), { on: 'review', id: 9, rootId: null }],
    [
      'a comment in the diff',
      inThread('Name it.'),
      { on: 'thread', id: 5, rootId: 5, path: 'server/api.js', line: 3 },
    ],
    ['an answer in a thread', inThread('Name it.', 501), { on: 'thread', id: 5, rootId: 501 }],
  ])('begin a round: %s', (_what, event, word) => {
    const decision = decisionOn(event, known());

    expect(created(decision)).toMatchObject([
      {
        kind: 'fix',
        requester: 'mona',
        request: {
          cause: { kind: 'feedback' },
          feedback: [{ author: 'mona', body: 'Name it.', at: AT, ...word }],
        },
      },
    ]);
  });

  it('are shown to have been seen', () => {
    const [seen] = decisionOn(commented('Name it.', { subject: onPull }), known()).changes;

    expect(seen).toMatchObject({
      effect: {
        key: markKey('feedback:1:3:issue_comment:5'),
        action: { kind: 'reaction', content: 'eyes', target: { on: 'issue_comment', commentId: 5 } },
      },
    });
  });

  it('join the round that runs', () => {
    const running = fixTask({ state: 'working' });
    const decision = decisionOn(inThread('And this.'), known({ own: [pull({ tasks: [running] })] }));

    expect(decision.changes).toMatchObject([
      { kind: 'plan_effect' },
      { kind: 'add_feedback', taskId: running.id, feedback: [{ id: 5, body: 'And this.' }] },
    ]);
  });

  it.each<[string, Parameters<typeof decide>[0], Partial<Facts>]>([
    ['by a stranger', commented('Name it.', { subject: onPull }), { permission: 'read' }],
    [
      'by a bot that is not listed',
      commented('Name it.', { subject: onPull, sender: renovate, author: renovate }),
      {},
    ],
    ['an approval without words', reviewed(''), {}],
    ['edited', commented('Name it!', { subject: onPull, action: 'edited', before: 'Name it.' }), {}],
    [
      'on one that is closed',
      commented('Name it.', { subject: onPull }),
      { standing: { open: false, labels: [], updatedAt: AT } },
    ],
    [
      'on one for a person',
      commented('Name it.', { subject: onPull }),
      { standing: { open: true, labels: ['crew:needs-human'], updatedAt: AT } },
    ],
    ['with keep_green off', commented('Name it.', { subject: onPull }), config('keep_green: false')],
    [
      'that were taken up before',
      commented('Name it.', { subject: onPull }),
      { own: [pull({ tasks: [fixTask({ state: 'done', request: { feedback: [feedback({ id: 5 })] } })] })] },
    ],
    ['by the crew', commented('Name it.', { subject: onPull, sender: own, author: own }), {}],
    ['on somebody else’s', commented('Name it.', { subject: onPull }), { own: [] }],
  ])('%s begin nothing', (_what, event, facts) => {
    expect(decisionOn(event, known(facts)).changes).toEqual([]);
  });

  it('of a bot begin a round where it is listed', () => {
    const event = commented('Name it.', { subject: onPull, sender: renovate, author: renovate });
    const decision = decisionOn(event, known(config('bots: ["renovate[bot]"]')));

    expect(created(decision)).toMatchObject([{ request: { feedback: [{ isBot: true }] } }]);
  });

  it('in the thread of a finding are answered by whoever found it', () => {
    const root = { body: findingBody, author: own.login, ours: true, inReplyTo: null };
    const decision = decisionOn(inThread('On purpose.', 501), known({ findings: [finding], root }));

    expect(created(decision)).toMatchObject([{ kind: 'reply' }]);
  });

  it('that hold a command run it instead', () => {
    const verdict = decide(commented('/crew stop', { subject: onPull }), { ...base, ...known() });

    expect(verdict).toMatchObject({ kind: 'commands' });
  });
});

describe('a base that moves on', () => {
  const pushed = (change: Partial<PushEvent> = {}): PushEvent => ({
    kind: 'pushed',
    repository,
    sender: mona,
    branch: 'main',
    beforeSha: 'a'.repeat(40),
    headSha: ONTO,
    ...change,
  });
  const conflicting = (change: Partial<Facts> = {}) =>
    known({ states: new Map([[3, state({ mergeable: false })]]), ...change });

  it('begins a round on each pull request that conflicts with it', () => {
    const other = { ...state({ mergeable: false }), number: 4 };
    const facts = conflicting({
      own: [pull(), pull({ number: 4, branch: 'crew/13-x' }), pull({ number: 5 })],
      states: new Map([
        [3, state({ mergeable: false })],
        [4, other],
        [5, { ...state(), number: 5 }],
      ]),
      grounds: new Map([
        [3, ground],
        [4, ground],
      ]),
    });

    const verdict = decide(pushed(), { ...base, ...facts });

    expect(verdict.kind === 'decided' && verdict.decisions.flatMap(created)).toMatchObject([
      {
        requestKey: `fix:1:3:conflict:${HEAD}:${ONTO}`,
        request: { cause: { kind: 'conflict', ontoSha: ONTO } },
      },
      { requestKey: `fix:1:4:conflict:${HEAD}:${ONTO}` },
    ]);
  });

  it.each<[string, Partial<PushEvent>, Partial<Facts>]>([
    ['without a conflict', {}, known()],
    [
      'while GitHub does not know yet',
      {},
      conflicting({ states: new Map([[3, state({ mergeable: null })]]) }),
    ],
    ['by being deleted', { headSha: null }, conflicting()],
    ['under nobody’s pull request', {}, conflicting({ own: [] })],
    [
      'under one that is for a person',
      {},
      conflicting({ states: new Map([[3, state({ mergeable: false, labels: ['crew:needs-human'] })]]) }),
    ],
    [
      'that had its round',
      {},
      conflicting({
        own: [
          pull({ tasks: [fixTask({ state: 'failed', requestKey: `fix:1:3:conflict:${HEAD}:${ONTO}` })] }),
        ],
      }),
    ],
  ])('begins nothing %s', (_what, event, facts) => {
    expect(decisionOn(pushed(event), facts).changes).toEqual([]);
  });

  it('is seen as well when somebody pushes to the pull request itself', () => {
    const event = opened({ action: 'synchronize', pullRequest: { ...pullRequest, author: own } });

    expect(created(decisionOn(event, conflicting()))).toMatchObject([{ kind: 'fix' }]);
  });
});

it('a pull request that is closed ends its rounds', () => {
  const event = opened({ action: 'closed', pullRequest: { ...pullRequest, author: own, open: false } });
  const running = fixTask({ state: 'working' });

  const decision = decisionOn(event, {
    tasks: [running],
    standing: { open: false, labels: [], updatedAt: AT },
  });

  expect(decision.changes).toEqual([
    { kind: 'stop_task', taskId: running.id, reason: 'The pull request was closed.' },
  ]);
});

describe('a signature', () => {
  it('is the same for the same failure at another time and place', () => {
    const log = (at: string, ms: number) =>
      `ok 1\n/tmp/${at}/server/api.js:3: expected 3, got 2\nError at ${at}\n# duration ${ms}ms`;

    expect(signatureOf([failedCheck({ log: log('1a2b3c4d', 12) })])).toBe(
      signatureOf([failedCheck({ log: log('5e6f7a8b', 3456) })]),
    );
  });

  it('tells failures and checks apart', () => {
    const one = signatureOf([failedCheck()]);

    expect(signatureOf([failedCheck({ log: 'server/api.js: expected favourite, got nothing' })])).not.toBe(
      one,
    );
    expect(signatureOf([failedCheck({ name: 'lint' })])).not.toBe(one);
    expect(signatureOf([failedCheck(), failedCheck({ name: 'lint' })])).toBe(
      signatureOf([failedCheck({ name: 'lint' }), failedCheck()]),
    );
  });
});
