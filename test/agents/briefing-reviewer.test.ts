import { describe, expect, it } from 'vitest';
import { readBriefing } from '../../demo/model/briefing.ts';
import { briefAgent } from '../../src/agents/briefing/brief-agent.ts';
import { earlierFinding, replyTask, reviewTask, surveyOf, trackedFinding } from '../support/records.ts';
import { candidate, full, inputFor, PATHS, SIX, textOf } from './briefing-review-input.ts';

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
