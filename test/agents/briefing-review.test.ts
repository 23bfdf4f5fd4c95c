import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readBriefing } from '../../demo/model/briefing.ts';
import { type BriefingInput, briefAgent } from '../../src/agents/briefing/brief-agent.ts';
import type { JobKind } from '../../src/agents/briefing/instructions.ts';
import { BRIEFING_LIMITS } from '../../src/agents/briefing/limits.ts';
import { BRIEFING_TAGS } from '../../src/agents/briefing/untrusted-text.ts';
import { loadRoles, shippedRolesDir } from '../../src/agents/roles.ts';
import type { ReviewBrief } from '../../src/core/ports.ts';
import type { Task } from '../../src/core/records.ts';
import type { Candidate, Survey } from '../../src/core/review-records.ts';
import type { Role } from '../../src/core/roles.ts';
import {
  config,
  earlierFinding,
  inlineAnchor,
  pullRequest,
  replyTask,
  reviewTask,
  subtask,
  surveyedFile,
  surveyOf,
  trackedFinding,
} from '../support/records.ts';

const roles = await loadRoles([shippedRolesDir]);
const SIX = ['backend', 'frontend', 'database', 'qa', 'devops', 'security'];
const PATHS = ['server/api.js', 'web/page.tsx', 'db/migrations/1.sql'];
const DIFF = '<diff>\n<file path="server/api.js">\n</file>\n</diff>';

const candidate: Candidate = {
  id: 'C1',
  roles: ['backend', 'security'],
  path: 'server/api.js',
  anchor: inlineAnchor({ line: 12 }),
  severity: 'high',
  category: 'injection',
  title: 'Query is built from input',
  body: 'It is.',
  evidence: '`server/api.js:12`',
};

interface Change {
  readonly task?: Task;
  readonly kind?: JobKind;
  readonly role?: string;
  readonly survey?: Survey;
  readonly candidates?: ReviewBrief['candidates'];
  readonly files?: readonly string[];
  readonly mandate?: string;
}

function inputFor(change: Change = {}): BriefingInput {
  const { kind = 'review', role: name = 'backend', files = PATHS } = change;
  const role = roles.get(name);
  if (role === undefined) throw new Error(`no role ${name}`);
  const task = change.task ?? reviewTask();
  return {
    job: {
      task,
      subtask: subtask({ key: `${kind}-${name}`, kind, role: name, files }),
      plan: null,
      teammates: [],
      patches: [],
      review:
        task.kind === 'review'
          ? { survey: change.survey ?? surveyOf(PATHS, SIX), candidates: change.candidates ?? [] }
          : null,
    },
    kind,
    role: { ...role, mandate: change.mandate ?? role.mandate } satisfies Role,
    roles,
    hiveMind: { standards: [], skills: [] },
    rules: [{ path: 'AGENTS.md', text: 'Use tabs.' }],
    diffText: task.kind === 'review' ? DIFF : null,
  };
}

function textOf(change: Change = {}): readonly [context: string, own: string] {
  const [context = '', own = ''] = briefAgent(inputFor(change)).content.map(({ text }) => text);
  return [context, own];
}

const full: Survey = surveyOf(PATHS, SIX, {
  earlier: [earlierFinding(), earlierFinding({ now: null, reread: false })],
  memories: [{ id: 'k3f9q2aa', kind: 'lesson', text: 'Pages are\ncounted from 0.', path: null }],
});

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
      `[cut: ${BRIEFING_LIMITS.earlierFindings} of 1,000 shown]\n</earlier_findings>`,
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

describe("a reviewer's own part", () => {
  it('names its files, its role and its job, and nothing that is for changing code', () => {
    const [, own] = textOf({ role: 'database' });

    expect(own).toMatch(/^<your_files>\ndb\/migrations\/1\.sql\n<\/your_files>\n\n<role name="database">\n/);
    expect(own).toMatch(/<job kind="review" subtask="review-database">\n.*\n<\/job>$/);
    expect(own).not.toContain('**work**');
  });

  it('is small beside what is shared', () => {
    for (const role of SIX) {
      const [context, own] = textOf({ role });
      const rules = /<review_rules>[\s\S]*<\/review_rules>/.exec(context)?.[0] ?? '';

      expect([role, own.length < 4_500]).toEqual([role, true]);
      expect(rules.length).toBeGreaterThan(4_000);
    }
  });

  it.each([
    ['a role of tier 1', 'architect', PATHS],
    ['a role that owns none', 'database', ['README.md']],
    ['a role that owns all', 'backend', ['server/api.js']],
  ])('for %s names no file alone', (_, role, files) => {
    expect(textOf({ role, files })[1]).toContain('<your_files>\nall files of the diff\n</your_files>');
  });

  it('names the earlier findings to judge: its own, and for the first reviewer those of nobody here', () => {
    const of = (finder: string, change = {}) =>
      earlierFinding({ finding: trackedFinding({ roles: [finder] }), ...change });
    const survey = surveyOf(PATHS, ['backend', 'qa'], {
      earlier: [
        of('qa'),
        of('backend'),
        of('frontend'),
        of('backend', { reread: false }),
        of('backend', { finding: trackedFinding({ state: 'dismissed' }) }),
        of('backend', { now: null, finding: trackedFinding({ path: 'elsewhere.js' }) }),
      ],
    });

    expect(textOf({ survey, role: 'backend' })[1]).toContain('Earlier findings for you to judge: E2, E3.');
    expect(textOf({ survey, role: 'qa' })[1]).toContain('Earlier findings for you to judge: E1.');
    expect(textOf({ role: 'qa' })[1]).not.toContain('Earlier findings for you');
  });

  it('of the second look holds the candidates', () => {
    const body = { kind: 'body', place: 'x.js', reason: 'r' } as const;
    const candidates = [candidate, { ...candidate, id: 'C2', anchor: body }];

    const [, own] = textOf({ kind: 'refute', role: 'qa', candidates });

    expect(own).toContain(
      [
        '<candidates>',
        '<candidate id="C1" roles="backend, security" path="server/api.js" line="12" severity="high" category="injection">',
        '<title>Query is built from input</title>\n<body>\nIt is.\n</body>',
        '<evidence>\n`server/api.js:12`\n</evidence>',
        '</candidate>',
        '<candidate id="C2" roles="backend, security" path="server/api.js" line="none" severity="high" category="injection">',
      ].join('\n'),
    );
    expect(own).not.toContain('<your_files>');
  });
});

describe('the briefing of a reply', () => {
  it('shows the finding as it was said and the thread, each with its author', () => {
    const [context, own] = textOf({ task: replyTask(), kind: 'reply', files: [] });

    expect(context).toContain(
      [
        '<finding roles="backend" path="server/api.js" side="RIGHT" line="3" severity="high" category="bug" state="open">',
        '<title>Loses the last page of results</title>\n<body>\nThe loop ends one short.\n</body>',
        '<quote>\nfor (let page = 1; page < last; page += 1) {\n</quote>',
        '</finding>',
      ].join('\n'),
    );
    expect(context).toMatch(
      /<thread>\n<message author="hypercode-crew\[bot\]" ours="true">\nThe loop ends one short\.\n<\/message>\n<message author="mona" ours="false">\nThat is on purpose\.\n<\/message>\n<\/thread>$/,
    );
    expect(own).toMatch(/^<role name="backend">[\s\S]*<job kind="reply"/);
  });

  it('keeps the newest messages of a long thread', () => {
    const said = { author: 'mona', ours: false, createdAt: '' };
    const thread = Array.from({ length: 20 }, (_, id) => ({
      ...said,
      id,
      body: `${id} ${'x'.repeat(7_000)}`,
    }));

    const [context] = textOf({ task: replyTask({ request: { thread } }), kind: 'reply' });

    expect(context).toContain('[cut: the newest 8 of 20 messages shown]');
    expect(context).toContain('\n19 xxx');
  });
});

it.each(['review', 'refute', 'reply'] as const)('the scripted model reads back a job of kind %s', (kind) => {
  const task = kind === 'reply' ? replyTask() : reviewTask();
  const { content } = briefAgent(inputFor({ task, kind, role: 'qa', candidates: [candidate], survey: full }));

  const briefing = readBriefing({
    model: 'm',
    messages: [{ role: 'user', content: structuredClone(content) }],
  });

  expect(briefing).toMatchObject({ role: 'qa', job: kind });
  expect(briefing.facts).toMatchObject({ 'repository.name': 'acme/pantry', 'pull_request.number': '3' });
});
