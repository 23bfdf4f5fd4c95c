/** A gate from its task to its check run, with deployments and agents that are functions. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Seen } from '../../src/core/gate/smoke-verdict.ts';
import type { Task } from '../../src/core/records.ts';
import type { NewTask } from '../../src/core/store-ports.ts';
import { gateTask, pushGate, smokeCheck } from '../support/records.ts';
import { type TestCrew, testCrew } from './crew.ts';

const good: Seen = { kind: 'answered', status: 200, body: 'ready', cut: false };
const silent: Seen = { kind: 'unreachable', why: 'No answer came within 10 s.' };

let crew: TestCrew;
let asked: string[] = [];
let answers: Seen[] = [];

beforeAll(async () => {
  crew = await testCrew({
    working: {
      probe: async ({ url }) => {
        asked.push(url);
        return answers.shift() ?? good;
      },
    },
  });
});
afterAll(() => crew.end());

async function gate(task: Task, change: Partial<NewTask> = {}): Promise<Task> {
  asked = [];
  const { kind, subject, request } = task;
  return crew.newTask({ kind, subject, request, ...change });
}

async function checkOf(task: Task) {
  const { task: now, effects } = await crew.records(task);
  const [effect] = effects;
  if (effect?.action.kind !== 'check_run' || effects.length > 1)
    throw new Error('one check run is its effect');
  return { state: now.state, ...effect.action };
}

describe('a gate', () => {
  it('asks the deployment and tells its check run', async () => {
    const task = await gate(gateTask());
    await crew.settle();

    expect(asked).toEqual(['https://staging.example.com/health']);
    expect(await checkOf(task)).toMatchObject({
      state: 'done',
      name: 'crew / staging',
      conclusion: 'success',
    });
  });

  it('asks again where no answer came, and is neutral when it stays so', async () => {
    answers = [silent, silent, silent];
    const task = await gate(gateTask({ trigger: { checks: [{ ...smokeCheck, path: '/slow' }] } }));
    await crew.settle();

    expect(asked).toEqual(new Array(3).fill('https://staging.example.com/slow'));
    expect(await checkOf(task)).toMatchObject({ state: 'done', conclusion: 'neutral' });
  });

  it('makes no request to another host', async () => {
    const task = await gate(gateTask({ trigger: { url: 'http://169.254.169.254/' } }));
    await crew.settle();

    expect(asked).toEqual([]);
    expect(await checkOf(task)).toMatchObject({ state: 'done', conclusion: 'neutral', title: 'Not checked' });
  });

  it('has Security audit a push, and fails on what is grave', async () => {
    const grave = { path: 'a.js', line: 1, severity: 'critical', title: 'Open door', body: 'x' } as const;
    crew.agents.set('audit', async () => ({
      kind: 'audit',
      answer: { summary: 'Looked.', findings: [grave] },
      unread: [],
    }));
    const task = await gate(pushGate());
    await crew.settle();

    expect(await checkOf(task)).toMatchObject({ state: 'done', conclusion: 'failure', title: '1 finding' });
  });

  it('is neutral with the reason when the specialist refused', async () => {
    const message = 'The model refused.';
    crew.agents.set('audit', async () => ({ kind: 'failed', cause: 'model_refused', message }));
    const task = await gate(pushGate());
    await crew.settle();

    const check = await checkOf(task);
    expect(check).toMatchObject({ state: 'failed', conclusion: 'neutral' });
    expect(check.summary).toContain(message);
  });

  it('that is stopped has its check run cancelled', async () => {
    crew.agents.set('audit', async () => {
      await crew.stop(task);
      return { kind: 'audit', answer: { summary: '', findings: [] }, unread: [] };
    });
    const task = await gate(pushGate());
    await crew.settle();

    expect(await checkOf(task)).toMatchObject({ state: 'stopped', conclusion: 'cancelled' });
  });
});
