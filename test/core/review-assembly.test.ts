import { describe, expect, it } from 'vitest';
import type { Finding } from '../../src/core/answers.ts';
import { findingComment } from '../../src/core/messages/review.ts';
import { assembleReview } from '../../src/core/review-assembly.ts';
import { result, subtask } from '../support/records.ts';

const finding = (change: Partial<Finding>): Finding => ({
  path: 'a.js',
  side: 'RIGHT',
  start_line: null,
  line: 10,
  severity: 'high',
  category: 'injection',
  title: 'Query text is built from input',
  body: 'Anyone can read every row.',
  evidence: '',
  confidence: 0.8,
  replacement: null,
  ...change,
});

function review(role: string, ...findings: readonly Finding[]) {
  const of = subtask({ key: `review-${role}`, kind: 'review', role, state: 'done' });
  const anchors = findings.map((found) => ({
    kind: 'inline' as const,
    path: found.path,
    side: found.side,
    startLine: found.start_line,
    line: found.line,
  }));
  const coverage = [{ path: 'a.js', read: 'full' as const, reason: null }];
  return {
    subtask: of,
    result: result(of, {
      kind: 'findings',
      answer: { summary: '', findings: [...findings] },
      anchors,
      coverage,
    }),
  };
}

const wanted = { severity: 'medium', maxComments: 8 } as const;

describe('a review of several specialists', () => {
  it('says once what six of them found, and names them all', () => {
    const roles = ['backend', 'security', 'database', 'qa', 'frontend', 'devops'];

    const { inline } = assembleReview(
      roles.map((role) => review(role, finding({ category: role }))),
      wanted,
    );

    expect(inline).toHaveLength(1);
    expect([...(inline[0]?.roles ?? [])].sort()).toEqual([...roles].sort());
  });

  it('keeps apart two faults of one specialist on one line', () => {
    const two = review(
      'backend',
      finding({}),
      finding({ category: 'leak', title: 'Connection never handed back' }),
    );

    expect(assembleReview([two], wanted).inline).toHaveLength(2);
  });

  it('says another fault of another specialist on the same line in the same comment, and loses none', () => {
    const slow = finding({ category: 'speed', title: 'Reads the whole table', severity: 'medium' });

    const { inline } = assembleReview([review('security', finding({})), review('database', slow)], wanted);

    expect(inline).toHaveLength(1);
    expect(inline[0]).toMatchObject({ roles: ['security'], also: [{ role: 'database', finding: slow }] });
    if (inline[0] === undefined) throw new Error('nothing is inline');
    expect(findingComment(inline[0])).toContain(
      'Also here:\n- 🟡 Medium: **Reads the whole table** (database)',
    );
  });

  it('takes the same fault a line away for the same, and the same words in another file for another', () => {
    const near = [review('backend', finding({})), review('security', finding({ line: 12 }))];
    const apart = [review('backend', finding({})), review('security', finding({ path: 'b.js' }))];

    expect(assembleReview(near, wanted).inline).toHaveLength(1);
    expect(assembleReview(apart, wanted).inline).toHaveLength(2);
  });

  it('puts the gravest first, caps what stands inline, folds the rest and leaves out what is too slight', () => {
    const severities = ['low', 'medium', 'critical', 'high', 'medium'] as const;
    const found = severities.map((severity, index) => finding({ severity, line: index * 50 + 1 }));

    const assembled = assembleReview([review('backend', ...found)], { severity: 'medium', maxComments: 2 });

    expect(assembled.inline.map((shown) => shown.finding.severity)).toEqual(['critical', 'high']);
    expect(assembled.folded.map((shown) => shown.finding.severity)).toEqual(['medium', 'medium']);
    expect(assembled.belowThreshold).toBe(1);
  });
});
