import { betaZodTool } from '@anthropic-ai/sdk/helpers/beta/zod';
import type { BetaMessageParam } from '@anthropic-ai/sdk/resources/beta';
import { afterEach, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { cacheMarks } from '../../demo/model/cache-marks.ts';
import { RunAccount } from '../../src/agents/loop/run-account.ts';
import { type LoopEnd, type LoopOptions, runLoop } from '../../src/agents/loop/run-loop.ts';
import type { AgentHooks } from '../../src/core/agent-ports.ts';
import { askAnswerSchema } from '../../src/core/answers.ts';
import { LIST_PRICES } from '../../src/core/budget.ts';
import { LeaseLostError, RunEndedError, TransientError } from '../../src/core/errors.ts';
import type { Log } from '../../src/core/ports.ts';
import { resultsOf, type ScriptedApi, type ScriptedReply, startApi, textsOf } from './loop-api.ts';

const MODEL = 'claude-sonnet-5-5';
const PRICES = LIST_PRICES[MODEL] ?? { input: 0, output: 0, cacheRead: 0, cacheWrite: 0 };
const ANSWER: ScriptedReply = { text: '{"answer":"done"}' };
const ANSWERED: LoopEnd = { kind: 'answered', answer: { answer: 'done' } };
const limits = { maxTurns: 10, maxOutputTokens: 4_000, maxCostUsd: 1 };
const silent: Log = { info() {}, warn() {}, error() {}, debug() {}, child: () => silent };

let api: ScriptedApi | undefined;
afterEach(async () => api?.close());

interface Seen {
  readonly end: LoopEnd;
  readonly messages: BetaMessageParam[];
  readonly account: RunAccount;
  readonly told: readonly string[];
  readonly waitsMs: readonly number[];
}

interface Change extends Partial<Omit<LoopOptions, 'hooks'>> {
  readonly hooks?: Partial<AgentHooks>;
  readonly maxRetries?: number;
}

/** Runs the loop against a script; `told` is the order of hooks and tool runs. */
async function run(script: Parameters<typeof startApi>[0], change: Change = {}): Promise<Seen> {
  const { hooks, maxRetries, ...options } = change;
  api = await startApi(script, maxRetries === undefined ? {} : { maxRetries });
  const told: string[] = [];
  const waitsMs: number[] = [];
  const messages: BetaMessageParam[] = [
    {
      role: 'user',
      content: [
        { type: 'text', text: 'context', cache_control: { type: 'ephemeral' } },
        { type: 'text', text: '<role name="qa">mandate</role>' },
      ],
    },
  ];
  const account = new RunAccount(MODEL, PRICES);
  const end = await runLoop(
    {
      client: api.client,
      model: MODEL,
      thinking: true,
      system: [{ type: 'text', text: 'the crew', cache_control: { type: 'ephemeral' } }],
      tools: [echoTool(told)],
      answer: { sent: askAnswerSchema, parses: askAnswerSchema },
      limits,
      describeMail: (message) => `<message from="mona">${message}</message>`,
      signal: new AbortController().signal,
      clock: { now: () => new Date(0), sleep: async (ms) => void waitsMs.push(ms) },
      log: silent,
      ...options,
      hooks: {
        beforeTurn: async () => {
          told.push('before');
          return [];
        },
        reserve: async () => {},
        afterTurn: async (usage) => void told.push(usage.turns === 1 ? 'after' : 'after a cut'),
        problemsWith: () => [],
        ...hooks,
      },
    },
    messages,
    account,
  );
  return { end, messages, account, told, waitsMs };
}

function echoTool(told: string[]) {
  return betaZodTool({
    name: 'echo',
    description: 'Answers what it is given.',
    inputSchema: z.strictObject({ say: z.string() }),
    run: ({ say }) => {
      told.push(`echo ${say}`);
      return say;
    },
  });
}

const echo = (say: string): ScriptedReply => ({ calls: [{ name: 'echo', input: { say } }] });

describe('the loop', () => {
  it('runs tools until the model answers, with the hooks around every call', async () => {
    const { end, told, account } = await run([echo('a'), echo('b'), ANSWER]);

    expect(end).toEqual(ANSWERED);
    expect(told).toEqual(['before', 'after', 'echo a', 'before', 'after', 'echo b', 'before', 'after']);
    expect(account.usage).toEqual({
      model: MODEL,
      turns: 3,
      inputTokens: 300,
      outputTokens: 30,
      cacheReadTokens: 0,
      cacheWriteTokens: 0,
    });
    expect(account.costUsd).toBeCloseTo((300 * 2 + 30 * 10) / 1e6, 12);
  });

  it('sends the whole history each time, and no more than four cache breakpoints', async () => {
    await run([echo('a'), echo('b'), echo('c'), echo('d'), ANSWER]);

    const requests = api?.requests ?? [];
    expect(requests.map(({ messages }) => messages.length)).toEqual([1, 3, 5, 7, 9]);
    for (const [at, request] of requests.entries()) {
      expect(cacheMarks(request).length).toBeLessThanOrEqual(4);
      const before = requests[at - 1];
      if (before) expect(request.messages.slice(0, before.messages.length)).toEqual(before.messages);
    }
    expect(requests[0]).toMatchObject({ thinking: { type: 'adaptive' }, max_tokens: 4_000, stream: true });
    expect(requests[0]?.output_config?.format).toMatchObject({ type: 'json_schema' });
  });

  it('answers an unknown tool and a malformed input with an error result', async () => {
    const wrong = {
      calls: [
        { name: 'echo', input: { say: 7 } },
        { name: 'rm', input: {} },
      ],
    };

    const { end, told } = await run([wrong, ANSWER]);

    const [malformed, unknown] = resultsOf(api?.requests[1]?.messages.at(-1));
    expect(end).toEqual(ANSWERED);
    expect(malformed).toMatch(/^error: .*say/s);
    expect(unknown).toBe("error: Error: Tool 'rm' not found");
    expect(told).not.toContain('echo 7');
  });
});

it('answers a tool input that is torn JSON with an error result, and does not run the tool', async () => {
  const torn = { calls: [{ name: 'echo', input: {}, json: '{"say": "a' }] };

  const { end, told } = await run([torn, echo('b'), ANSWER]);

  expect(end).toEqual(ANSWERED);
  expect(resultsOf(api?.requests[1]?.messages.at(-1))[0]).toMatch(/^error: .*say/s);
  expect(told.filter((what) => what.startsWith('echo'))).toEqual(['echo b']);
});

it('does not run a tool with the part of its input that came before the tear', async () => {
  const torn = { calls: [{ name: 'mark', input: {}, json: '{"say": "a", "times": 1' }] };
  const marked: unknown[] = [];
  const mark = betaZodTool({
    name: 'mark',
    description: 'Marks.',
    inputSchema: z.strictObject({ say: z.string(), times: z.int().optional() }),
    run: (input) => {
      marked.push(input);
      return 'marked';
    },
  });
  const whole = { calls: [{ name: 'mark', input: { say: 'b', times: 2 } }] };

  const { end } = await run([torn, whole, ANSWER], { tools: [mark] });

  expect(end).toEqual(ANSWERED);
  expect(resultsOf(api?.requests[1]?.messages.at(-1))[0]).toMatch(/^error: .*did not arrive whole/s);
  expect(marked).toEqual([{ say: 'b', times: 2 }]);
});

describe('mail', () => {
  it('is delivered before the next call, behind the results of the tools', async () => {
    let turn = 0;
    const beforeTurn = async () => [[], ['use tabs'], []][turn++] ?? [];

    await run([echo('a'), echo('b'), ANSWER], { hooks: { beforeTurn } });

    const second = api?.requests[1]?.messages.at(-1);
    expect(resultsOf(second)).toEqual(['a']);
    expect(textsOf(second)).toEqual(['<message from="mona">use tabs</message>']);
    expect(textsOf(api?.requests[2]?.messages.at(-1))).toEqual([]);
  });

  it("that waits at the start stands before the briefing's own last block", async () => {
    let turn = 0;
    const beforeTurn = async () => (turn++ === 0 ? ['hello'] : []);

    await run([ANSWER], { hooks: { beforeTurn } });

    expect(textsOf(api?.requests[0]?.messages[0])).toEqual([
      'context',
      '<message from="mona">hello</message>',
      '<role name="qa">mandate</role>',
    ]);
  });
});

describe('every way in which a reply can stop', () => {
  it.each([
    ['max_tokens', 'model_truncated', /cut off at the limit of 4,000 tokens/],
    ['model_context_window_exceeded', 'model_truncated', /context window/],
    ['refusal', 'model_refused', /refused to go on/],
    ['stop_sequence', 'invalid_answer', /stop_sequence/],
    ['something_new', 'invalid_answer', /something_new/],
  ])('%s fails the run as %s', async (stop, cause, message) => {
    const { end } = await run([{ ...ANSWER, stop }]);

    expect(end).toEqual({ kind: 'failed', cause, message: expect.stringMatching(message) });
  });

  it('a truncated reply runs none of its tool calls', async () => {
    const { end, told } = await run([{ ...echo('a'), stop: 'max_tokens' }]);

    expect(end).toMatchObject({ cause: 'model_truncated' });
    expect(told).toEqual(['before', 'after']);
  });

  it('pause_turn sends the same conversation again', async () => {
    const { end } = await run([{ text: 'wait', stop: 'pause_turn' }, ANSWER]);

    // The scripted API refuses a conversation that ends with the model's own words; the real one resumes it.
    expect(end).toMatchObject({
      kind: 'failed',
      message: expect.stringMatching(/must end with a user message/),
    });
    expect(JSON.parse(api?.bodies[1] ?? '{}').messages).toHaveLength(2);
  });

  it('a call for tools without a tool fails the run', async () => {
    const { end } = await run([{ text: 'hm', stop: 'tool_use' }]);

    expect(end).toMatchObject({ kind: 'failed', cause: 'invalid_answer' });
  });
});

describe('an answer that cannot be used', () => {
  it.each([
    ['is no JSON', 'sorry', /no JSON/],
    ['has another shape', '{"reply":"x"}', /answer/],
    ['is empty', ' ', /no text/],
  ])('and %s is asked for once more, with what is wrong', async (_, text, problem) => {
    const { end } = await run([{ text }, ANSWER]);

    expect(end).toEqual(ANSWERED);
    expect(textsOf(api?.requests[1]?.messages.at(-1)).join('\n')).toMatch(problem);
  });

  it('twice fails the run as invalid_answer', async () => {
    const { end } = await run([{ text: 'sorry' }, echo('a'), { text: 'sorry' }, ANSWER]);

    expect(end).toMatchObject({ kind: 'failed', cause: 'invalid_answer' });
    expect(api?.requests).toHaveLength(3);
  });

  it('because the caller says so is mended with what the caller said', async () => {
    const problemsWith = (answer: unknown) =>
      JSON.stringify(answer) === '{"answer":"done"}' ? [] : ['the plan has a circle'];

    const { end } = await run([{ text: '{"answer":"draft"}' }, ANSWER], { hooks: { problemsWith } });

    expect(end).toEqual(ANSWERED);
    expect(textsOf(api?.requests[1]?.messages.at(-1)).join()).toContain('the plan has a circle');
  });
});

describe('trouble with the connection', () => {
  const passing = [
    ['429', { status: 429, error: 'rate_limit_error', headers: { 'retry-after-ms': '1' } }],
    ['529', { status: 529, error: 'overloaded_error', headers: { 'retry-after-ms': '1' } }],
    ['500', { status: 500, headers: { 'retry-after-ms': '1' } }],
  ] as const;

  it.each(passing)('%s is retried by the SDK and the run goes on', async (_, reply) => {
    const { end } = await run([reply, reply, ANSWER], { maxRetries: 2 });

    expect(end).toEqual(ANSWERED);
  });

  it.each(passing)('%s until the retries are used up is left for later', async (status, reply) => {
    await expect(run([reply, reply, ANSWER], { maxRetries: 1 })).rejects.toThrow(TransientError);
    await expect(run([{ ...reply, headers: { 'retry-after': '7' } }])).rejects.toMatchObject({
      message: expect.stringContaining(status),
      retryAfterMs: 7_000,
    });
  });

  it.each([
    [{ 'retry-after': '900' }, 900_000],
    [{ 'retry-after-ms': '61000' }, 61_000],
    // The loop's clock stands at the beginning of 1970.
    [{ 'retry-after': 'Thu, 01 Jan 1970 00:15:00 GMT' }, 900_000],
  ])(
    'a wait of minutes (%o) is not waited out inside the call, but left for later',
    async (headers, ms) => {
      const limited = { status: 429, error: 'rate_limit_error', headers };

      await expect(run([limited, ANSWER], { maxRetries: 4 })).rejects.toMatchObject({
        name: 'TransientError',
        message: 'The model answered 429: scripted 429',
        retryAfterMs: ms,
      });
      expect(api?.bodies).toHaveLength(1);
    },
    5_000,
  );

  it('a page where events should be ends the run at once, and its type is said', async () => {
    const { end } = await run(() => ({ page: '<html>Sign in</html>' }));

    expect(end).toEqual({
      kind: 'failed',
      cause: 'model_unavailable',
      message:
        'What answers as the model sends text/html where events were to come: check ANTHROPIC_BASE_URL, and proxies on the way.',
    });
    expect(api?.bodies).toHaveLength(1);
  });

  it('no connection at all is told with what came back', async () => {
    const { client, close } = await startApi([]);
    await close();

    await expect(run([], { client })).rejects.toThrow(/^The model could not be reached: .*ECONNREFUSED/);
  });

  it('a connection that is reset before the reply is retried by the SDK, then left for later', async () => {
    expect((await run([{ reset: true }, ANSWER], { maxRetries: 1 })).end).toEqual(ANSWERED);
    await expect(run([{ reset: true }])).rejects.toThrow(TransientError);
  });

  it.each([
    ['cut in its middle', { ...ANSWER, cutAfter: 3 }],
    ['ended in its middle', { ...ANSWER, endAfter: 3 }],
    ['cut before its last event', { ...ANSWER, cutAfter: 5 }],
    ['broken off by an overload', { ...ANSWER, errorAfter: { events: 2, type: 'overloaded_error' } }],
  ])('a reply %s is asked for again from the last whole message', async (_, cut) => {
    const { end, told, waitsMs } = await run([echo('a'), cut, cut, echo('b'), ANSWER]);

    expect(end).toEqual(ANSWERED);
    expect(told.filter((what) => what.startsWith('echo'))).toEqual(['echo a', 'echo b']);
    expect(waitsMs).toEqual([1_000, 2_000]);
    expect(api?.requests[2]?.messages).toEqual(api?.requests[1]?.messages);
    expect(api?.requests[3]?.messages).toEqual(api?.requests[1]?.messages);
  });

  it('a reply that is cut again and again is left for later, after four calls', async () => {
    await expect(run(() => ({ ...ANSWER, cutAfter: 3 }))).rejects.toThrow(TransientError);
    expect(api?.requests).toHaveLength(4);
  });

  it('replies that are cut now and then are repeated each time, however many there are', async () => {
    const cut = { ...ANSWER, cutAfter: 3 };

    const { end } = await run([cut, cut, echo('a'), cut, cut, echo('b'), cut, ANSWER]);

    expect(end).toEqual(ANSWERED);
  });

  it.each([
    ['cut', { cutAfter: 3 }],
    ['ended', { endAfter: 3 }],
    ['reset', { resetAfter: 3 }],
    ['broken off', { errorAfter: { events: 3, type: 'overloaded_error' } }],
  ])('what a reply that was %s used is told and counted', async (_, how) => {
    const { told, account } = await run([{ ...ANSWER, ...how }, ANSWER]);

    expect(told).toEqual(['before', 'after a cut', 'before', 'after']);
    expect(account.usage).toMatchObject({ turns: 1, inputTokens: 200, outputTokens: 11 });
  });

  it('a cost that cannot be stored is told once, and ends the run', async () => {
    const told: number[] = [];
    const afterTurn = async (_: unknown, costUsd: number) => {
      told.push(costUsd);
      throw new TransientError('no database');
    };

    await expect(run([ANSWER], { hooks: { afterTurn } })).rejects.toThrow('no database');
    expect(told).toHaveLength(1);
  });

  it.each([
    [401, 'authentication_error', /ANTHROPIC_API_KEY/],
    [403, 'permission_error', /ANTHROPIC_API_KEY/],
    [404, 'not_found_error', /claude-sonnet-5-5/],
    [400, 'invalid_request_error', /scripted 400/],
  ])('%i ends the run as model_unavailable with what to do', async (status, error, message) => {
    const { end } = await run([{ status, error }], { maxRetries: 2 });

    expect(end).toEqual({
      kind: 'failed',
      cause: 'model_unavailable',
      message: expect.stringMatching(message),
    });
  });
});

describe('caps', () => {
  const caught = (promise: Promise<Seen>) =>
    promise.then(
      () => null,
      (error: unknown) => error,
    );

  it('stop a model that calls tools for ever, without running the last of them', async () => {
    const told: string[] = [];
    const error = await caught(
      run((call) => echo(String(call)), { limits: { ...limits, maxTurns: 3 }, tools: [echoTool(told)] }),
    );

    expect(error).toEqual(
      new RunEndedError('limit_reached', 'The limit of 3 turns was reached without an answer.'),
    );
    expect(api?.requests).toHaveLength(3);
    expect(told).toEqual(['echo 0', 'echo 1']);
  });

  it('are announced to the model before its last turn', async () => {
    await run([echo('a'), ANSWER], { limits: { ...limits, maxTurns: 2 } });

    expect(textsOf(api?.requests[1]?.messages.at(-1)).join()).toContain('This is your last turn');
  });

  it("on the task's budget stop before a call is made that could break it, mail and all", async () => {
    const asked: number[] = [];
    const reserve = async (mostUsd: number) => {
      asked.push(mostUsd);
      if (mostUsd > 0.1) throw new RunEndedError('over_budget', 'no room');
    };
    const beforeTurn = async () => (asked.length === 0 ? [] : ['x'.repeat(80_000)]);
    const error = await caught(run([echo('a'), ANSWER], { hooks: { beforeTurn, reserve } }));

    expect(error).toEqual(new RunEndedError('over_budget', 'no room'));
    expect(asked).toEqual([expect.closeTo(0.04, 1), expect.closeTo(0.14, 2)]);
    expect(api?.bodies).toHaveLength(1);
  });

  it('on money count what a tool has added to the next prompt', async () => {
    const tool = betaZodTool({
      name: 'echo',
      description: 'Says much.',
      inputSchema: z.strictObject({ say: z.string() }),
      run: () => 'x'.repeat(40_000),
    });
    const error = await caught(
      run([echo('a'), ANSWER], { tools: [tool], limits: { ...limits, maxCostUsd: 0.08 } }),
    );

    expect(error).toMatchObject({ name: 'RunEndedError', failure: 'limit_reached' });
    expect(api?.bodies).toHaveLength(1);
  });

  it("on the role's money stop between two calls", async () => {
    const costly: ScriptedReply = { ...echo('a'), usage: { input: 10_000, output: 3_000 } };
    const error = await caught(run([costly, ANSWER], { limits: { ...limits, maxCostUsd: 0.06 } }));

    expect(error).toMatchObject({ name: 'RunEndedError', failure: 'limit_reached' });
    expect(api?.bodies).toHaveLength(1);
  });

  it('on the length of the conversation stop before it is sent', async () => {
    const huge: ScriptedReply = { ...echo('a'), usage: { input: 700_000 } };
    const error = await caught(run([huge, ANSWER], { limits: { ...limits, maxCostUsd: 50 } }));

    expect(error).toMatchObject({
      failure: 'limit_reached',
      message: expect.stringContaining('600,000 tokens'),
    });
    expect(api?.bodies).toHaveLength(1);
  });

  it('that a hook sets are thrown on, and no call is made', async () => {
    const lost = new LeaseLostError('taken over');
    const error = await caught(run([ANSWER], { hooks: { beforeTurn: () => Promise.reject(lost) } }));

    expect(error).toBe(lost);
    expect(api?.bodies).toHaveLength(0);
  });
});

describe('a stop', () => {
  it('ends a call that runs, counts what it used, and throws its reason', async () => {
    const stop = new AbortController();
    const reason = new LeaseLostError('stopped');
    const told: string[] = [];
    // The reply never comes to its end; the stop comes when the call was made.
    const waiting = run(() => ({ text: 'x', endAfter: 0 }), {
      signal: stop.signal,
      clock: { now: () => new Date(0), sleep: async () => stop.abort(reason) },
      hooks: { afterTurn: async () => void told.push('after') },
    });

    await expect(waiting).rejects.toBe(reason);
    expect(api?.bodies).toHaveLength(1);
  });

  it('in the middle of a tool makes no further call', async () => {
    const stop = new AbortController();
    const reason = new LeaseLostError('stopped');
    const tool = betaZodTool({
      name: 'echo',
      description: 'Stops the run.',
      inputSchema: z.strictObject({ say: z.string() }),
      run: () => {
        stop.abort(reason);
        return 'late';
      },
    });

    await expect(run([echo('a'), ANSWER], { signal: stop.signal, tools: [tool] })).rejects.toBe(reason);
    expect(api?.bodies).toHaveLength(1);
  });
});
