import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, describe, expect, it } from 'vitest';
import {
  ConfigError,
  ConflictError,
  LeaseLostError,
  RunEndedError,
  TransientError,
  UserError,
} from '../../src/core/errors.ts';
import type { Clock } from '../../src/core/ports.ts';
import { implementTask } from '../support/records.ts';
import { agentWorld, patient, role, SECRET, type World } from './agent-world.ts';
import { resultsOf, type ScriptedApi, startApi } from './loop-api.ts';

let api: ScriptedApi | undefined;
afterEach(async () => api?.close());

type Scripted = Omit<World, 'client'> & { readonly script: Parameters<typeof startApi>[0] };

async function setUp({ script, ...world }: Scripted) {
  api = await startApi(script);
  return agentWorld({ client: api.client, ...world });
}

const WORK = { summary: 'Done.', decisions: [], checks: [], not_done: [] };
const answer = (value: object) => ({ text: JSON.stringify(value) });

describe('a work job', () => {
  it('changes files in its checkout and answers with the patch', async () => {
    const script = [
      { calls: [{ name: 'write', input: { file_path: 'a.txt', content: 'new' } }] },
      answer(WORK),
    ];
    const { dir, seen, run } = await setUp({ script, patch: 'diff --git a/a.txt' });

    const { outcome, usage, costUsd } = await run();

    expect(outcome).toEqual({
      kind: 'patch',
      answer: WORK,
      patch: 'diff --git a/a.txt',
      baseSha: 'c'.repeat(40),
      leftOut: [],
      sandbox: 'on',
    });
    expect(await readFile(join(dir, 'a.txt'), 'utf8')).toBe('new');
    expect(usage).toMatchObject({ model: 'claude-sonnet-5-5', turns: 2 });
    expect(costUsd).toBeGreaterThan(0);
    expect(seen.opened).toEqual([
      {
        repository: implementTask().repository,
        subtaskId: 'subtask-S1',
        baseSha: 'a'.repeat(40),
        patches: [],
      },
    ]);
    expect(seen.closed).toBe(1);
  });

  it('without a change is a patch of nothing, with its summary', async () => {
    const { run } = await setUp({ script: [answer(WORK)] });

    expect((await run()).outcome).toMatchObject({ kind: 'patch', patch: '', answer: WORK });
  });

  it('tells what of its changes is not in the patch, up to a number, without secrets', async () => {
    const leftOut = Array.from({ length: 150 }, (_, at) => ({
      path: `${SECRET}/${at}`,
      reason: 'it is a submodule',
    }));
    const { run } = await setUp({ script: [answer(WORK)], leftOut });

    const { outcome } = await run();

    const told = outcome.kind === 'patch' ? outcome.leftOut : [];
    expect(told).toHaveLength(101);
    expect(told[0]).toEqual({ path: '[redacted]/0', reason: 'it is a submodule' });
    expect(told[100]).toEqual({ path: '50 more', reason: 'they are not listed one by one' });
  });

  it("does not keep a patch that holds one of the installation's secrets", async () => {
    const { run } = await setUp({ script: [answer(WORK)], patch: `+key = '${SECRET}'` });

    expect((await run()).outcome).toMatchObject({
      kind: 'failed',
      message: expect.stringContaining('secret'),
    });
  });
});

it("a repository's own role changes the mandate and never raises what it may spend or use", async () => {
  const own = ownRole({ max_minutes: 60 });
  const { run } = await setUp({
    script: [{ calls: [{ name: 'bash', input: { command: 'touch made' } }] }, answer(WORK)],
    shown: { 'a:.github/crew/roles/backend.md': own },
    options: { roles: new Map([['backend', role('backend', { tools: ['read'] })]]) },
  });

  await run();

  expect(api?.requests[0]).toMatchObject({ model: 'claude-sonnet-5-5', max_tokens: 4_000 });
  expect(api?.bodies[0]).toContain('Our own mandate.');
  expect(resultsOf(api?.requests[1]?.messages.at(-1))).toEqual([
    'error: bash is not among the tools of the role backend. Use: read.',
  ]);
});

describe('how a run can fail', () => {
  const noRoom = () => Promise.reject(new RunEndedError('over_budget', 'no room'));

  it.each([
    ['the model refuses', { script: [{ text: 'no', stop: 'refusal' }] }, 'model_refused'],
    ['the key is refused', { script: [{ status: 401, error: 'authentication_error' }] }, 'model_unavailable'],
    ['the budget has no room', { script: [], hooks: { reserve: noRoom } }, 'over_budget'],
    [
      'the repository cannot do it',
      { script: [], openError: new UserError('the base is gone') },
      'workspace',
    ],
    [
      'its patch is larger than a result may be',
      { script: [answer(WORK)], patch: '\u00e9'.repeat(2_500_001) },
      'limit_reached',
    ],
  ] as const)('when %s, it is an outcome, kept with its transcript', async (_, world, cause) => {
    const { seen, run } = await setUp(world);

    const { outcome } = await run();

    expect(outcome).toMatchObject({ kind: 'failed', cause });
    expect(seen.transcripts).toHaveLength(1);
    expect(seen.transcripts[0]?.ended).toMatch(new RegExp(`^${cause}: `));
  });

  it.each([
    ['passing trouble', { openError: new TransientError('fetch failed') }, TransientError],
    [
      'a lost lease',
      { hooks: { beforeTurn: () => Promise.reject(new LeaseLostError('gone')) } },
      LeaseLostError,
    ],
    ['a bug', { openError: new TypeError('bug') }, TypeError],
    [
      'a patch that it builds on and that does not fit',
      { openError: new ConflictError('The change of S1 …', { subtaskKey: 'S1', files: ['a'] }) },
      ConflictError,
    ],
  ])('%s is thrown on, with the transcript kept', async (_, world, kind) => {
    const { seen, run } = await setUp({ script: [], ...world });

    await expect(run()).rejects.toThrow(kind);
    expect(seen.transcripts).toHaveLength(1);
  });

  it('the wall clock ends a command that runs, and the run says so', async () => {
    let timeIsUp = () => {};
    const clock: Clock = {
      now: () => new Date(0),
      sleep: () =>
        new Promise((resolve) => {
          timeIsUp = resolve;
        }),
    };
    const script = [
      { calls: [{ name: 'bash', input: { command: 'echo $$ > pid; sleep 600' } }] },
      answer(WORK),
    ];
    const { dir, seen, run } = await setUp({ script, options: { clock } });

    const running = run();
    const pid = await untilWritten(join(dir, 'pid'));
    timeIsUp();

    expect((await running).outcome).toEqual({
      kind: 'failed',
      cause: 'limit_reached',
      message: 'The limit of 5 minutes was reached without an answer.',
    });
    await untilGone(pid);
    expect(seen.closed).toBe(1);
  });

  it("so does that of a repository's own role, which may be lower", async () => {
    const ends = new Map<number, () => void>();
    const clock: Clock = {
      now: () => new Date(0),
      sleep: (ms) => new Promise((resolve) => void ends.set(ms, resolve)),
    };
    const script = [
      { calls: [{ name: 'bash', input: { command: 'echo $$ > pid; sleep 600' } }] },
      answer(WORK),
    ];
    const shown = { 'a:.github/crew/roles/backend.md': ownRole({ max_minutes: 2 }) };
    const { dir, run } = await setUp({ script, shown, options: { clock } });

    const running = run();
    const pid = await untilWritten(join(dir, 'pid'));
    ends.get(2 * 60_000)?.();

    expect((await running).outcome).toMatchObject({
      message: 'The limit of 2 minutes was reached without an answer.',
    });
    await untilGone(pid);
  });

  it('a stop in the middle of a tool ends its process and throws the reason', async () => {
    const stop = new AbortController();
    const script = [
      { calls: [{ name: 'bash', input: { command: 'echo $$ > pid; sleep 600' } }] },
      answer(WORK),
    ];
    const { dir, seen, run } = await setUp({ script, hooks: { signal: stop.signal } });

    const running = run();
    const pid = await untilWritten(join(dir, 'pid'));
    stop.abort(new LeaseLostError('stopped by mona'));

    await expect(running).rejects.toThrow('stopped by mona');
    await untilGone(pid);
    expect(api?.bodies).toHaveLength(1);
    expect(seen.closed).toBe(1);
    expect(seen.transcripts[0]?.ended).toContain('stopped by mona');
  });

  it('a model without a price is refused when the crew is put together', async () => {
    const models = { tier1: 'claude-opus-5-5', tier2: 'house-model' };

    await expect(setUp({ script: [], options: { models } })).rejects.toThrow(ConfigError);
  });
});

it('nothing waits for the wall clock once the run has ended', async () => {
  let waiting = 0;
  const clock: Clock = {
    now: () => new Date(0),
    sleep: async (ms, signal) => {
      waiting += 1;
      await patient.sleep(ms, signal);
      waiting -= 1;
    },
  };
  const { run } = await setUp({ script: [answer(WORK)], options: { clock } });

  await run();
  await Promise.resolve();

  expect(waiting).toBe(0);
});

describe('the transcript', () => {
  it('holds the whole conversation, without secrets', async () => {
    const githubToken = `ghp_${'a1B2'.repeat(9)}`;
    const said = `found ${SECRET} and ${githubToken}`;
    const script = [
      { calls: [{ name: 'read', input: { file_path: 'a.txt' } }] },
      answer({ ...WORK, summary: said }),
    ];
    const { seen, run } = await setUp({ script, files: { 'a.txt': said } });

    const { outcome } = await run();

    const [kept] = seen.transcripts;
    expect(kept?.messages.map((message) => (message as { role: string }).role)).toEqual([
      'system',
      'user',
      'assistant',
      'user',
      'assistant',
    ]);
    const text = JSON.stringify(kept);
    expect(text).not.toContain(SECRET);
    expect(text).not.toContain(githubToken);
    expect(text).toContain('found [redacted] and [redacted]');
    expect(kept).toMatchObject({ model: 'claude-sonnet-5-5', ended: 'patch', attempt: 0 });
    expect(outcome).toMatchObject({ answer: { summary: 'found [redacted] and [redacted]' } });
  });

  it('that cannot be kept does not undo the work', async () => {
    const transcripts = { save: () => Promise.reject(new Error('disk full')) };
    const { run } = await setUp({ script: [answer(WORK)], options: { transcripts } });

    expect((await run()).outcome.kind).toBe('patch');
  });
});

const POLL_MS = 10;
const POLLS_MAX = 1_000;

async function untilWritten(path: string): Promise<number> {
  for (let polls = 0; polls < POLLS_MAX; polls += 1) {
    const text = await readFile(path, 'utf8').catch(() => '');
    if (text.endsWith('\n')) return Number(text);
    await sleep(POLL_MS);
  }
  throw new Error(`${path} was never written`);
}

async function untilGone(pid: number): Promise<void> {
  for (let polls = 0; polls < POLLS_MAX; polls += 1) {
    try {
      process.kill(pid, 0);
    } catch {
      return;
    }
    await sleep(POLL_MS);
  }
  throw new Error(`process ${pid} still runs`);
}

/** Of the backend, in a repository. */
function ownRole({ max_minutes }: { readonly max_minutes: number }): string {
  return [
    '---',
    'name: backend',
    'title: Ours',
    'tier: 1',
    'purpose: p',
    'produces: [work]',
    'tools: [read, bash]',
    'paths: ["**"]',
    `limits: { max_turns: 100, max_output_tokens: 64000, max_minutes: ${max_minutes}, max_cost_usd: 40 }`,
    '---',
    'Our own mandate.',
  ].join('\n');
}
