// What the agent loop costs per turn: the crew's loop against a minimal toolRunner script, side by side in one process,
// on the same scripted server, tools and conversation.
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { performance } from 'node:perf_hooks';
import Anthropic from '@anthropic-ai/sdk';
import { betaZodTool } from '@anthropic-ai/sdk/helpers/beta/zod';
import type { BetaRunnableTool } from '@anthropic-ai/sdk/lib/tools/BetaRunnableTool';
import type { BetaMessageParam } from '@anthropic-ai/sdk/resources/beta';
import { z } from 'zod';
import { RunAccount } from '../src/agents/loop/run-account.ts';
import { runLoop } from '../src/agents/loop/run-loop.ts';
import { askAnswerSchema } from '../src/core/answers.ts';
import { LIST_PRICES } from '../src/core/budget.ts';
import type { Log } from '../src/core/ports.ts';

const MODEL = 'claude-sonnet-5-5';
const TURNS = 20;
const ROUNDS = 15;
const WARM_UP_ROUNDS = 3;
/** Characters of each tool result: a page of a source file. */
const RESULT_CHARS = 4_000;
const BRIEFING_CHARS = 40_000;

const silent: Log = { info() {}, warn() {}, error() {}, debug() {}, child: () => silent };

export async function run(): Promise<void> {
  const server = createScriptedServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const client = new Anthropic({ apiKey: 'bench', baseURL: `http://127.0.0.1:${port}`, maxRetries: 0 });
  const minimal: number[] = [];
  const crew: number[] = [];
  try {
    for (let round = 0; round < WARM_UP_ROUNDS + ROUNDS; round += 1) {
      const [minimalMs, crewMs] = [await timed(() => runMinimal(client)), await timed(() => runCrew(client))];
      if (round < WARM_UP_ROUNDS) continue;
      minimal.push(minimalMs / TURNS);
      crew.push(crewMs / TURNS);
    }
  } finally {
    server.closeAllConnections();
    server.close();
  }
  print(median(minimal), median(crew));
}

function print(minimalMs: number, crewMs: number): void {
  console.log(`agent loop, median of ${ROUNDS} runs of ${TURNS} turns:`);
  console.log(`  minimal toolRunner script  ${minimalMs.toFixed(2)} ms per turn`);
  console.log(`  the crew's loop            ${crewMs.toFixed(2)} ms per turn`);
  console.log(`  ratio                      ${(crewMs / minimalMs).toFixed(2)}`);
}

async function runMinimal(client: Anthropic): Promise<void> {
  const runner = client.beta.messages.toolRunner({
    model: MODEL,
    max_tokens: 4_000,
    system: 'You are a benchmark.',
    messages: briefing(),
    tools: [pageTool()],
    stream: true,
    thread: false,
  });
  const last = await runner.runUntilDone();
  if (last.stop_reason !== 'end_turn') throw new Error(`the minimal script stopped with ${last.stop_reason}`);
}

async function runCrew(client: Anthropic): Promise<void> {
  const prices = LIST_PRICES[MODEL];
  if (prices === undefined) throw new Error(`no price for ${MODEL}`);
  const end = await runLoop(
    {
      client,
      model: MODEL,
      thinking: true,
      system: [{ type: 'text', text: 'You are a benchmark.' }],
      tools: [pageTool()],
      answer: { sent: askAnswerSchema, parses: askAnswerSchema },
      limits: { maxTurns: TURNS + 1, maxOutputTokens: 4_000, maxCostUsd: 1_000 },
      hooks: {
        beforeTurn: async () => [],
        reserve: async () => {},
        afterTurn: async () => {},
        problemsWith: () => [],
      },
      describeMail: (message) => message,
      signal: new AbortController().signal,
      clock: { now: () => new Date(), sleep: async () => {} },
      log: silent,
    },
    briefing(),
    new RunAccount(MODEL, prices),
  );
  if (end.kind !== 'answered') throw new Error(`the crew's loop failed: ${end.message}`);
}

function briefing(): BetaMessageParam[] {
  return [{ role: 'user', content: [{ type: 'text', text: 'x'.repeat(BRIEFING_CHARS) }] }];
}

function pageTool(): BetaRunnableTool {
  return betaZodTool({
    name: 'page',
    description: 'A page of text.',
    inputSchema: z.strictObject({ number: z.int() }),
    run: () => 'y'.repeat(RESULT_CHARS),
  });
}

/** Calls the tool until the conversation has enough turns, then answers. */
function createScriptedServer() {
  return createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk);
    const { messages } = JSON.parse(Buffer.concat(chunks).toString());
    const turn = (messages.length + 1) / 2;
    response.writeHead(200, { 'content-type': 'text/event-stream' });
    const events = turn < TURNS ? call(turn) : answer();
    response.end(events.map((event) => `event: ${event.type}\ndata: ${JSON.stringify(event)}\n\n`).join(''));
  });
}

type ServerEvent = Readonly<Record<string, unknown>> & { readonly type: string };

function call(turn: number): readonly ServerEvent[] {
  const block = { type: 'tool_use', id: `toolu_${turn}`, name: 'page', input: {} };
  return reply(
    block,
    { type: 'input_json_delta', partial_json: JSON.stringify({ number: turn }) },
    'tool_use',
  );
}

function answer(): readonly ServerEvent[] {
  return reply({ type: 'text', text: '' }, { type: 'text_delta', text: '{"answer":"done"}' }, 'end_turn');
}

function reply(content_block: object, delta: object, stop_reason: string): readonly ServerEvent[] {
  const usage = { input_tokens: 100, output_tokens: 10 };
  const head = {
    id: 'msg',
    type: 'message',
    role: 'assistant',
    model: MODEL,
    content: [],
    stop_reason: null,
    usage,
  };
  return [
    { type: 'message_start', message: head },
    { type: 'content_block_start', index: 0, content_block },
    { type: 'content_block_delta', index: 0, delta },
    { type: 'content_block_stop', index: 0 },
    { type: 'message_delta', delta: { stop_reason, stop_sequence: null }, usage },
    { type: 'message_stop' },
  ];
}

async function timed(body: () => Promise<void>): Promise<number> {
  const startMs = performance.now();
  await body();
  return performance.now() - startMs;
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;
}
