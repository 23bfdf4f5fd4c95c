import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Finding } from '../../src/core/answers.ts';
import { findingComment } from '../../src/core/messages/finding-comment.ts';
import { assembledOf } from '../../src/core/review/review-assembly.ts';
import { fault, reviewRecords } from './review-parts.ts';

type Reviews = Readonly<Record<string, readonly Finding[]>>;

const published = (reviews: Reviews) => {
  const { inline, folded } = assembledOf(reviewRecords({ reviews, config: { reviewMaxComments: 50 } }));
  return [...inline, ...folded];
};
/** All that people can read of a review. */
const told = (reviews: Reviews) => published(reviews).map(findingComment).join('\n');

describe('different faults that are worded alike', () => {
  it.each([
    [
      'of one category on one line',
      fault('Query runs once per order', 10, { category: 'sql', body: 'That is N+1 of them.' }),
      fault('Query takes raw order id', 10, { category: 'sql', body: 'Injection lets anybody read all.' }),
    ],
    [
      'two lines apart',
      fault('Missing await on save', 10, { body: 'Writes get lost.' }),
      fault('Missing await on auth', 12, { body: 'Everybody is admin.' }),
    ],
    [
      'under the same short title',
      fault('Unhandled error', 10, { body: 'It crashes at start.' }),
      fault('Unhandled error', 10, { body: 'Money vanishes.' }),
    ],
  ])('are told beside each other by two specialists when they are %s', (_, one, other) => {
    expect(published({ backend: [one], security: [other] })).toMatchObject([
      { roles: ['backend'], finding: { body: one.body }, also: [{ roles: ['security'], finding: other }] },
    ]);
  });

  it('are told each where one specialist found them, in places of their own', () => {
    const bodies = ['It crashes at start.', 'Money vanishes.', 'Visitors see white.'];
    const found = ['server/api.js', 'db/query.js', 'web/page.js'].map((path, at) =>
      fault('Unhandled error', 10 + at, { path, body: bodies[at] ?? '' }),
    );
    const near = bodies.map((body, at) => fault('Unhandled error', 10 + at, { body }));

    for (const reviews of [found, near]) {
      const bodiesTold = published({ backend: reviews }).map(({ finding }) => finding.body);
      expect(bodiesTold.toSorted()).toEqual(bodies.toSorted());
    }
  });
});

describe('the same fault', () => {
  it.each([
    [
      fault('Query built from user input', 10, { body: 'The search goes into SQL as it is.' }),
      fault('User input in the query', 11, { body: 'Search lets anybody inject SQL.' }),
    ],
    [
      fault('Token is written to the log', 10, { body: 'Anyone reads it.' }),
      fault('Token written to the log', 10, { body: 'A secret escapes.' }),
    ],
    [
      fault('Connections leak', 10, {
        category: 'leak',
        body: 'The pool is never given the connection back.',
      }),
      fault('Leaked connection', 10, { category: 'leak', body: 'No connection is given back.' }),
    ],
  ])('is said once, with who concurs: %#', (one, other) => {
    expect(published({ backend: [one], security: [other] })).toMatchObject([
      { roles: ['backend', 'security'], also: [] },
    ]);
  });
});

it('no text is lost where findings share words of short or differing titles, and nothing beyond', () => {
  const titles = ['Missing await on save', 'Missing await on auth', 'Unhandled error', 'The unhandled error'];
  const bodies = ['Zebra one.', 'Yonder two.', 'Xylophone six.', 'Walrus ten.'];
  const found = fc.record({
    role: fc.constantFrom('backend', 'qa', 'security'),
    category: fc.constantFrom('bug', 'sql', 'security'),
    line: fc.integer({ min: 1, max: 8 }),
    path: fc.constantFrom('server/api.js', 'db/query.js'),
    severity: fc.constantFrom('critical', 'high', 'medium'),
  });

  fc.assert(
    fc.property(fc.array(found, { minLength: 4, maxLength: 4 }), (all) => {
      const reviews = Object.groupBy(
        all.map(({ role, ...one }, at) => ({
          role,
          ...fault(titles[at] ?? '', one.line, { ...one, body: bodies[at] ?? '' }),
        })),
        ({ role }) => role,
      );
      const text = told(reviews as Reviews);

      for (const body of bodies) expect(text).toContain(body);
    }),
    { numRuns: 500 },
  );
});
