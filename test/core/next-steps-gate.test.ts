import { describe, expect, it } from 'vitest';
import { nextSteps } from '../../src/core/next-steps.ts';
import { progressEffects } from '../../src/core/progress.ts';
import type { Task } from '../../src/core/records.ts';
import type { Outcome, SmokeProbe } from '../../src/core/result-records.ts';
import { gateTask, pushGate, recordsOf, result, smokeCheck, subtask } from '../support/records.ts';
import { context } from './steps.ts';

const probe = (verdict: SmokeProbe['verdict'], message = 'Status 200.'): SmokeProbe => ({
  check: smokeCheck,
  verdict,
  message,
  tries: 1,
  durationMs: 20,
});
const smoked = (...verdicts: readonly SmokeProbe['verdict'][]): Outcome => ({
  kind: 'smoke',
  probes: verdicts.map((verdict) => probe(verdict)),
});
const found = (severity: 'critical' | 'high' | 'medium' | 'low', line = 3) => ({
  path: 'server/api.js',
  line,
  severity,
  title: 'Query is built from input',
  body: 'Anyone can read it.',
});
const audited = (findings: ReturnType<typeof found>[] = [], change: object = {}): Outcome => ({
  kind: 'audit',
  answer: { summary: 'Traced the API.', findings },
  unread: [],
  ...change,
});

function ended(task: Task, outcome: Outcome) {
  const key = outcome.kind === 'audit' ? 'audit' : 'smoke';
  const done = subtask({ key, kind: key, role: key === 'audit' ? 'security' : 'qa', state: 'done' });
  return recordsOf(task, { subtasks: [done], results: [result(done, outcome)] });
}

function checkOf(records: ReturnType<typeof recordsOf>) {
  const [effect] = progressEffects(records);
  if (effect?.action.kind !== 'check_run') throw new Error('a gate reports in a check run');
  return effect.action;
}

describe('a gate', () => {
  it('of a deployment has QA ask it, of a push has Security audit it', () => {
    expect(nextSteps(recordsOf(gateTask()), context)).toMatchObject([
      { kind: 'move', to: 'working' },
      { kind: 'add_subtasks', subtasks: [{ key: 'smoke', kind: 'smoke', role: 'qa' }] },
    ]);
    expect(nextSteps(recordsOf(pushGate()), context)).toMatchObject([
      { kind: 'move', to: 'working' },
      { kind: 'add_subtasks', subtasks: [{ key: 'audit', kind: 'audit', role: 'security' }] },
    ]);
  });

  it.each<[string, Task, string]>([
    [
      'another host',
      gateTask({ trigger: { url: 'https://evil.example/' } }),
      'evil.example is not among the hosts that the gate lists, so nothing was asked.',
    ],
    [
      'no URL',
      gateTask({ trigger: { url: '' } }),
      'The deployment does not say where it is: its status has no `environment_url`.',
    ],
    [
      'nothing before',
      pushGate({ trigger: { beforeSha: null } }),
      '`release/1` is new and has nothing before it, so there is no change to audit.',
    ],
    [
      'no Security',
      pushGate({ request: { config: { ...gateTask().request.config, roles: ['qa'] } } }),
      'The specialist `security` is not enabled by `roles` in `.github/crew.yml`, so nobody audits pushes.',
    ],
  ])('with %s is done without a request made, and neutral with the reason', (_, task, reason) => {
    expect(nextSteps(recordsOf(task), context)).toEqual([{ kind: 'move', to: 'done', reason }]);

    const check = checkOf(recordsOf({ ...task, state: 'done', reason }));
    expect(check).toMatchObject({ status: 'completed', conclusion: 'neutral', title: 'Not checked' });
    expect(check.summary).toContain(reason);
  });

  it.each<[string, Task, Outcome, string, string]>([
    ['all passed', gateTask(), smoked('passed', 'passed'), 'success', '2 checks passed'],
    ['one failed', gateTask(), smoked('passed', 'flaky', 'failed'), 'failure', '1 of 3 checks failed'],
    [
      'one flaky',
      gateTask(),
      smoked('passed', 'flaky'),
      'neutral',
      '1 of 2 checks passed, the rest is not certain',
    ],
    [
      'one unavailable',
      gateTask(),
      smoked('unavailable'),
      'neutral',
      '0 of 1 check passed, the rest is not certain',
    ],
    ['one refused', gateTask(), smoked('refused'), 'neutral', '0 of 1 check passed, the rest is not certain'],
    ['no finding', pushGate(), audited(), 'success', 'No finding'],
    ['a lesser finding', pushGate(), audited([found('medium')]), 'success', '1 finding'],
    ['a grave finding', pushGate(), audited([found('low'), found('critical')]), 'failure', '2 findings'],
    [
      'a part not read',
      pushGate(),
      audited([], { unread: ['`a` was not read.'] }),
      'neutral',
      'No finding, but not all was read',
    ],
    [
      'a grave finding and a part not read',
      pushGate(),
      audited([found('high')], { unread: ['x'] }),
      'failure',
      '1 finding',
    ],
  ])('with %s concludes so', (_, task, outcome, conclusion, title) => {
    const records = ended({ ...task, state: 'working' }, outcome);
    const [step] = nextSteps(records, context);

    expect(step).toMatchObject({ kind: 'move', to: 'done' });
    const check = checkOf({ ...records, task: { ...task, state: 'done' } });
    expect([check.name, check.headSha, check.status]).toEqual([
      'crew / staging',
      'b'.repeat(40),
      'completed',
    ]);
    expect([check.conclusion, check.title]).toEqual([conclusion, title]);
  });

  it('is under way within its first moments, and always comes to an end', () => {
    const states = (['queued', 'working', 'failed', 'over_budget', 'stopped'] as const).map((state) => {
      const { status, conclusion, summary } = checkOf(recordsOf({ ...gateTask(), state, reason: 'Why so.' }));
      return [status, conclusion, summary.includes('Why so.')];
    });

    expect(states).toEqual([
      ['queued', null, true],
      ['in_progress', null, true],
      ['completed', 'neutral', true],
      ['completed', 'neutral', true],
      ['completed', 'cancelled', true],
    ]);
  });

  it('ends with its check run neutral when the specialist could not finish', () => {
    const failed = subtask({ key: 'audit', kind: 'audit', role: 'security', state: 'failed' });
    const outcome: Outcome = { kind: 'failed', cause: 'over_budget', message: 'No room for a call.' };
    const records = recordsOf(
      { ...pushGate(), state: 'working' },
      { subtasks: [failed], results: [result(failed, outcome)] },
    );

    expect(nextSteps(records, context).at(-1)).toEqual({
      kind: 'move',
      to: 'over_budget',
      reason: 'No room for a call.',
    });
  });

  it('shows what was seen in a table that nothing seen can break', () => {
    const hostile = { ...probe('failed', 'a | b\n</td> `x`'), check: { ...smokeCheck, contains: '<b>|' } };
    const { summary } = checkOf(
      ended({ ...gateTask(), state: 'done' }, { kind: 'smoke', probes: [hostile] }),
    );

    expect(summary).toContain(
      '| GET /health | 200, containing \\<b\\>\\| | ❌ failed | a \\| b \\</td\\> \\`x\\` | 1 | 0 s |',
    );
  });

  it('annotates findings on lines of the diff, the gravest first, and says of the others where they are', () => {
    const findings = [found('medium'), found('critical', 7), found('high', 900)];
    const check = checkOf(ended({ ...pushGate(), state: 'done' }, audited(findings, { offDiff: [2] })));

    expect(check.annotations.map(({ startLine, level }) => [startLine, level])).toEqual([
      [7, 'failure'],
      [3, 'warning'],
    ]);
    expect(check.summary).toContain('(server/api.js, not on a line of the diff)');
  });

  it('fits into a check run, whatever was found', () => {
    const long = { ...found('critical'), body: 'x'.repeat(10_000), title: 'y'.repeat(1_000) };
    const unread = Array.from({ length: 101 }, (_, index) => `\`${index}\` was not read.`);
    const outcome = audited(
      Array.from({ length: 50 }, () => long),
      { unread },
    );

    const { summary } = checkOf(ended({ ...pushGate(), state: 'done' }, outcome));

    expect(summary.length).toBeLessThanOrEqual(50_000);
    expect(summary).toContain('and 81 more');
  });

  it('tells what is wrong with the configuration', () => {
    const task = gateTask({ request: { configProblems: '.github/crew.yml has 1 problem.' } });

    expect(checkOf(recordsOf(task)).summary).toContain('.github/crew.yml has 1 problem.');
  });
});
