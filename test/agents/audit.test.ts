/** Audits: which commits are compared for which task, and what is kept of the answer. */
import { afterEach, describe, expect, it } from 'vitest';
import { collectAudit } from '../../src/agents/collect-audit.ts';
import type { ReviewedDiff } from '../../src/agents/job-source.ts';
import type { AuditAnswer } from '../../src/core/answers.ts';
import type { FileDiff } from '../../src/core/diff.ts';
import type { Task } from '../../src/core/records.ts';
import type { FileCoverage, SurveyedFile } from '../../src/core/result-records.ts';
import { implementTask, pullRequest, pushGate, surveyedFile } from '../support/records.ts';
import { agentWorld, role, type World } from './agent-world.ts';
import { type ScriptedApi, startApi, textsOf } from './loop-api.ts';

let api: ScriptedApi | undefined;
afterEach(async () => {
  await api?.close();
  api = undefined;
});

const diffOf = (path: string, change: Partial<FileDiff> = {}): FileDiff => ({
  path,
  oldPath: path,
  status: 'modified',
  binary: false,
  additions: 1,
  deletions: 1,
  hunks: [
    {
      header: '@@ -1,2 +1,2 @@',
      lines: [
        { kind: 'context', oldLine: 1, newLine: 1, text: 'a' },
        { kind: 'removed', oldLine: 2, newLine: null, text: 'guard(input)' },
        { kind: 'added', oldLine: null, newLine: 2, text: 'query(input)' },
      ],
    },
  ],
  ...change,
});
const finding = (change: Partial<AuditAnswer['findings'][number]> = {}) => ({
  path: 'src/a.js',
  line: 2,
  severity: 'high' as const,
  title: 'Query is built from input',
  body: 'Bind it.',
  ...change,
});
const ANSWER: AuditAnswer = { summary: 'Traced it.', findings: [finding()] };

const fixTask = implementTask({
  kind: 'fix',
  subject: { kind: 'pull_request', number: 3 },
  request: {
    kind: 'fix',
    pullRequest,
    openedBy: 'x',
    cause: { kind: 'feedback' },
    feedback: [],
    paths: [],
    config: implementTask().request.config,
  },
});

type Given = Pick<World, 'changed'> & {
  readonly surveyed?: Readonly<Record<string, readonly SurveyedFile[]>>;
};

async function audit(task: Task, { changed = [diffOf('src/a.js')], surveyed = {} }: Given = {}) {
  api = await startApi([{ text: JSON.stringify(ANSWER) }]);
  const world = await agentWorld({
    client: api.client,
    task,
    subtask: { kind: 'audit', key: 'audit', role: 'security' },
    changed,
    surveyed: (from, to) =>
      surveyed[`${from[0]}...${to[0]}`] ?? (from < to ? changed.map(({ path }) => surveyedFile(path)) : []),
    options: { roles: new Map([['security', role('security')]]) },
  });
  const { outcome } = await world.run();
  return { outcome, seen: world.seen, prompt: textsOf(api.requests[0]?.messages[0]).join('\n') };
}

describe('an audit', () => {
  it.each<[string, Task, string, object, string]>([
    [
      'an issue: the base with all patches applied',
      implementTask(),
      'a...c',
      { baseSha: 'a'.repeat(40) },
      'a',
    ],
    ['a round: the head with its patches applied', fixTask, 'b...c', { baseSha: 'b'.repeat(40) }, 'a'],
    [
      'a push: where the branch stood and where it stands',
      pushGate({ request: { headSha: 'd'.repeat(40) } }),
      'c...d',
      { baseSha: 'd'.repeat(40), alsoShas: ['c'.repeat(40), 'a'.repeat(40)] },
      'a',
    ],
  ])('compares, for %s, and goes by the rules of the base', async (_, task, compared, opened, rules) => {
    const { outcome, seen, prompt } = await audit(task);

    expect(outcome).toEqual({ kind: 'audit', answer: ANSWER, unread: [], offDiff: [] });
    expect(seen.compared).toEqual([compared]);
    expect(seen.opened[0]).toMatchObject(opened);
    expect([...seen.shownFrom]).toEqual([rules]);
    expect(prompt).toContain('|2|+query(input)');
    expect(api?.requests[0]?.tools?.map(({ name }) => name)).not.toContain('bash');
  });

  it('of no change asks no model', async () => {
    const { outcome } = await audit(pushGate(), { changed: [] });

    expect(outcome).toMatchObject({ kind: 'audit', answer: { findings: [] }, unread: [] });
    expect(api?.requests).toEqual([]);
  });

  it('says what it could not see: files without text, submodules, and commits that the push took back', async () => {
    const changed = [diffOf('logo.png', { binary: true, hunks: [] }), diffOf('src/a.js')];
    const { outcome } = await audit(pushGate({ request: { headSha: 'd'.repeat(40) } }), {
      changed,
      surveyed: {
        'c...d': [
          ...changed.map(({ path }) => surveyedFile(path)),
          surveyedFile('vendor', { submodule: true }),
        ],
        'd...c': [surveyedFile('src/guard.js')],
      },
    });

    expect(outcome).toMatchObject({
      unread: [
        'The push took commits back that were on the branch (1 file): what is lost with them was not audited.',
        '`vendor` is a submodule: what that changes is in another repository and was not read.',
        '`logo.png` was not read: binary.',
      ],
    });
  });

  it('of a new branch is of what it adds alone', async () => {
    const task = pushGate({ request: { headSha: 'd'.repeat(40) }, trigger: { isNewBranch: true } });
    const { outcome } = await audit(task, { surveyed: { 'd...c': [surveyedFile('src/other.js')] } });

    expect(outcome).toMatchObject({ unread: [] });
  });
});

describe('the answer of an audit', () => {
  const reviewed = (files: readonly FileDiff[], coverage: readonly FileCoverage[] = []): ReviewedDiff => ({
    compared: { baseSha: 'a', headSha: 'b' },
    files,
    readable: { text: '', coverage },
    elsewhere: [],
  });

  it('keeps findings off the diff and marks them', () => {
    const findings = [
      finding({ path: './src/a.js', line: 2 }),
      finding({ line: 900 }),
      finding({ line: 0 }),
      finding({ path: 'src/elsewhere.js' }),
      finding({ path: 'src/old.js', line: 1 }),
    ];
    const files = [diffOf('src/a.js'), diffOf('src/new.js', { oldPath: 'src/old.js' })];

    const { answer, offDiff } = collectAudit({ summary: '', findings }, reviewed(files));

    expect(answer.findings.map(({ path }) => path)).toEqual([
      'src/a.js',
      'src/a.js',
      'src/a.js',
      'src/elsewhere.js',
      'src/new.js',
    ]);
    expect(offDiff).toEqual([1, 2, 3]);
  });

  it('is bounded, the gravest kept, and says so', () => {
    const many = Array.from({ length: 60 }, () => finding({ severity: 'low' }));
    const findings = [...many, finding({ severity: 'critical' })];
    const coverage = Array.from({ length: 150 }, (_, index): FileCoverage => {
      return { path: `${index}.js`, read: 'part', reason: 'over the limit' };
    });

    const { answer, unread } = collectAudit({ summary: '', findings }, reviewed([], coverage));

    expect(answer.findings).toHaveLength(50);
    expect(answer.findings[0]?.severity).toBe('critical');
    expect(unread).toHaveLength(102);
    expect(unread.slice(-3)).toEqual([
      '`99.js` was read in part: over the limit.',
      '50 further parts of the change were not read.',
      '11 further findings of the audit are not kept.',
    ]);
  });
});
