import { describe, expect, it } from 'vitest';
import { markKey } from '../../src/core/decide/requests.ts';
import { decide, requestKeyOf } from '../../src/core/decide.ts';
import type { CrewEvent, IssueChangeEvent } from '../../src/core/event.ts';
import { repository } from '../support/records.ts';
import {
  AT,
  base,
  commented,
  config,
  created,
  decisionOn,
  earlier,
  HEAD,
  issue,
  kinds,
  labelled,
  mona,
  opened,
  own,
  renovate,
  snapshot,
  unwatched,
} from './decide-parts.ts';

const closed: IssueChangeEvent = { kind: 'issue_changed', action: 'closed', repository, sender: mona, issue };
const labelKey = `label:1:12:crew@${AT}`;

describe('a label on an issue', () => {
  it.each([
    ['crew', 'required', null],
    ['crew:auto', 'auto', null],
    ['crew:backend', 'required', 'backend'],
  ] as const)('%s starts work with approval %s by %s', (label, approval, role) => {
    const decision = decisionOn(labelled(label));

    expect(decision).toMatchObject({ decided: 'task', actor: 'mona' });
    expect(kinds(decision.changes)).toEqual(['note_ask', 'plan_effect', 'create_task']);
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
    expect(decisionOn(event).changes[1]).toEqual({
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
      expect(kinds(decision.changes)).toEqual(['note_ask', 'plan_effect']);
      expect(decision.changes[1]).toMatchObject({
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
      { kind: 'note_ask' },
      { effect: { action: { kind: 'comment', body: expect.stringContaining('qa') } } },
    ]);
  });

  it.each(['failed', 'stopped'] as const)('applied again retries what %s', (state) => {
    const task = earlier(state);

    expect(decisionOn(labelled('crew'), { tasks: [task] }).changes).toEqual([
      { kind: 'note_ask', of: { repositoryId: 1, number: 12 } },
      expect.objectContaining({ kind: 'plan_effect' }),
      { kind: 'reopen_task', taskId: task.id, budgetUsd: 5 },
    ]);
  });

  it('applied again starts anew when newer work ended well', () => {
    const tasks = [earlier('done', 'command:1:5'), earlier('failed')];

    expect(kinds(decisionOn(labelled('crew'), { tasks }).changes)).toEqual([
      'note_ask',
      'plan_effect',
      'create_task',
    ]);
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

describe('a comment', () => {
  const onPull = { kind: 'pull_request', number: 3 } as const;
  const pushed = { ...unwatched, pushedHeads: ['c'.repeat(40)] };
  const paused = { ...unwatched, paused: 'automatic' as const };

  it.each([pushed, paused])('by a person on a pull request ends the counting of pushes', (watch) => {
    const reviewed: CrewEvent = {
      kind: 'review_submitted',
      repository,
      sender: mona,
      subject: onPull,
      reviewId: 9,
      submittedAt: AT,
      body: '',
    };

    for (const event of [commented('looks fine', { subject: onPull }), reviewed]) {
      expect(decisionOn(event, { watch }).changes).toEqual([
        { kind: 'note_person', of: { repositoryId: 1, number: 3 } },
      ]);
    }
  });

  it.each([
    ['a bot', { sender: renovate, author: renovate }],
    ['an edit', { action: 'edited', before: 'x' } as const],
    ['our own App', { sender: own, author: own }],
  ])('by %s is no word of a person', (_what, change) => {
    const event = commented('looks fine', { subject: onPull, ...change });

    expect(decisionOn(event, { watch: pushed })).toMatchObject({ decided: 'ignored', changes: [] });
  });

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
    ['on a pull request where no push was counted', commented('hello', { subject: onPull })],
    ['edited by somebody else', commented('/crew run', { action: 'edited', before: '', author: renovate })],
  ])('%s is ignored', (_what, event) => {
    expect(decisionOn(event)).toMatchObject({ decided: 'ignored', changes: [] });
  });
});

describe('every decision', () => {
  it.each<[string, CrewEvent, readonly string[] | null]>([
    ['another label', labelled('bug'), null],
    ['a comment without a command', commented('hi'), ['tasks']],
    [
      'a report',
      {
        kind: 'report',
        source: { kind: 'check_run', id: 71, name: 'test' },
        repository,
        sender: mona,
        headSha: HEAD,
        headBranch: 'main',
        conclusion: 'success',
        app: 'github-actions',
      },
      ['own'],
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
