import { describe, expect, it } from 'vitest';
import { findingComment } from '../../src/core/messages/finding-comment.ts';
import { reviewBody } from '../../src/core/messages/review-body.ts';
import { reviewCheck } from '../../src/core/messages/review-check.ts';
import { withoutSuggestions } from '../../src/core/messages/without-suggestions.ts';
import type { TaskState } from '../../src/core/records.ts';
import { assembledOf } from '../../src/core/review/review-assembly.ts';
import type { TaskRecords } from '../../src/core/store-ports.ts';
import {
  earlierFinding,
  inlineAnchor,
  recordsOf,
  reviewTask,
  subtask,
  trackedFinding,
} from '../support/records.ts';
import { confirmed, FAILED, fault, type Review, refuted, reviewRecords } from './review-parts.ts';

const leak = fault('Token is written to the log', 10, { category: 'leak' });
const slow = fault('Reads the whole table', 50, { category: 'speed', severity: 'medium' });

describe('the body of a review', () => {
  it('is one line and folded details: what was read, by whom, what was dropped, what became of earlier findings', () => {
    const open = earlierFinding();
    const at = (fingerprint: string, state: 'open' | 'dismissed') =>
      earlierFinding({ finding: trackedFinding({ fingerprint, state, title: 'Unlike' }), now: null });
    const records = reviewRecords({
      reviews: { backend: [leak, slow], qa: FAILED },
      verdicts: [confirmed('C1'), refuted('C2')],
      survey: {
        earlier: [open, at('1'.repeat(16), 'open'), at('2'.repeat(16), 'dismissed')],
        problems: ['`server/.crew.yml`, line 3: there is no key `sverity`.'],
        manifest: [
          { path: 'server/api.js', read: 'full', reason: null },
          { path: 'db/query.js', read: 'full', reason: 'unchanged since abcdef1' },
          { path: 'package-lock.json', read: 'skipped', reason: 'a lock file' },
        ],
        groups: [{ index: 1, paths: ['server/api.js'], reviewers: ['backend', 'qa'] }],
      },
    });

    const [line, , summary, , ...details] = reviewBody(records, assembledOf(records)).split('\n');

    expect(line).toBe('**1 finding**: 1 high. Of earlier findings: 1 still open, 1 fixed.');
    expect(summary).toBe('<details>');
    expect(details.join('\n')).toContain(
      [
        '3 changed files, 2 read in full. 1 file not read again: unchanged since `abcdef1`.',
        '- `package-lock.json`: not read, a lock file',
        '',
        'Read by backend.',
        '- qa could not finish: The model was away.',
        '',
        'A second look dropped 1 finding.',
        '',
        'Earlier findings: 1 still open, 1 fixed, 1 dismissed.',
        '',
        'Noted while preparing:',
        '- \\`server/.crew.yml\\`, line 3: there is no key \\`sverity\\`.',
        '',
        '| specialist |',
      ].join('\n'),
    );
  });

  it('fits, however much is folded into it, and still counts all of it', () => {
    const many = Array.from({ length: 40 }, (_, index) =>
      fault(`Fault${index} number${index}`, 300, {
        category: `${index}`,
        body: `word${index} `.repeat(1_000),
      }),
    );
    const roles = ['backend', 'qa', 'security', 'devops'];
    const reviews = Object.fromEntries(
      roles.map((role) => [
        role,
        many.map((one) => ({
          ...one,
          title: `${role} ${one.title}x${role}`,
          category: `${role}${one.category}`,
        })),
      ]),
    );
    const records = reviewRecords({ reviews });

    const body = reviewBody(records, assembledOf(records));

    expect(body.length).toBeLessThanOrEqual(58_000);
    expect(body).toMatch(/^\*\*\d+ findings\*\*: \d+ high\.\n/);
    expect(body).toContain('How it was reviewed');
  });
});

describe('the comment of a finding', () => {
  const commentOn = (review: Review) => {
    const [first] = assembledOf(reviewRecords(review)).inline;
    return first === undefined ? '' : findingComment(first);
  };

  it('says what, how it fails, on what evidence and who found it', () => {
    const body = commentOn({ reviews: { backend: [{ ...leak, evidence: 'Line 10 logs `token`.' }] } });

    expect(body).toMatch(
      /^\*\*🟠 High: Token is written to the log\*\*\n\nToken is written to the log, when it runs\.\n\n<details>\n<summary>Evidence<\/summary>\n\nLine 10 logs `token`\.\n\n<\/details>\n\n<sub>leak · found by backend<\/sub>\n\n<!-- crew-finding:[0-9a-f]{16} -->$/,
    );
  });

  it('names the line of another fault beside it, where it is another line', () => {
    const shown = {
      ...leak,
      line: 12,
      title: 'Token is shown to everybody',
      body: 'All see it.',
      severity: 'medium' as const,
    };
    const reviews = {
      backend: [leak],
      qa: [{ ...shown, category: 'privacy', also_at: [{ path: 'web/page.js', line: 4 }] }],
    };

    expect(commentOn({ reviews })).toContain(
      '- **🟡 Medium: Token is shown to everybody** (qa, line 12): All see it. The same at: `web/page.js:4`',
    );
  });

  it('suggests what its anchor suggests, and never what the model merely wrote', () => {
    const records = reviewRecords({ reviews: { backend: [{ ...leak, replacement: 'x();' }] } });
    const [first] = assembledOf(records).inline;
    if (first === undefined) throw new Error('nothing is inline');
    const anchored = (suggestion: string | null) =>
      findingComment({ ...first, anchor: { ...first.anchor, suggestion } });

    expect(anchored('log(id);\n```')).toContain('\n\n````suggestion\nlog(id);\n```\n````\n\n');
    expect(anchored('')).toContain('\n\n```suggestion\n```\n\n');
    expect(anchored(null)).not.toContain('suggestion');
  });
});

describe('Markdown by a model', () => {
  it.each([
    ['```suggestion\nx();\n```', '```\nx();\n```'],
    ['- > ~~~~ Suggestion:-0+2\n  > x();\n  > ~~~~', '- > ~~~~\n  > x();\n  > ~~~~'],
    ['```sugg&#101;stion\nx();\n```', '```\nx();\n```'],
    [
      '```js title="a"\nx();\n```\nand ```suggestion``` inline',
      '```js\nx();\n```\nand ```suggestion``` inline',
    ],
    ['~~~suggestion `x`\nx();\n~~~', '~~~\nx();\n~~~'],
    ['[^1]: ```suggestion\n      x();\n      ```', '[^1]: ```\n      x();\n      ```'],
    ['> - [^a`]: 1) ~~~ suggestion\r\n> x', '> - [^a`]: 1) ~~~\n> x'],
    ['- [x] ```suggestion\n  x();\n  ```', '- [x] ```\n  x();\n  ```'],
    ['a\r```suggestion\rx();\r```', 'a\n```\nx();\n```'],
  ])('offers no suggestion of its own: %j', (written, shown) => {
    expect(withoutSuggestions(written)).toBe(shown);
  });

  it('offers none in a comment either', () => {
    const records = reviewRecords({
      reviews: {
        backend: [{ ...leak, body: '```suggestion\nx();\n```', evidence: '```suggestion\ny();\n```' }],
      },
    });
    const [first] = assembledOf(records).inline;

    expect(first && findingComment(first)).not.toContain('suggestion');
  });
});

describe('the check run of a review', () => {
  const check = (review: Review, state: TaskState = 'done', reason: string | null = null) => {
    const records = reviewRecords(review);
    return shown({ ...records, task: { ...records.task, state, reason } });
  };
  const shown = (records: TaskRecords) => {
    const action = reviewCheck(records, 'b'.repeat(40));
    if (action.kind !== 'check_run') throw new Error('not a check run');
    return action;
  };
  const open = { earlier: [earlierFinding({ reread: false })] };
  const skipped = {
    manifest: [{ path: 'a.lock', read: 'skipped' as const, reason: 'a lock file' }],
    groups: [],
  };

  it.each([
    ['success', 'No finding', { reviews: { backend: [] } }],
    ['neutral', '1 finding', { reviews: { backend: [leak] } }],
    ['neutral', 'No new finding, 1 still open', { reviews: { backend: [] }, survey: open }],
    ['neutral', '1 finding, and 1 still open', { reviews: { backend: [leak] }, survey: open }],
    ['failure', '1 finding', { reviews: { backend: [leak] }, config: { failOn: 'high' as const } }],
    [
      'failure',
      'No new finding, 1 still open',
      { reviews: { backend: [] }, survey: open, config: { failOn: 'medium' as const } },
    ],
    ['neutral', '1 finding', { reviews: { backend: [leak] }, config: { failOn: 'critical' as const } }],
    [
      'neutral',
      '1 finding',
      {
        reviews: { backend: [leak] },
        verdicts: [confirmed('C1', 'medium')],
        config: { failOn: 'high' as const },
      },
    ],
    [
      'success',
      'No finding',
      { reviews: { backend: [leak] }, verdicts: [refuted('C1')], config: { failOn: 'low' as const } },
    ],
    [
      'neutral',
      'No finding, but not everybody could finish',
      { reviews: { backend: [], qa: FAILED }, config: { failOn: 'low' as const } },
    ],
    ['skipped', 'Nothing to read', { reviews: {}, survey: skipped }],
  ] satisfies readonly (readonly [string, string, Review])[])('is %s, "%s"', (conclusion, title, review) => {
    expect(check(review)).toMatchObject({ status: 'completed', conclusion, title });
  });

  it('explains there what was not read and why nothing was said', () => {
    const reason = 'No changed file is one that the crew reads.';

    const { summary } = check({ reviews: {}, survey: skipped }, 'done', reason);

    expect(summary).toMatch(
      /^No changed file is one that the crew reads\.\n\nNo finding\.\n\n1 changed file, 0 read in full\.\n- `a\.lock`: not read, a lock file/,
    );
  });

  it('explains there why a review that found only something slight does not approve', () => {
    const reviews = { backend: [{ ...slow, severity: 'low' as const }] };
    const left = '1 finding below the wanted severity left out';

    expect(check({ reviews, config: { approve: true } }).summary).toContain(
      `${left}, which rules out an approval.`,
    );
    expect(check({ reviews }).summary).toContain(`${left}.`);
  });

  it('names the line where an open finding was reported again after its lines had changed', () => {
    const changed = earlierFinding({ now: null });
    const again = fault(changed.finding.title, 6);

    const { summary, annotations } = check({ reviews: { backend: [again] }, survey: { earlier: [changed] } });

    expect(summary).toContain('- high: Loses the last page of results (server/api.js:6)');
    expect(annotations).toMatchObject([{ path: 'server/api.js', startLine: 6, endLine: 6 }]);
  });

  it('is never red for trouble of our own', () => {
    for (const state of ['failed', 'over_budget'] as const) {
      expect(
        check({ reviews: { backend: FAILED }, config: { failOn: 'low' } }, state, 'The model was away.'),
      ).toMatchObject({
        conclusion: 'neutral',
        title: 'The review could not be finished',
        summary: expect.stringMatching(/^The model was away\./),
      });
    }
    expect(check({ reviews: {} }, 'stopped')).toMatchObject({ conclusion: 'cancelled' });
  });

  it('marks the lines of what is new and of what is still open, the gravest first, on the right side only', () => {
    const gone = earlierFinding({
      finding: trackedFinding({ fingerprint: '1'.repeat(16), title: 'Gone astray' }),
      now: null,
      reread: false,
    });
    const left = earlierFinding({
      finding: trackedFinding({ fingerprint: '2'.repeat(16), title: 'Left behind' }),
      now: inlineAnchor({ side: 'LEFT' }),
      reread: false,
    });
    const { annotations, summary } = check({
      reviews: { backend: [slow, fault('Cart is lost', 900)] },
      survey: { earlier: [...open.earlier, gone, left] },
    });

    expect(annotations).toEqual([
      {
        path: 'server/api.js',
        startLine: 3,
        endLine: 3,
        level: 'failure',
        title: 'Loses the last page of results',
        message: 'The loop ends one short.',
      },
      {
        path: 'server/api.js',
        startLine: 50,
        endLine: 50,
        level: 'warning',
        title: slow.title,
        message: slow.body,
      },
    ]);
    expect(summary).toContain(
      '- high: Loses the last page of results (server/api.js:3)\n- high: Gone astray (server/api.js)',
    );
  });

  it('tells while it runs what is going on', () => {
    const reading = ['backend', 'qa'].map((role) => subtask({ key: `review-${role}`, kind: 'review', role }));
    const at = (state: TaskState, subtasks: TaskRecords['subtasks'] = []) =>
      shown(recordsOf(reviewTask({ state }), { subtasks }));

    expect(at('queued')).toMatchObject({
      status: 'queued',
      conclusion: null,
      summary: 'The crew has taken this up.',
    });
    expect(at('working')).toMatchObject({ status: 'in_progress', title: 'Reading what changed' });
    expect(at('working', reading)).toMatchObject({ title: '2 specialists reading' });
    expect(at('working', [...reading, subtask({ key: 'refute', kind: 'refute', role: 'qa' })])).toMatchObject(
      {
        title: 'Taking a second look at what was found',
      },
    );
  });
});
