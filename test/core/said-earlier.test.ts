import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Finding } from '../../src/core/answers.ts';
import { reviewBody } from '../../src/core/messages/review-body.ts';
import { siftGroup } from '../../src/core/review/candidates.ts';
import { assembledOf } from '../../src/core/review/review-assembly.ts';
import type { EarlierFinding, TrackedFinding } from '../../src/core/review/review-records.ts';
import { inlineAnchor, trackedFinding } from '../support/records.ts';
import { fault, reviewRecords } from './review-parts.ts';

const PATH = 'server/api.js';
const QUOTE = `${PATH} at 10`;

/** A slight finding on line 10. */
function earlier(change: Partial<TrackedFinding> = {}): EarlierFinding {
  const anchor = inlineAnchor({ path: PATH, line: 10, quote: QUOTE });
  const finding = trackedFinding({
    path: PATH,
    anchor,
    severity: 'medium',
    title: 'Null result is not checked',
    body: 'It throws when the row is gone.',
    ...change,
  });
  return { finding, now: anchor, reread: true };
}

type Reviews = Readonly<Record<string, readonly Finding[]>>;

function review(
  reviews: Reviews,
  known: readonly EarlierFinding[],
  verdict: 'fixed' | 'stands' | null = null,
) {
  const said = verdict === null ? [] : [{ id: 'E1', verdict, reason: '' } as const];
  const of = Object.fromEntries(Object.keys(reviews).map((role) => [role, said]));
  const records = reviewRecords({ reviews, earlier: of, survey: { earlier: known } });
  const assembled = assembledOf(records);
  const published = [...assembled.inline, ...assembled.folded];
  const titles = published.flatMap((one) => [
    one.finding.title,
    ...one.also.map(({ finding }) => finding.title),
  ]);
  return { records, assembled, titles };
}

function candidateTitles(...given: Parameters<typeof review>): readonly string[] {
  const { candidates } = siftGroup(review(...given).records, 1);
  return candidates.flatMap(({ finding, also }) => [finding.title, ...also.map((one) => one.finding.title)]);
}

const deletes = fault('Deletes every account without asking', 10, {
  severity: 'critical',
  body: 'DELETE has no WHERE.',
});

describe('a new fault where something was said before', () => {
  it.each([
    ['of no word in common, and graver', deletes, {}],
    ['of no word in common, and as grave', { ...deletes, severity: 'medium' as const }, {}],
    [
      'graver, with some words in common',
      fault('Null tenant sees all', 10, { severity: 'critical', body: 'Every row of everybody is sent.' }),
      {},
    ],
    [
      'graver, with a title whose words the text before used in passing',
      fault('Password check', 12, { severity: 'critical', body: 'An empty one passes.' }),
      { body: 'The session token is logged here, see the password check below.' },
    ],
  ])('is said when it is %s', (_, found, before) => {
    const { titles, assembled } = review({ backend: [found] }, [earlier(before)]);

    expect(titles).toEqual([found.title]);
    expect(assembled.earlier.open).toHaveLength(1);
  });

  it('is said, and the other taken as fixed, when who found it calls that fixed', () => {
    const found = fault('Row is read twice', 10, { severity: 'medium', body: 'Once would be enough.' });
    const beside = { body: 'The row may be gone.', title: 'Row may be null' };

    const { titles, assembled } = review({ backend: [found] }, [earlier(beside)], 'fixed');

    expect(titles).toEqual([found.title]);
    expect([assembled.earlier.open.length, assembled.earlier.fixed.length]).toEqual([0, 1]);
    expect(review({ backend: [found] }, [earlier(beside)], 'stands').titles).toEqual([]);
  });

  it('is said when one concurs with it who said the earlier one again', () => {
    const again = fault('Null result is not checked', 10, {
      severity: 'medium',
      body: 'Zebra yonder walrus.',
    });
    const other = fault('Tenants walk in', 10, {
      severity: 'critical',
      body: 'Zebra yonder walrus vulture tenants.',
    });

    expect(review({ backend: [again], security: [other] }, [earlier()]).titles).toEqual([other.title]);
  });
});

describe('what was said before', () => {
  it.each([
    ['by the same title, though it is called graver now', {}, { title: 'Null result is not checked' }],
    [
      'by much the same text, though it is called graver now',
      {},
      { title: 'Crash', body: 'It throws on a null result when the row is gone and not checked.' },
    ],
    [
      'in other words by its finder',
      { severity: 'medium' as const },
      { title: 'Result may be null', body: 'So.' },
    ],
    [
      'as it was told beside another fault',
      {},
      { title: 'Cart total is rounded down', body: 'Money is lost.' },
      { body: 'So.\n\nAlso here: Cart total rounded down. Cents vanish.' },
    ],
  ])('is recognised %s', (_, graveness, words, before: Partial<TrackedFinding> = {}) => {
    const found = fault('', 10, { severity: 'critical', ...graveness, ...words });

    expect(review({ backend: [found] }, [earlier(before)]).titles).toEqual([]);
  });
});

describe('a dismissal', () => {
  const dismissed = (line: number, change: Partial<TrackedFinding> = {}) =>
    earlier({
      state: 'dismissed',
      anchor: inlineAnchor({ path: PATH, line: 10, quote: `${PATH} at ${line}` }),
      ...change,
    });

  it('keeps back no other fault on the same text elsewhere', () => {
    const found = { ...deletes, line: 50 };

    const { titles, assembled } = review({ backend: [found] }, [dismissed(50)]);

    expect([titles, assembled.heldBack]).toEqual([[found.title], 0]);
  });

  it('keeps back the same fault on the same text, and the details count it', () => {
    const again = fault('Result may be null', 50, { severity: 'medium', body: 'So.' });
    const { titles, assembled, records } = review({ backend: [again, { ...deletes, line: 90 }] }, [
      dismissed(50),
    ]);

    expect([titles, assembled.heldBack]).toEqual([[deletes.title], 1]);
    expect(reviewBody(records, assembled)).toContain('1 finding left out as dismissed or withdrawn before.');
  });
});

it('no finding that shares no words with an earlier one is ever held back by it', () => {
  const words = (from: readonly string[]) =>
    fc.record({
      title: fc.subarray([...from], { minLength: 1, maxLength: 4 }).map((some) => some.join(' ')),
      body: fc.subarray([...from], { maxLength: 6 }).map((some) => some.join(' ')),
      line: fc.integer({ min: 8, max: 14 }),
      severity: fc.constantFrom('critical' as const, 'high' as const, 'medium' as const),
      category: fc.constantFrom('bug', 'sql', 'security'),
    });
  const before = ['zebra', 'yonder', 'xylophone', 'walrus', 'vulture', 'umbrella', 'tulip'];
  const after = ['alpha', 'bravo', 'charlie', 'delta', 'echo', 'foxtrot', 'golf'];
  const state = fc.constantFrom('open', 'dismissed', 'withdrawn', 'fixed');
  const role = fc.constantFrom('backend', 'security', 'qa');
  const known = fc.record({ of: words(before), state, role, beside: fc.boolean(), gone: fc.boolean() });
  const found = fc.record({ of: fc.oneof(words(after), words(before)), role });

  fc.assert(
    fc.property(
      fc.array(known, { maxLength: 4 }),
      fc.array(found, { minLength: 1, maxLength: 5 }),
      fc.constantFrom('fixed' as const, 'stands' as const, null),
      (allKnown, allFound, verdict) => {
        const reviews = Object.groupBy(
          allFound.map((one) => ({ role: one.role, ...fault(one.of.title, one.of.line, one.of) })),
          (one) => one.role,
        ) as Reviews;
        const said = allKnown.map(({ of, beside, gone, ...one }, at) => {
          const { line, ...worded } = of;
          const anchor = inlineAnchor({ path: PATH, line, quote: `${PATH} at ${line}` });
          const body = beside ? `${of.body}\n\nAlso here: ${of.title}. ${of.body}` : of.body;
          const now = gone ? null : anchor;
          const roles = [one.role];
          const change = { ...worded, body, anchor, state: one.state, roles, fingerprint: `${at}` };
          return { ...earlier(change), now };
        });
        // By the candidates: places are joined after that, by other rules.
        const titles = candidateTitles(reviews, said, verdict);
        const isNews = (title: string) => after.includes(title.split(' ')[0] ?? '');
        for (const title of candidateTitles(reviews, [], null).filter(isNews))
          expect(titles).toContain(title);
      },
    ),
    { numRuns: 500 },
  );
});
