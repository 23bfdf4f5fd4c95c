import { expect, it } from 'vitest';
import { deletedComments } from '../../src/app/deleted-comments.ts';
import type { Effect } from '../../src/core/effect-records.ts';
import type { TaskRecords } from '../../src/core/store-ports.ts';
import { repository, reviewTask, trackedFinding } from '../support/records.ts';

const task = reviewTask({ id: 'raised', state: 'done', createdAt: '2026-01-01T00:00:00Z' });
const finding = trackedFinding({ taskId: task.id });
const { fingerprint } = finding;
const published: Effect = {
  id: 'e',
  key: `review:${task.id}`,
  taskId: task.id,
  repository,
  action: { kind: 'review', number: 3, headSha: 'd'.repeat(40), event: 'COMMENT', body: '', comments: [] },
  revision: 1,
  state: 'done',
  attempts: 1,
  after: null,
  lease: null,
  dueAt: '2026-01-01T00:01:00Z',
  enqueuedAt: null,
  outcome: { url: null, externalId: 21, commented: [fingerprint] },
  error: null,
  createdAt: '2026-01-01T00:01:00Z',
  doneAt: '2026-01-01T00:01:00Z',
};
type Shown = readonly { readonly fingerprint: string; readonly createdAt: string }[] | null;

async function ask(effects: readonly Effect[], shown: Shown, findings = [finding]) {
  let looks = 0;
  const records: TaskRecords = { task, plan: null, subtasks: [], results: [], effects, messages: [] };
  const deleted = await deletedComments({
    repository,
    subject: { number: 3 },
    findings,
    reader: {
      shownFindings: async () => {
        looks += 1;
        return shown;
      },
    },
    records: async (id) => (id === task.id ? records : null),
    now: new Date('2026-01-01T00:03:00Z'),
  });
  return { deleted, looks };
}

it('a comment that was published and is on GitHub no more was deleted', async () => {
  expect(await ask([published], [])).toEqual({ deleted: [fingerprint], looks: 1 });
});

it('so was the newer comment of a finding that is back, where only its older one is left', async () => {
  const older = [{ fingerprint, createdAt: '2025-12-31T00:00:00Z' }];

  expect((await ask([published], older)).deleted).toEqual([fingerprint]);
});

it.each([
  ['it stands there', [{ fingerprint, createdAt: '2026-01-01T00:01:00Z' }]],
  ['there are more threads than can be read', null],
])('it was not where %s', async (_what, shown) => {
  expect((await ask([published], shown)).deleted).toEqual([]);
});

it.each([
  ['its review is on its way', { ...published, state: 'planned', doneAt: null }],
  ['its review was published a moment ago', { ...published, doneAt: '2026-01-01T00:02:30Z' }],
  ['it stood in the body', { ...published, outcome: { url: null, externalId: 21, commented: [] } }],
  ['its review was only found sent', { ...published, outcome: { url: null, externalId: 21 } }],
  ['nothing was published', { ...published, key: 'review:other' }],
] as const)('GitHub is not asked while %s', async (_what, effect) => {
  expect(await ask([effect], [])).toEqual({ deleted: [], looks: 0 });
});

it('GitHub is not asked after a finding whose review is not known', async () => {
  expect(await ask([published], [], [trackedFinding({ taskId: 'other' })])).toEqual({
    deleted: [],
    looks: 0,
  });
});
