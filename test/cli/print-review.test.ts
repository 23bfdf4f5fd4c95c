import pc from 'picocolors';
import { describe, expect, it } from 'vitest';
import { narrateWork } from '../../src/cli/narrate-work.ts';
import { plainText } from '../../src/cli/plain-text.ts';
import { printReview } from '../../src/cli/print-review.ts';
import { type ReportedFinding, type ReviewReport, wasMade } from '../../src/cli/review-report.ts';

const plain = pc.createColors(false);

function finding(more: Partial<ReportedFinding> = {}): ReportedFinding {
  return {
    path: 'src/a.ts',
    side: 'RIGHT',
    start_line: 3,
    line: 4,
    severity: 'medium',
    category: 'race',
    title: 'Two writers at once',
    body: 'The later one\nwins.',
    evidence: '',
    roles: ['backend', 'database'],
    confidence: 0.8,
    published: 'inline',
    also_at: [
      { path: 'src/b.ts', line: 9 },
      { path: 'src/c.ts', line: null },
    ],
    quote: 'a();\nb();',
    suggestion: 'both();\n',
    ...more,
  };
}

function report(more: Partial<ReviewReport> = {}): ReviewReport {
  return {
    findings: [],
    coverage: [],
    reviewers: ['backend'],
    failed_reviewers: [],
    usage: { turns: 2, input_tokens: 10, output_tokens: 5, cache_read_tokens: 20, cache_write_tokens: 30 },
    cost_usd: 0.01234,
    state: 'done',
    reason: null,
    base_sha: 'b',
    head_sha: 'h',
    ...more,
  };
}

describe('a printed review', () => {
  it('says of each finding what, where, by whom, how it fails and what would mend it', () => {
    const text = printReview(report({ findings: [finding()] }), plain, 1_500);

    expect(text).toBe(`1 finding: 1 medium

MEDIUM   Two writers at once
src/a.ts:3-4  race, by backend, database
  The later one
  wins.
  Also at src/b.ts:9, src/c.ts
  - a();
  - b();
  + both();

Reviewed by backend

$0.0123, 2 model calls, 60 tokens in (20 from the cache), 5 out, 1.5 s
`);
  });

  it('is none when nobody made it, unless there was nothing to be read', () => {
    const by = (coverage: ReviewReport['coverage']) => report({ reviewers: [], coverage });
    const none = by([{ path: 'big.js', read: 'skipped', reason: 'too large to be read' }]);
    const lock = by([{ path: 'yarn.lock', read: 'skipped', reason: 'lock file' }]);

    expect([none, by([{ path: 'a.js', read: 'full', reason: null }]), lock, by([])].map(wasMade)).toEqual([
      false,
      false,
      true,
      true,
    ]);
    expect(printReview(none, plain, 0)).toContain('The review could not be made: nobody read the change.');
    expect(printReview(by([]), plain, 0)).toContain('The range changes no file.');
    expect(printReview(lock, plain, 0)).not.toContain('Nothing to report.');
  });

  it('says the same failure of several reviewers once', () => {
    const message = 'The model could not be reached.';
    const failed = ['qa', 'backend'].map((role) => ({ role, message }));

    expect(printReview(report({ failed_reviewers: failed }), plain, 0)).toContain(
      'qa, backend could not review: The model could not be reached.\n',
    );
  });

  it('shows what was not read in full, and who could not review', () => {
    const text = printReview(
      report({
        coverage: [
          { path: 'a', read: 'full', reason: null },
          ...Array.from({ length: 22 }, (_, n) => ({
            path: `p${n}`,
            read: 'skipped' as const,
            reason: 'generated',
          })),
        ],
        failed_reviewers: [{ role: 'qa', message: 'the model refused' }],
      }),
      plain,
      0,
    );

    expect(text).toContain('Nothing to report.');
    expect(text).toContain('Read in full: 1 of 23 changed files\n  p0: skipped, generated\n');
    expect(text).toContain('  p19: skipped, generated\n  and 2 more\n');
    expect(text).toContain('qa could not review: the model refused');
  });

  it('is none when nobody reviewed', () => {
    const nobody = report({ reviewers: [], failed_reviewers: [{ role: 'qa', message: 'no' }] });

    expect(printReview(nobody, plain, 0)).toContain('The review could not be made');
    expect(printReview(nobody, plain, 0)).not.toContain('Nothing to report');
  });

  it('gives the terminal no commands, whatever a file or a model is called or says', () => {
    const hostile = '\u001b[2J\u001b]0;title\u0007\u202eevil\rover\b\u009b31m';
    const everywhere = finding({
      path: hostile,
      title: hostile,
      body: hostile,
      category: hostile,
      roles: [hostile],
      quote: hostile,
      suggestion: hostile,
      also_at: [{ path: hostile, line: 1 }],
    });
    const text = printReview(
      report({
        findings: [everywhere],
        coverage: [{ path: hostile, read: 'part', reason: hostile }],
        reviewers: [hostile],
        failed_reviewers: [{ role: hostile, message: hostile }],
        reason: hostile,
      }),
      plain,
      0,
    );

    expect(text.replaceAll('\n', '')).not.toMatch(/[\p{Cc}\p{Cf}]/u);
    expect(text).toContain('evil');
  });
});

describe('plain text', () => {
  it.each([
    ['a\r\nb\rc', 'a\nb\nc'],
    ['tab\there', 'tab\there'],
    ['👩‍💻', '👩‍💻'],
    ['\u001b[31mred\u001b[0m', 'red'],
    ['soft\u00adhyphen\u2066', 'softhyphen'],
  ])('of %j is %j', (given, shown) => {
    expect(plainText(given)).toBe(shown);
  });
});

describe('progress', () => {
  const event = { seq: 1, at: '', actor: 'system', taskId: null, subject: 's' };

  it.each([
    ['subtask.running', { key: 'survey' }, 'survey is running'],
    [
      'subtask.failed',
      { key: 'review-qa', message: 'the model\u001b[2J refused' },
      'review-qa is failed: the model refused',
    ],
    ['subtask.released', { key: 'review-qa', why: 'no answer', dueAt: '2026' }, 'review-qa waits: no answer'],
    ['subtask.released', { key: 'review-qa', why: 'ending' }, null],
    ['subtask.enqueued', { key: 'review-qa' }, null],
    ['task.working', {}, null],
  ])('of %s with %j is %j', (type, data, told) => {
    expect(narrateWork({ ...event, type, data })).toBe(told);
  });
});
