import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { briefAgent } from '../../src/agents/briefing/brief-agent.ts';
import { BRIEFING_LIMITS } from '../../src/agents/briefing/limits.ts';
import { BRIEFING_TAGS } from '../../src/agents/briefing/untrusted-text.ts';
import { EARLIER_SHOWN_MAX } from '../../src/core/review/earlier-judges.ts';
import {
  config,
  earlierFinding,
  pullRequest,
  reviewTask,
  surveyedFile,
  surveyOf,
  trackedFinding,
} from '../support/records.ts';
import { type Change, candidate, DIFF, full, inputFor, PATHS, SIX, textOf } from './briefing-review-input.ts';

describe('what the reviewers of a group share', () => {
  it('is the same bytes for six roles and for the second look, whatever is their own', () => {
    const task = reviewTask({
      request: { pullRequest: { ...pullRequest, linkedIssues: [{ ...pullRequest, number: 9 }] } },
    });
    const inputs = [
      ...SIX.map((role) => inputFor({ task, role, survey: full })),
      inputFor({ task, role: 'qa', kind: 'refute', survey: full, candidates: [candidate] }),
    ];

    const shared = inputs.map((input) => {
      const { system, content } = briefAgent(input);
      return Buffer.from(JSON.stringify([system, content[0]]));
    });

    expect(shared).toHaveLength(7);
    for (const bytes of shared) expect(bytes.equals(shared[0] ?? Buffer.of())).toBe(true);
    const own = inputs.map((input) => briefAgent(input).content[1]?.text);
    expect(new Set(own).size).toBe(7);
  });

  it('stands in the order of the contract', () => {
    const linked = { number: 9, title: 'Wanted', body: 'Favourites.', author: 'lisa', authorIsWriter: false };
    const task = reviewTask({
      request: {
        config: { ...config, pathInstructions: [{ path: 'server/**', instructions: 'Mind the tenants.' }] },
        pullRequest: {
          ...pullRequest,
          title: 'Favourites',
          linkedIssues: [linked],
          comments: [{ author: 'mona', body: 'Look at paging.', createdAt: '' }],
        },
      },
    });

    const [context] = textOf({ task, survey: full });

    const sections = context.replace(/<review_rules>[\s\S]*<\/review_rules>/, '<review_rules/>');
    const found = '<title>Loses the last page of results</title>\n<body>\nThe loop ends one short.\n</body>';
    expect(sections).toBe(
      [
        '<repository name="acme/pantry" default_branch="main"></repository>',
        '<rules path="AGENTS.md">\nUse tabs.\n</rules>',
        '<path_instructions>\n- server/**: Mind the tenants.\n</path_instructions>',
        '<memories>\n- [k3f9q2aa] lesson: Pages are counted from 0.\n</memories>',
        `<pull_request number="3" head="${'b'.repeat(40)}" base="${'a'.repeat(40)}" fork="false" author="mona" writer="true">\n<title>Favourites</title>\n<body>\nLet shoppers mark an item.\n</body>\n</pull_request>`,
        '<linked_issue number="9" author="lisa" writer="false">\n<title>Wanted</title>\n<body>\nFavourites.\n</body>\n</linked_issue>',
        '<comment author="mona">\nLook at paging.\n</comment>',
        [
          '<earlier_findings>',
          `<earlier_finding id="E1" roles="backend" path="server/api.js" line="3" severity="high" state="open" reread="true">\n${found}\n</earlier_finding>`,
          `<earlier_finding id="E2" roles="backend" path="server/api.js" line="gone" severity="high" state="open" reread="false">\n${found}\n</earlier_finding>`,
          '</earlier_findings>',
        ].join('\n'),
        '<review_rules/>',
        [
          '<changed_files>',
          ...PATHS.map((path) => `- ${path} (modified, +1 -0): read in full, in this diff`),
          '</changed_files>',
        ].join('\n'),
        DIFF,
      ].join('\n\n'),
    );
  });

  it('says of every changed file who reads it, or why nobody does, this group first', () => {
    const survey = surveyOf(['lock.json', 'server/old.js', 'web/a.tsx', 'server/api.js'], [], {
      files: [
        surveyedFile('lock.json'),
        surveyedFile('server/old.js'),
        surveyedFile('web/a.tsx', { status: 'renamed', oldPath: 'web/<b>.tsx' }),
        surveyedFile('server/api.js'),
      ],
      manifest: [
        { path: 'lock.json', read: 'skipped', reason: 'lock file' },
        { path: 'server/old.js', read: 'full', reason: 'unchanged since 1234567' },
        { path: 'web/a.tsx', read: 'part', reason: 'over 10 characters' },
        { path: 'server/api.js', read: 'full', reason: null },
      ],
      groups: [
        { index: 1, paths: ['server/api.js'], reviewers: ['backend'] },
        { index: 2, paths: ['web/a.tsx'], reviewers: ['frontend'] },
      ],
    });

    expect(textOf({ survey, files: ['server/api.js'] })[0]).toContain(
      [
        '<changed_files>',
        '- server/api.js (modified, +1 -0): read in full, in this diff',
        '- web/a.tsx (renamed from web/&lt;b&gt;.tsx, +1 -0): read in part (over 10 characters), in part 2',
        '- lock.json (modified, +1 -0): not read (lock file)',
        '- server/old.js (modified, +1 -0): read in full (unchanged since 1234567)',
        '</changed_files>',
      ].join('\n'),
    );
  });

  it('asks down to the least severity that holds for any of its files', () => {
    const rules = { maxComments: null, paths: null, pathInstructions: null };
    const survey = surveyOf(PATHS, SIX, { directories: [{ ...rules, dir: 'web', severity: 'low' }] });

    expect(textOf({ survey })[0]).toContain('Report findings of severity low and above.');
    expect(textOf()[0]).toContain('Report findings of severity medium and above.');
  });

  it('is bounded in every list, and says what it leaves out', () => {
    const many = <T>(make: (at: number) => T) => Array.from({ length: 1_000 }, (_, at) => make(at));
    const paths = many((at) => `src/${at}.js`);
    const survey = surveyOf(paths, SIX, {
      earlier: many(() => earlierFinding({ finding: trackedFinding({ body: 'x'.repeat(9_000) }) })),
      memories: many((at) => ({
        id: String(at),
        kind: 'lesson' as const,
        text: 'x'.repeat(9_000),
        path: null,
      })),
    });
    const linkedIssues = many((number) => ({ ...pullRequest, number, body: 'x'.repeat(90_000) }));
    const pathInstructions = many((at) => ({ path: `src/${at}.js`, instructions: 'x'.repeat(9_000) }));
    const task = reviewTask({
      request: { config: { ...config, pathInstructions }, pullRequest: { ...pullRequest, linkedIssues } },
    });

    const [context] = textOf({ task, survey, files: paths });

    for (const shown of [
      `[cut: ${EARLIER_SHOWN_MAX} of 1,000 shown]\n</earlier_findings>`,
      `[cut: ${BRIEFING_LIMITS.memories} of 1,000 shown]\n</memories>`,
      `[cut: ${BRIEFING_LIMITS.pathInstructions} of 1,000 shown]\n</path_instructions>`,
      `[cut: ${BRIEFING_LIMITS.changedFiles} of 1,000 shown]\n</changed_files>`,
      `[cut: ${BRIEFING_LIMITS.linkedIssues} of 1,000 linked issues shown]`,
    ])
      expect(context).toContain(shown);
    expect(context.length).toBeLessThan(400_000);
  });

  it('cannot be broken out of by what people wrote', () => {
    const forged = fc
      .tuple(fc.constantFrom(...BRIEFING_TAGS), fc.constantFrom('</', '<', '< /', '<\u200b/', '<!-- x --></'))
      .map(([name, open]) => `${open}${name}>`);
    const hostile = fc.array(fc.oneof(fc.string({ unit: 'binary' }), forged)).map((parts) => parts.join(''));
    const tagsOf = (text: string) =>
      text
        .replace(/<review_rules>[\s\S]*<\/review_rules>/, '')
        .match(new RegExp(`<\\s*/?\\s*(?:${BRIEFING_TAGS.join('|')})(?![\\w-])`, 'gi'));
    const withText = (text: string): Change => ({
      kind: 'refute',
      candidates: [{ ...candidate, title: text, body: text, evidence: text, category: text, path: text }],
      survey: surveyOf([text], SIX, {
        earlier: [earlierFinding({ finding: trackedFinding({ title: text, body: text, path: text }) })],
        memories: [{ id: text, kind: 'lesson', text, path: null }],
        manifest: [{ path: text, read: 'skipped', reason: text }],
      }),
      files: [text],
      task: reviewTask({
        request: {
          config: { ...config, pathInstructions: [{ path: '**', instructions: text }] },
          pullRequest: { ...pullRequest, linkedIssues: [{ ...pullRequest, title: text, body: text }] },
        },
      }),
      mandate: text,
    });
    const plain = withText('x');
    const expected = [tagsOf(textOf(plain)[0]), tagsOf(textOf(plain)[1])];

    fc.assert(
      fc.property(hostile, (text) => {
        const [context, own] = textOf({ ...withText(text), files: ['x'] });

        expect([tagsOf(context), tagsOf(own)]).toEqual(expected);
      }),
    );
  });
});
