import { describe, expect, it } from 'vitest';
import { parseEvent } from '../../src/core/parse-event.ts';
import { findOwed } from '../../src/core/reconcile/owed.ts';
import { owedDelivery } from '../../src/core/reconcile/owed-delivery.ts';
import type { Happening, Known, ListedItem } from '../../src/core/reconcile/standing-items.ts';
import type { Task } from '../../src/core/records.ts';
import { listedItem } from '../support/listed-item.ts';

const repository = {
  id: 7,
  owner: 'orchard',
  name: 'cider',
  installationId: 3,
  defaultBranch: 'main',
  private: false,
};
const ines = { login: 'ines', isBot: false };
const SINCE = '2026-01-10T12:00:00Z';
const at = (minutes: number) =>
  new Date(Date.parse(SINCE) + minutes * 60_000).toISOString().replace('.000Z', 'Z');
const head = { headSha: 'b'.repeat(40), baseRef: 'main', draft: false };

function issue(over: Partial<ListedItem> = {}): ListedItem {
  return listedItem({ number: 4, createdAt: at(-100), updatedAt: at(5), ...over });
}

function task(over: Partial<Task> & { readonly kind: Task['kind'] }): Task {
  return {
    id: 't',
    repository,
    subject: { kind: 'issue', number: 4 },
    requestKey: `label:7:4:crew@${at(0)}`,
    state: 'working',
    reason: null,
    createdAt: at(1),
    askedAt: null,
    ...over,
  } as Task;
}

function review(headSha: string, over: Partial<Task> = {}, baseRef = 'main'): Task {
  const request = { kind: 'review', pullRequest: { headSha, baseRef } } as Task['request'];
  return task({ kind: 'review', request, state: 'done', ...over });
}

function happening(id: number, what: string, minutes: number, over: Partial<Happening> = {}): Happening {
  return { id, what, actor: ines, label: null, at: at(minutes), ...over };
}

function known(item: ListedItem, over: Partial<Known> = {}): Known {
  return { repository, item, tasks: [], roles: ['backend'], self: 'crew[bot]', since: SINCE, ...over };
}

/** What is owed once everything that was asked for is known. */
function owedOf(item: ListedItem, over: Partial<Known> = {}): readonly string[] {
  const finding = findOwed(known(item, { head, history: [], ...over }));
  if (finding.kind === 'needs') throw new Error(`it asks for ${finding.what}`);
  return finding.owed.map(({ action, name, sender }) => `${action} ${name} by ${sender?.login}`);
}

describe('an issue', () => {
  const labelled = issue({ labels: ['crew'] });
  const history = [happening(11, 'labeled', 2, { label: 'crew' })];

  it('with a label of the crew and no task is owed its label, by whoever set it', () => {
    expect(owedOf(labelled, { history })).toEqual(['labeled event-11 by ines']);
  });

  it('asks for nothing where it costs nothing to see that nothing is owed', () => {
    expect(findOwed(known(issue({ labels: ['bug'] })))).toEqual({ kind: 'owed', owed: [] });
    expect(findOwed(known(issue({ open: false })))).toEqual({ kind: 'owed', owed: [] });
    expect(findOwed(known(labelled, { tasks: [task({ kind: 'implement' })] }))).toEqual({
      kind: 'owed',
      owed: [],
    });
  });

  it.each([
    ['was set by nobody who is known', { history: [{ ...history[0], actor: null } as Happening] }],
    [
      'was set before the crew looked the last time',
      { history: [happening(11, 'labeled', -20, { label: 'crew' })] },
    ],
    ['is not in its history', { history: [] }],
    [
      'began a task that ended',
      { history, tasks: [task({ kind: 'implement', state: 'done', createdAt: at(3) })] },
    ],
  ])('is owed nothing when its label %s', (_what, over) => {
    expect(owedOf(labelled, over)).toEqual([]);
  });

  it('is owed a label that was set again after its task ended', () => {
    const tasks = [task({ kind: 'implement', state: 'failed', createdAt: at(3) })];

    expect(
      owedOf(labelled, { tasks, history: [...history, happening(12, 'labeled', 9, { label: 'crew' })] }),
    ).toEqual(['labeled event-12 by ines']);
  });

  it('that was closed ends the work on it', () => {
    const tasks = [task({ kind: 'implement' })];

    expect(owedOf(issue({ open: false }), { tasks, history: [happening(13, 'closed', 4)] })).toEqual([
      'closed event-13 by ines',
    ]);
  });

  it('whose label was removed ends the work that the label began', () => {
    const tasks = [task({ kind: 'implement' })];

    expect(
      owedOf(issue(), { tasks, history: [...history, happening(14, 'unlabeled', 4, { label: 'crew' })] }),
    ).toEqual(['unlabeled event-14 by ines']);
  });

  it('whose label was removed does not end what was taken up again afterwards', () => {
    const gone = [...history, happening(14, 'unlabeled', 4, { label: 'crew' })];

    expect(owedOf(issue(), { tasks: [task({ kind: 'implement', askedAt: at(5) })], history: gone })).toEqual(
      [],
    );
    expect(owedOf(issue(), { tasks: [task({ kind: 'implement', askedAt: at(3) })], history: gone })).toEqual([
      'unlabeled event-14 by ines',
    ]);
  });

  it('is told as its webhook would be, with the time at which the label was set', () => {
    const all = known(labelled, { history });
    const finding = findOwed(all);
    const [owed] = finding.kind === 'owed' ? finding.owed : [];
    if (owed === undefined) throw new Error('nothing is owed');
    const delivery = owedDelivery(all, owed);

    expect(delivery).toMatchObject({
      guid: 'reconcile-7-event-11',
      repository: 'orchard/cider',
      installationId: 3,
    });
    expect(parseEvent(delivery.event, delivery.action, JSON.parse(delivery.body))).toEqual({
      kind: 'issue_labelled',
      repository,
      sender: ines,
      issue: { number: 4, title: 'Press', body: '', open: true, updatedAt: at(2) },
      label: 'crew',
    });
  });
});

describe('a pull request', () => {
  const pull = (over: Partial<ListedItem> = {}) => issue({ isPull: true, ...over });

  it.each([
    ['that was opened since', pull({ createdAt: at(1) }), {}, ['opened opened-4 by ines']],
    ['that stood there before', pull(), {}, []],
    ['whose head is reviewed', pull({ createdAt: at(1) }), { tasks: [review(head.headSha)] }, []],
    [
      'that was pushed to after its review',
      pull(),
      { tasks: [review('c'.repeat(40))] },
      [`synchronize pushed-4-${head.headSha} by ines`],
    ],
    [
      'that is to be merged into another branch now',
      pull(),
      { tasks: [review(head.headSha, {}, 'next')] },
      [`edited base-4-${head.headSha}-${Date.parse(at(5))} by ines`],
    ],
    [
      'that became ready',
      pull(),
      { history: [happening(21, 'ready_for_review', 3)] },
      ['ready_for_review event-21 by ines'],
    ],
    ['that became ready before', pull(), { history: [happening(21, 'ready_for_review', -30)] }, []],
    [
      'that was reopened, so that its stopped review goes on',
      pull(),
      {
        tasks: [review(head.headSha, { state: 'stopped', reason: 'The pull request was closed.' })],
        history: [happening(22, 'reopened', 3)],
      },
      ['reopened event-22 by ines'],
    ],
    [
      'whose review a person stopped',
      pull(),
      {
        tasks: [review(head.headSha, { state: 'stopped', reason: 'ines asked for it.' })],
        history: [happening(22, 'reopened', 3)],
      },
      [],
    ],
    [
      'that was given a label which may decide',
      pull(),
      { history: [happening(23, 'labeled', 3, { label: 'ready' })] },
      ['labeled event-23 by ines'],
    ],
    [
      'that is asked to be reviewed',
      pull({ labels: ['crew:review'] }),
      { history: [happening(24, 'labeled', 3, { label: 'crew:review' })] },
      ['labeled event-24 by ines'],
    ],
    [
      'that was closed while its review runs',
      pull({ open: false }),
      { tasks: [review(head.headSha, { state: 'working' })], history: [happening(25, 'closed', 3)] },
      ['closed event-25 by ines'],
    ],
    ['of our own', pull({ createdAt: at(1), author: { login: 'crew[bot]', isBot: true } }), {}, []],
  ] as const)('%s', (_what, item, over, expected) => {
    expect(owedOf(item, over)).toEqual(expected);
  });

  it('is told as its webhook would be', () => {
    const all = known(pull({ createdAt: at(1) }), { head });
    const finding = findOwed(all);
    const [owed] = finding.kind === 'owed' ? finding.owed : [];
    if (owed === undefined) throw new Error('nothing is owed');
    const delivery = owedDelivery(all, owed);

    expect(parseEvent(delivery.event, delivery.action, JSON.parse(delivery.body))).toMatchObject({
      kind: 'pull_request_changed',
      action: 'opened',
      pullRequest: {
        number: 4,
        author: ines,
        open: true,
        draft: false,
        headSha: head.headSha,
        baseRef: 'main',
      },
    });
  });
});
