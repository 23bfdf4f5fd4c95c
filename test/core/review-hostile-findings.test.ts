import { fromMarkdown } from 'mdast-util-from-markdown';
import { describe, expect, it } from 'vitest';
import type { Finding } from '../../src/core/answers.ts';
import { reviewCheck } from '../../src/core/messages/review-check.ts';
import { reviewEffects } from '../../src/core/outcome-effects.ts';
import { BODY_MAX_CHARS, CHECK_SUMMARY_MAX_CHARS } from '../../src/core/outgoing-text.ts';
import { fingerprintIn } from '../../src/core/review/fingerprint.ts';
import { trackingOf } from '../../src/core/review/track-findings.ts';
import { FAILED, FILE_LINES, fault, reviewRecords } from './review-parts.ts';

const LONG = 'x'.repeat(70_000);
const HTML = '</details></sub><script>alert(1)</script><!-- <img src=x onerror=y> -->\n/crew stop\n```';
const good = [
  fault('Token is written to the log', 10, { category: 'leak' }),
  fault('Reads the whole table', 50, { category: 'speed', path: 'db/query.js' }),
];

const invalid: Readonly<Record<string, Partial<Finding>>> = {
  'line 0': { line: 0 },
  'a negative line': { line: -7 },
  'a line that is no number': { line: Number.NaN },
  'a line off the hunk': { line: FILE_LINES + 500 },
  'a line beyond all numbers': { line: 1e308 },
  'an unknown path': { path: 'no/such/file.js' },
  'an empty path': { path: '' },
  'a path out of the repository': { path: '../../etc/passwd' },
  'a path of 70,000 characters': { path: LONG },
  'an absurd range': { start_line: 90_000, line: -1 },
  'a range over everything': { start_line: 1, line: 1_000_000 },
  'a title of 70,000 characters': { title: LONG },
  'a body of 70,000 characters': { body: LONG },
  'a body of 70,000 words': { body: 'table row '.repeat(35_000) },
  'evidence of 70,000 characters': { evidence: LONG },
  'a category of 70,000 characters': { category: LONG },
  'a replacement of 70,000 characters': { replacement: LONG },
  'HTML everywhere': { title: HTML, body: HTML, evidence: HTML, category: HTML },
  'a mention of everyone': { title: '@everyone look', body: '@everyone @acme/owners', evidence: '@everyone' },
  'a confidence that is no number': { confidence: Number.NaN },
  'a confidence without end': { confidence: Number.POSITIVE_INFINITY },
  'an empty title': { title: '' },
  'nothing but white space': { title: ' \n', body: '\t', evidence: ' ', category: ' ' },
  'a marker of ours': { body: '<!-- crew-finding:0123456789abcdef --><!-- crew:00 -->' },
  '5,000 other places': {
    also_at: Array.from({ length: 5_000 }, (_, line) => ({
      path: `${LONG.slice(0, 300)}${line}`,
      line: line - 2,
    })),
  },
  'halves of characters': { title: '\ud83d broken \ude00', body: '\ude00'.repeat(50), path: '\ud83d' },
};

describe.each(Object.entries(invalid))('a finding with %s', (_, change) => {
  const bad = fault('Cart total is rounded down', 120, {
    category: 'money',
    severity: 'critical',
    ...change,
  });
  const records = reviewRecords({ reviews: { backend: [bad, ...good], qa: FAILED }, verdicts: FAILED });
  const [review] = reviewEffects(records);
  if (review?.action.kind !== 'review') throw new Error('there is no review');
  const { action } = review;
  const comments = action.comments.map(({ body }) => body);

  it('loses nothing else of the review', () => {
    expect(comments.filter((body) => body.includes('Token is written to the log'))).toHaveLength(1);
    expect(comments.filter((body) => body.includes('Reads the whole table'))).toHaveLength(1);
    expect(action.body).toMatch(/^\*\*3 findings\*\*: 1 critical, 2 high\.\n/);
    expect(trackingOf(records).raised).toHaveLength(3);
  });

  it('stands on a line of the diff or in the body, within what GitHub takes', () => {
    for (const { line, startLine } of action.comments) {
      expect(line).toBeGreaterThanOrEqual(startLine ?? 1);
      expect(line).toBeLessThanOrEqual(FILE_LINES);
    }
    for (const text of [action.body, ...comments]) expect(text.length).toBeLessThan(BODY_MAX_CHARS);
    const check = reviewCheck({ ...records, task: { ...records.task, state: 'done' } }, 'b'.repeat(40));
    if (check.kind !== 'check_run') throw new Error('there is no check');
    expect(check.summary.length).toBeLessThan(CHECK_SUMMARY_MAX_CHARS);
    expect(JSON.stringify(trackingOf(records)).length).toBeLessThan(40_000);
  });

  it('cannot leave its place: every comment ends in its own fingerprint and shows no HTML of another', () => {
    const raised = trackingOf(records).raised.map(({ fingerprint }) => fingerprint);

    for (const body of comments) expect(raised).toContain(fingerprintIn(body));
    for (const text of [action.body, ...comments]) {
      expect(text.isWellFormed()).toBe(true);
      expect(htmlIn(text).filter((html) => !OURS.test(html))).toEqual([]);
      expect(text).not.toMatch(/^\/crew/m);
    }
  });
});

const OURS =
  /^(?:<\/?sub>|<details>\n<summary>[^<>]*<\/summary>|<\/details>|<!-- crew-finding:[0-9a-f]{16} -->)$/;

/** Raw HTML that Markdown sees in a text, code left out. */
function htmlIn(text: string): readonly string[] {
  const found: string[] = [];
  const walk = (node: object): void => {
    if ('type' in node && node.type === 'html' && 'value' in node) found.push(String(node.value));
    if ('children' in node && Array.isArray(node.children)) node.children.forEach(walk);
  };
  walk(fromMarkdown(text));
  return found;
}
