import { describe, expect, it } from 'vitest';
import type { Change, Decision } from '../../src/core/change.ts';
import type { Facts } from '../../src/core/decide/facts.ts';
import { markKey } from '../../src/core/decide/requests.ts';
import { decide, requestKeyOf } from '../../src/core/decide.ts';
import type {
  CommentEvent,
  CrewEvent,
  IssueChangeEvent,
  IssueLabelEvent,
  PullRequestEvent,
  PullRequestLabelEvent,
} from '../../src/core/event.ts';
import { parseRepoConfig } from '../../src/core/repo-config.ts';
import { implementTask, repository, reviewTask } from '../support/records.ts';

const crew = { roles: ['strategist', 'backend', 'qa'], budgetUsd: 5 };
const mona = { login: 'mona', isBot: false };
const renovate = { login: 'renovate[bot]', isBot: true };
const own = { login: 'crew[bot]', isBot: true };
const AT = '2026-01-02T00:00:00Z';
const HEAD = 'b'.repeat(40);

const issue = { number: 12, title: 'Favourites', body: 'Mark an item.', open: true, updatedAt: AT };
const snapshot = {
  number: 12,
  title: 'Favourites',
  body: 'Mark an item.',
  author: 'mona',
  authorIsWriter: true,
  comments: [],
};
const pullRequest = {
  number: 3,
  author: mona,
  open: true,
  draft: false,
  headSha: HEAD,
  baseRef: 'main',
  updatedAt: AT,
};
const pullSnapshot = {
  ...snapshot,
  number: 3,
  headSha: HEAD,
  headRef: 'x',
  baseSha: 'a'.repeat(40),
  baseRef: 'main',
  fromFork: false,
  draft: false,
};

const base: Facts = {
  app: { id: 99, login: own.login },
  roles: crew.roles,
  config: parseRepoConfig(null, crew),
  permission: 'write',
  tasks: [],
  seen: false,
  standing: {
    open: true,
    labels: ['crew', 'crew:auto', 'crew:backend', 'crew:review'],
    updatedAt: AT,
  },
  issue: snapshot,
  baseSha: 'a'.repeat(40),
  pullRequest: pullSnapshot,
  installed: { repositories: [], openTasks: [] },
};

const labelled = (label: string, change: Partial<IssueLabelEvent> = {}): IssueLabelEvent => ({
  kind: 'issue_labelled',
  repository,
  sender: mona,
  issue,
  label,
  ...change,
});
const opened = (change: Partial<PullRequestEvent> = {}): PullRequestEvent => ({
  kind: 'pull_request_changed',
  action: 'opened',
  repository,
  sender: mona,
  pullRequest,
  previousHeadSha: null,
  ...change,
});
const commented = (body: string, change: Partial<CommentEvent> = {}): CommentEvent => ({
  kind: 'comment',
  action: 'created',
  on: 'issue_comment',
  repository,
  sender: mona,
  author: mona,
  commentId: 5,
  appId: null,
  body,
  before: null,
  subject: { kind: 'issue', number: 12 },
  open: true,
  ...change,
});
const pullLabelled = (label: string, change: Partial<PullRequestLabelEvent> = {}): PullRequestLabelEvent => ({
  kind: 'pull_request_labelled',
  repository,
  sender: mona,
  pullRequest,
  label,
  ...change,
});
const closed: IssueChangeEvent = { kind: 'issue_changed', action: 'closed', repository, sender: mona, issue };
const config = (text: string) => ({ config: parseRepoConfig(text, crew) });

function decisionOn(event: CrewEvent, facts: Partial<Facts> = {}): Decision {
  const verdict = decide(event, { ...base, ...facts });
  if (verdict.kind !== 'decided' || verdict.decisions.length !== 1) throw new Error(JSON.stringify(verdict));
  return verdict.decisions[0] as Decision;
}

const kinds = (changes: readonly Change[]) => changes.map(({ kind }) => kind);
const created = ({ changes }: Decision) =>
  changes.flatMap((change) => (change.kind === 'create_task' ? [change.task] : []));
const labelKey = `label:1:12:crew@${AT}`;
const earlier = (
  state: 'failed' | 'stopped' | 'working' | 'done',
  requestKey = 'label:1:12:crew@2026-01-01',
) => implementTask({ state, requestKey, request: { ...implementTask().request, issue: snapshot } as never });

describe('a label on an issue', () => {
  it.each([
    ['crew', 'required', null],
    ['crew:auto', 'auto', null],
    ['crew:backend', 'required', 'backend'],
  ] as const)('%s starts work with approval %s by %s', (label, approval, role) => {
    const decision = decisionOn(labelled(label));

    expect(decision).toMatchObject({ decided: 'task', actor: 'mona' });
    expect(kinds(decision.changes)).toEqual(['plan_effect', 'create_task']);
    expect(created(decision)[0]).toMatchObject({
      kind: 'implement',
      subject: { kind: 'issue', number: 12 },
      requester: 'mona',
      budgetUsd: 5,
      requestKey: `label:1:12:${label}@${AT}`,
      request: { approval, role, issue: snapshot, baseBranch: 'main', baseSha: 'a'.repeat(40) },
    });
  });

  it('is acknowledged with eyes, under the key by which its replay is recognised', () => {
    const event = labelled('crew');

    expect(requestKeyOf(event)).toBe(labelKey);
    expect(decisionOn(event).changes[0]).toEqual({
      kind: 'plan_effect',
      effect: {
        key: markKey(labelKey),
        taskId: null,
        repository,
        action: { kind: 'reaction', target: { on: 'issue', number: 12 }, content: 'eyes' },
      },
    });
    expect(decisionOn(event, { seen: true })).toMatchObject({ decided: 'ignored', changes: [] });
  });

  it('needs no approval where the configuration says so', () => {
    expect(created(decisionOn(labelled('crew'), config('approval: auto')))[0]?.request).toMatchObject({
      approval: 'auto',
    });
  });

  it.each(['none', 'read', 'triage'] as const)(
    'starts nothing for somebody with %s access, and says so once',
    (permission) => {
      const decision = decisionOn(labelled('crew'), { permission });

      expect(decision.decided).toBe('ignored');
      expect(kinds(decision.changes)).toEqual(['plan_effect']);
      expect(decision.changes[0]).toMatchObject({
        effect: { key: 'refusal:1:12:mona', action: { kind: 'comment' } },
      });
    },
  );

  it.each([
    ['a label of somebody else', labelled('bug'), {}],
    ['a specialist that does not exist', labelled('crew:designer'), {}],
    ['the review label', labelled('crew:review'), {}],
    ['a closed issue', labelled('crew', { issue: { ...issue, open: false } }), {}],
    ['our own App', labelled('crew', { sender: own }), {}],
    ['a bot that is not listed', labelled('crew', { sender: renovate }), {}],
    ['work that runs already', labelled('crew'), { tasks: [earlier('working')] }],
  ])('is ignored without a change for %s', (_what, event, facts) => {
    expect(decisionOn(event, facts)).toMatchObject({
      decided: 'ignored',
      changes: [],
      reason: expect.stringMatching(/.{10,}/),
    });
  });

  it('counts from a bot that the configuration lists', () => {
    expect(
      decisionOn(labelled('crew', { sender: renovate }), config('bots: ["renovate[bot]"]')).decided,
    ).toBe('task');
  });

  it('starts nothing by a specialist that is not enabled, and says so', () => {
    const decision = decisionOn(labelled('crew:backend'), config('roles: [qa]'));

    expect(decision.decided).toBe('ignored');
    expect(decision.changes).toMatchObject([
      { effect: { action: { kind: 'comment', body: expect.stringContaining('qa') } } },
    ]);
  });

  it.each(['failed', 'stopped'] as const)('applied again retries what %s', (state) => {
    const task = earlier(state);

    expect(decisionOn(labelled('crew'), { tasks: [task] }).changes).toEqual([
      expect.objectContaining({ kind: 'plan_effect' }),
      { kind: 'reopen_task', taskId: task.id, budgetUsd: 5 },
    ]);
  });

  it('applied again starts anew when newer work ended well, and when a newer plan replaced what it started', () => {
    const replaced = { ...earlier('stopped'), reason: 'Replaced by a new plan.' };
    const newer = earlier('done', 'command:1:5');

    for (const tasks of [[newer, earlier('failed')], [replaced]]) {
      expect(kinds(decisionOn(labelled('crew'), { tasks }).changes)).toEqual(['plan_effect', 'create_task']);
    }
  });

  it('applied again starts anew when the issue was rewritten, when another label failed, and after success', () => {
    const rewritten = labelled('crew', { issue: { ...issue, body: 'Something else.' } });

    for (const [event, task] of [
      [rewritten, earlier('failed')],
      [labelled('crew'), earlier('failed', 'label:1:12:crew:auto@2026')],
      [labelled('crew'), earlier('done')],
    ] as const) {
      expect(created(decisionOn(event, { tasks: [task] }))).toHaveLength(1);
    }
  });

  it('brings the problems of the configuration up once for each state of the file', () => {
    const problematic = config('aproval: auto');
    const { changes } = decisionOn(labelled('crew'), problematic);

    expect(changes.at(-1)).toMatchObject({
      effect: {
        key: `config-problems:1:${problematic.config.hash}`,
        action: { kind: 'comment', body: expect.stringContaining('did you mean approval') },
      },
    });
  });

  it('removed stops what it started, and nothing else', () => {
    const event = labelled('crew', { kind: 'issue_unlabelled' });
    const other = earlier('working', 'command:1:5');

    const standing = { open: true, labels: [], updatedAt: AT };
    expect(decisionOn(event, { standing, tasks: [earlier('working'), other] }).changes).toEqual([
      { kind: 'stop_task', taskId: earlier('working').id, reason: 'mona removed the label crew.' },
    ]);
    expect(decisionOn(event, { standing, tasks: [other, earlier('done')] }).decided).toBe('ignored');
    expect(decisionOn(event, { tasks: [earlier('working')] }).decided).toBe('ignored');
  });
});

describe('an issue', () => {
  it('that is closed stops its work', () => {
    const standing = { open: false, labels: ['crew'], updatedAt: AT };
    expect(decisionOn(closed, { standing, tasks: [earlier('working')] }).changes).toMatchObject([
      { kind: 'stop_task' },
    ]);
    expect(decisionOn(closed, { tasks: [earlier('working')] }).decided).toBe('ignored');
    expect(decisionOn(closed, { standing, tasks: [earlier('done')] })).toMatchObject({
      decided: 'ignored',
      changes: [],
    });
  });

  it.each(['opened', 'edited'] as const)('that is %s starts nothing', (action) => {
    expect(decisionOn({ ...closed, action })).toMatchObject({ decided: 'ignored', changes: [] });
  });
});

describe('a pull request', () => {
  const openReview = (headSha: string, change = {}) => {
    const task = reviewTask({ state: 'working', ...change });
    return { ...task, request: { ...task.request, pullRequest: { ...pullSnapshot, headSha } } as never };
  };

  it.each(['opened', 'ready_for_review', 'synchronize', 'reopened'] as const)(
    '%s gets one review of its head',
    (action) => {
      const decision = decisionOn(opened({ action }));

      expect(created(decision)).toMatchObject([
        {
          kind: 'review',
          requestKey: `review:1:3:${HEAD}`,
          subject: { kind: 'pull_request', number: 3 },
          request: { pullRequest: pullSnapshot },
        },
      ]);
      const again = { tasks: [reviewTask({ requestKey: `review:1:3:${HEAD}`, state: 'done' })] };
      expect(decisionOn(opened({ action }), again).decided).toBe('ignored');
    },
  );

  it('is reviewed at the head that GitHub tells now, when deliveries come out of order', () => {
    const newer = { ...pullSnapshot, headSha: 'c'.repeat(40) };

    expect(created(decisionOn(opened(), { pullRequest: newer }))[0]?.requestKey).toBe(
      `review:1:3:${'c'.repeat(40)}`,
    );
  });

  it.each([
    ['a draft', opened({ pullRequest: { ...pullRequest, draft: true } }), ''],
    ['switched off', opened(), 'review:\n  auto: false'],
    ['our own', opened({ pullRequest: { ...pullRequest, author: own } }), ''],
    ['a bot’s', opened({ pullRequest: { ...pullRequest, author: renovate } }), ''],
    ['an ignored author’s', opened(), 'review:\n  ignore_authors: [mona]'],
    ['into another branch', opened(), 'review:\n  base_branches: ["release/*"]'],
    ['in a repository whose configuration cannot be read', opened(), 'review: ['],
  ])('is not reviewed when it is %s', (_what, event, text) => {
    expect(decisionOn(event, config(text))).toMatchObject({ decided: 'ignored', changes: [] });
  });

  it.each([
    [
      'a draft where drafts are wanted',
      opened({ pullRequest: { ...pullRequest, draft: true } }),
      'review:\n  drafts: true',
    ],
    [
      'of a listed bot',
      opened({ pullRequest: { ...pullRequest, author: renovate } }),
      'bots: ["renovate[bot]"]',
    ],
    [
      'into a branch that matches',
      opened({ pullRequest: { ...pullRequest, baseRef: 'release/2' } }),
      'review:\n  base_branches: ["release/*"]',
    ],
  ])('is reviewed when it is %s', (_what, event, text) => {
    expect(created(decisionOn(event, config(text)))).toHaveLength(1);
  });

  it('pushed to supersedes the review of the older head', () => {
    const event = opened({ action: 'synchronize', previousHeadSha: 'd'.repeat(40) });
    const tasks = [openReview('d'.repeat(40))];

    expect(decisionOn(event, { tasks }).changes).toMatchObject([
      { kind: 'stop_task', reason: `Superseded by ${HEAD.slice(0, 7)}.` },
      { kind: 'create_task' },
    ]);
    expect(decisionOn(event, { tasks, ...config('review:\n  auto: false') }).changes).toMatchObject([
      { kind: 'stop_task' },
    ]);
  });

  it('pushed back to an earlier head goes on with its review, and ends the one of the head that is gone', () => {
    const event = opened({ action: 'synchronize', previousHeadSha: 'd'.repeat(40) });
    const gone = { ...openReview('d'.repeat(40)), id: 'gone' };
    const back = { ...openReview(HEAD, { state: 'stopped', reason: 'Superseded by ddddddd.' }), id: 'back' };
    const done = { ...openReview(HEAD, { state: 'done' }), id: 'done' };
    const stop = { kind: 'stop_task', taskId: 'gone', reason: `Superseded by ${HEAD.slice(0, 7)}.` };

    expect(decisionOn(event, { tasks: [gone, back] }).changes).toEqual([
      stop,
      { kind: 'reopen_task', taskId: 'back' },
    ]);
    expect(decisionOn(event, { tasks: [gone, done] }).changes).toEqual([stop]);
    expect(decisionOn(pullLabelled('crew:review'), { tasks: [gone, back] }).changes).toMatchObject([
      { kind: 'plan_effect' },
      stop,
      { kind: 'reopen_task', taskId: 'back' },
    ]);
  });

  it('is not reviewed twice when its label was told of before its opening', () => {
    const byLabel = openReview(HEAD, { requestKey: 'label:1:3:crew:review@2026' });

    expect(decisionOn(opened(), { tasks: [byLabel] })).toMatchObject({ decided: 'ignored', changes: [] });
  });

  it('of the crew’s own that a person pushes to loses the review of its older head', () => {
    const event = opened({ action: 'synchronize', pullRequest: { ...pullRequest, author: own } });

    expect(decisionOn(event, { tasks: [openReview('d'.repeat(40))] }).changes).toMatchObject([
      { kind: 'stop_task' },
    ]);
    expect(decisionOn(event).decided).toBe('ignored');
  });

  it('closed stops its review, and reopened gets it again', () => {
    const stopped = openReview(HEAD, { state: 'stopped', requestKey: `review:1:3:${HEAD}` });
    const reopened = opened({ action: 'reopened' });

    const standing = { open: false, labels: [], updatedAt: AT };
    const toClosed = { standing, tasks: [openReview(HEAD)] };
    expect(decisionOn(opened({ action: 'closed' }), toClosed).changes).toMatchObject([{ kind: 'stop_task' }]);
    expect(decisionOn(reopened, { tasks: [stopped] }).changes).toEqual([
      { kind: 'reopen_task', taskId: stopped.id },
    ]);
    expect(decisionOn(opened(), { tasks: [stopped] }).decided).toBe('ignored');
  });

  it.each([
    ['triage', 'task'],
    ['read', 'ignored'],
  ] as const)('labelled crew:review by somebody with %s access: %s', (permission, decided) => {
    expect(decisionOn(pullLabelled('crew:review'), { permission }).decided).toBe(decided);
  });

  it('labelled crew is not worked on', () => {
    expect(decisionOn(pullLabelled('crew'))).toMatchObject({ decided: 'ignored', changes: [] });
  });
});

describe('a comment', () => {
  it('with commands is handed on to them', () => {
    expect(decide(commented('/crew run\n/crew status'), base)).toEqual({
      kind: 'commands',
      commands: [
        { verb: 'run', args: '' },
        { verb: 'status', args: '' },
      ],
    });
  });

  it.each([
    ['without a command', commented('hello')],
    ['by our own App', commented('/crew run', { author: own, sender: own })],
    ['written through our own App', commented('/crew run', { appId: 99 })],
    ['by a bot that is not listed', commented('/crew run', { author: renovate, sender: renovate })],
    ['edited without a new command', commented('/crew run!', { action: 'edited', before: '/crew run!' })],
    ['edited by somebody else', commented('/crew run', { action: 'edited', before: '', author: renovate })],
  ])('%s is ignored', (_what, event) => {
    expect(decisionOn(event)).toMatchObject({ decided: 'ignored', changes: [] });
  });
});

describe('every decision', () => {
  it.each<[string, CrewEvent, readonly string[] | null]>([
    ['another label', labelled('bug'), null],
    ['a comment without a command', commented('hi'), null],
    [
      'a report',
      { kind: 'report', event: 'check_run', repository, sender: mona, headSha: HEAD, conclusion: 'success' },
      null,
    ],
    ['an unknown event', { kind: 'other', name: 'star.created', problem: null }, null],
    ['a crew label', labelled('crew'), ['permission']],
    ['an opened pull request', opened(), ['config']],
    ['a closed issue', closed, ['tasks']],
  ])('asks for no more facts than it needs: %s', (_what, event, facts) => {
    const verdict = decide(event, { app: base.app, roles: base.roles });

    expect(verdict.kind === 'needs' ? verdict.facts : null).toEqual(facts);
  });

  it('forgets the repositories of an installation that is gone, and stops their tasks', () => {
    const event = {
      kind: 'installation',
      change: 'gone',
      action: 'deleted',
      installationId: 7,
      sender: mona,
      added: [],
      removed: [],
    } as const;
    const installed = { repositories: [repository], openTasks: [earlier('working')] };

    expect(kinds(decisionOn(event, { installed }).changes)).toEqual(['stop_task', 'remove_repository']);
  });

  it('keeps a renamed repository under its new name', () => {
    const event = { kind: 'repository_moved', action: 'renamed', repository, sender: mona } as const;

    expect(decisionOn(event).changes).toEqual([{ kind: 'save_repository', repository }]);
  });
});
