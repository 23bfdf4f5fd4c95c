import { describe, expect, it } from 'vitest';
import { candidatesOf, groupOf } from '../../src/core/review/candidates.ts';
import { earlierFinding, inlineAnchor, trackedFinding } from '../support/records.ts';
import { fault, reviewRecords } from './review-parts.ts';

const leak = fault('Token is written to the log', 10, { category: 'leak', severity: 'medium' });
const slow = fault('Reads the whole table', 50, { category: 'speed', severity: 'critical' });

describe('the candidates of a group', () => {
  it('are what would be published, worst first, with all that they say', () => {
    const also = fault('Slow for whole tables', 50, {
      category: 'load',
      also_at: [{ path: 'db/query.js', line: 7 }],
    });
    const slight = fault('Name is misspelt', 90, { severity: 'low' });
    const records = reviewRecords({ reviews: { backend: [leak, slight, slow], qa: [also] } });

    expect(candidatesOf(records, 1)).toMatchObject([
      {
        id: 'C1',
        roles: ['backend', 'qa'],
        path: 'server/api.js',
        anchor: { kind: 'inline', line: 50 },
        severity: 'critical',
        title: 'Reads the whole table',
        body: 'Reads the whole table, when it runs.\n\nThe same at: db/query.js:7',
      },
      { id: 'C2', roles: ['backend'], title: 'Token is written to the log' },
    ]);
  });

  it('are numbered alike whoever answered first', () => {
    const given = { backend: [leak, slow], qa: [slow, leak], security: [fault('Last page is lost', 120)] };
    const turned = Object.fromEntries(
      Object.entries(given)
        .toReversed()
        .map(([role, found]) => [role, found.toReversed()]),
    );
    const named = (reviews: typeof given) =>
      candidatesOf(reviewRecords({ reviews }), 1).map(
        ({ id, title, roles }) => `${id} ${title} ${roles.join()}`,
      );

    expect(named(turned as typeof given)).toEqual(named(given));
    expect(named(given)).toEqual([
      'C1 Reads the whole table backend,qa',
      'C2 Last page is lost security',
      'C3 Token is written to the log backend,qa',
    ]);
  });

  it('are of one group only, and none where its reviewers found nothing', () => {
    const records = reviewRecords({ reviews: { 'backend-1': [leak], 'backend-2': [slow], 'backend-3': [] } });
    const titles = (group: number) => candidatesOf(records, group).map(({ id, title }) => [id, title]);

    expect([titles(1), titles(2), titles(3), titles(9)]).toEqual([
      [['C1', leak.title]],
      [['C1', slow.title]],
      [],
      [],
    ]);
  });
});

it.each([
  ['review', 'review-backend', 'backend', 1],
  ['review', 'review-backend-12', 'backend', 12],
  ['review', 'review-team-2', 'team-2', 1],
  ['review', 'review-team-2-3', 'team-2', 3],
  ['refute', 'refute', 'qa', 1],
  ['refute', 'refute-4', 'qa', 4],
] as const)('a %s by the key %s of %s is of group %i', (kind, key, role, group) => {
  expect(groupOf({ kind, key, role })).toBe(group);
});

describe('what was said before', () => {
  const at = (line: number) =>
    inlineAnchor({ path: 'server/api.js', line, quote: `server/api.js at ${line}` });
  const said = {
    category: 'leak',
    title: 'Token is written to the log',
    body: 'Anyone reads it.',
    roles: ['security'],
  };
  const known = (change: object, now: ReturnType<typeof at> | null) =>
    earlierFinding({
      finding: trackedFinding({ path: 'server/api.js', anchor: at(4), ...said, ...change }),
      now,
    });

  it.each([
    ['open, and found again on the lines where it stands now', {}, at(10), {}, false],
    [
      'open, and found again in other words by another',
      {},
      at(11),
      { title: 'Log shows the token', category: 'privacy' },
      false,
    ],
    [
      'open, and another fault is found on its line',
      {},
      at(10),
      { title: 'Reads the whole table', category: 'speed', body: 'Slow.' },
      true,
    ],
    [
      'open, and the like is found far from it',
      {},
      at(100),
      { title: 'Token is written to the log too' },
      true,
    ],
    ['open, its lines gone, and found again in new ones', {}, null, {}, false],
    [
      'dismissed, and another with its title is found in other code of the file',
      { state: 'dismissed' },
      at(150),
      {},
      true,
    ],
    ['dismissed, and found again near where it stands now', { state: 'dismissed' }, at(12), {}, false],
    [
      'dismissed, and found again on the same text elsewhere in the file',
      { state: 'dismissed', anchor: at(10) },
      at(150),
      { category: 'privacy' },
      false,
    ],
    [
      'dismissed, and found again in other words on its lines',
      { state: 'dismissed' },
      at(10),
      { title: 'Log shows the token', category: 'privacy' },
      false,
    ],
    [
      'dismissed, its lines edited, and found again near where they stood',
      { state: 'dismissed', anchor: { ...at(8), quote: 'log.info(request.token);' } },
      null,
      {},
      false,
    ],
    [
      'dismissed, its lines edited and moved, and found again in text that is much the same',
      { state: 'dismissed', anchor: { ...at(170), quote: 'server/api.js was at 10' } },
      null,
      {},
      false,
    ],
    [
      'dismissed, its lines gone, and another with its title is found in other code of the file',
      { state: 'dismissed', anchor: { ...at(170), quote: 'log.info(request.token);' } },
      null,
      {},
      true,
    ],
    [
      'open, its lines gone, and another with its title is found in other code of the file',
      { anchor: { ...at(170), quote: 'log.info(request.token);' } },
      null,
      {},
      true,
    ],
    [
      'dismissed without a line, and found again in the file',
      { state: 'dismissed', anchor: { kind: 'body', place: 'server/api.js:170', reason: 'so' } },
      null,
      {},
      false,
    ],
    ['dismissed, and found again without a line', { state: 'dismissed' }, at(150), { line: 0 }, false],
    ['withdrawn, and found again where it was', { state: 'withdrawn' }, at(10), {}, false],
    ['fixed, and found again', { state: 'fixed' }, null, {}, true],
    [
      'open in another file',
      { path: 'db/query.js', anchor: inlineAnchor({ path: 'db/query.js' }) },
      null,
      {},
      true,
    ],
    [
      'open elsewhere, and lists the file as another place',
      { path: 'db/query.js', body: 'So it is.\n\nThe same at: web/page.js:4, server/api.js:77' },
      inlineAnchor({ path: 'db/query.js', line: 3 }),
      {},
      false,
    ],
  ] as const)('%s', (_, change, now, found, isNews) => {
    const records = reviewRecords({
      reviews: { backend: [{ ...leak, ...found }] },
      survey: { earlier: [known(change, now)] },
    });

    expect(candidatesOf(records, 1)).toHaveLength(isNews ? 1 : 0);
  });

  it('of a comment with two faults leaves the new one to be said', () => {
    const records = reviewRecords({
      reviews: { security: [leak], database: [{ ...slow, line: 10 }] },
      survey: { earlier: [known({}, at(10))] },
    });

    expect(candidatesOf(records, 1)).toMatchObject([
      { id: 'C1', title: 'Reads the whole table', roles: ['database'] },
    ]);
  });
});
