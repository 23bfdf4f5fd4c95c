// The agent loop: the SDK's tool runner, with caps checked before each call, mail delivered before each call, cost
// told after each call, and every end of the model named. Messages are the truth: a call is always made from them, so
// a cut stream is repeated from the last whole message, and no tool runs twice.
import type Anthropic from '@anthropic-ai/sdk';
import type { BetaMessageStream } from '@anthropic-ai/sdk/lib/BetaMessageStream';
import type { BetaRunnableTool } from '@anthropic-ai/sdk/lib/tools/BetaRunnableTool';
import type { BetaToolRunner } from '@anthropic-ai/sdk/lib/tools/BetaToolRunner';
import type {
  BetaContentBlockParam,
  BetaMessage,
  BetaMessageParam,
  BetaTextBlockParam,
} from '@anthropic-ai/sdk/resources/beta';
import type { z } from 'zod';
import type { AgentHooks } from '../../core/agent-ports.ts';
import { TransientError } from '../../core/errors.ts';
import type { Clock, Log } from '../../core/ports.ts';
import type { FailureCause } from '../../core/result-records.ts';
import { answerFormat, askAgain, parseAnswer } from './answer.ts';
import { checkNextCall, checkTurns, type RunLimits } from './check-limits.ts';
import { LOOP_LIMITS } from './loop-limits.ts';
import { judgeCallError, judgeContentType } from './model-error.ts';
import { leaveLongWaits } from './retry-after.ts';
import type { RunAccount } from './run-account.ts';
import { judgeStop } from './stop-reason.ts';
import { TornCalls } from './torn-calls.ts';

export interface LoopOptions {
  readonly client: Anthropic;
  readonly model: string;
  readonly thinking: boolean;
  readonly system: readonly BetaTextBlockParam[];
  readonly tools: readonly BetaRunnableTool[];
  /** The format that is sent, and what the answer must be. */
  readonly answer: { readonly sent: z.ZodType; readonly parses: z.ZodType };
  readonly limits: RunLimits;
  /** `beforeTurn`, `reserve` and `afterTurn` surround every call; mail is already worded by `describeMail`. */
  readonly hooks: Omit<AgentHooks, 'signal' | 'team'>;
  readonly describeMail: (message: string) => string;
  /** Ends the run: the caller's stop and the wall clock. */
  readonly signal: AbortSignal;
  readonly clock: Clock;
  readonly log: Log;
}

export type LoopEnd =
  | { readonly kind: 'answered'; readonly answer: unknown }
  | { readonly kind: 'failed'; readonly cause: FailureCause; readonly message: string };

type Runner = BetaToolRunner<true>;
type Received =
  | { readonly kind: 'message'; readonly message: BetaMessage }
  | { readonly kind: 'cut' }
  | LoopEnd;

/**
 * Runs until an answer or a named failure. `messages` begins with the briefing and grows in place, so that whoever
 * called has the conversation however the run ends. Throws RunEndedError at a cap, TransientError for what passes,
 * and whatever the hooks throw.
 */
export async function runLoop(
  options: LoopOptions,
  messages: BetaMessageParam[],
  account: RunAccount,
): Promise<LoopEnd> {
  account.add([options.system, options.tools.map(({ name, ...tool }) => [name, tool]), messages]);
  await prepareCall(options, messages, account);
  const torn = new TornCalls();
  const runner = startRunner({ ...options, tools: torn.guard(options.tools) }, messages);
  let repeats = 0;
  let answers = 0;
  for await (const stream of runner) {
    torn.watch(stream);
    const received = await receive(options, stream, account);
    if (received.kind === 'failed' || received.kind === 'answered') return received;
    if (received.kind === 'cut') {
      repeats += 1;
      await waitToRepeat(options, repeats);
    } else {
      repeats = 0;
      const end = await react(options, runner, received.message, messages, account, answers);
      if (end === 'asked again') answers += 1;
      else if (end !== 'go on') return end;
    }
    await prepareCall(options, messages, account);
    runner.setMessagesParams((params) => ({ ...params, messages: [...messages] }));
  }
  throw new Error('the tool runner ended by itself');
}

function startRunner(options: LoopOptions, messages: readonly BetaMessageParam[]): Runner {
  const { client, clock } = options;
  const impatient = client.withOptions({ middleware: [...client.middleware, leaveLongWaits(clock)] });
  return impatient.beta.messages.toolRunner(
    {
      model: options.model,
      max_tokens: options.limits.maxOutputTokens,
      system: [...options.system],
      messages: [...messages],
      tools: [...options.tools],
      output_config: { format: answerFormat(options.answer.sent) },
      // The rolling breakpoint: the API puts it on the last block of each call.
      cache_control: { type: 'ephemeral' },
      ...(options.thinking ? { thinking: { type: 'adaptive' } } : {}),
      stream: true,
      // A server-held thread is unknown to gateways, and would leave the history out of our hands.
      thread: false,
    },
    { signal: options.signal },
  );
}

/** Before each call: the hook, its mail, the caps, the room in the task's budget. */
async function prepareCall(
  { hooks, describeMail, limits, signal }: LoopOptions,
  messages: BetaMessageParam[],
  account: RunAccount,
): Promise<void> {
  signal.throwIfAborted();
  const mail = (await hooks.beforeTurn()).map(describeMail);
  const lastTurn = account.usage.turns > 0 && account.usage.turns === limits.maxTurns - 1;
  const notes = lastTurn ? [...mail, describeMail(LAST_TURN)] : mail;
  appendText(messages, notes, account);
  checkNextCall(account, limits);
  await hooks.reserve(account.mostUsd(limits.maxOutputTokens));
  signal.throwIfAborted();
}

const LAST_TURN = 'crew: This is your last turn. Call no tools: answer now with what you have.';

/** To the last user message: behind its tool results, or before the briefing's own last block, which says what to do. */
function appendText(messages: BetaMessageParam[], texts: readonly string[], account: RunAccount): void {
  if (texts.length === 0) return;
  const blocks: BetaContentBlockParam[] = texts.map((text) => ({ type: 'text', text }));
  const last = messages.at(-1);
  if (last?.role === 'user' && Array.isArray(last.content)) {
    const at = messages.length === 1 ? last.content.length - 1 : last.content.length;
    messages[messages.length - 1] = { role: 'user', content: last.content.toSpliced(at, 0, ...blocks) };
  } else {
    messages.push({ role: 'user', content: blocks });
  }
  account.add(blocks);
}

async function receive(
  options: LoopOptions,
  stream: BetaMessageStream,
  account: RunAccount,
): Promise<Received> {
  // Kept here: the stream forgets an unfinished message when it merely ends.
  let begun: BetaMessage | null = null;
  stream.on('streamEvent', (_event, snapshot) => {
    begun = snapshot;
  });
  const received = await stream.finalMessage().then(
    (message) => ({ message }),
    (error: unknown) => ({ error }),
  );
  const whole = 'message' in received;
  const told: BetaMessage | null = whole ? received.message : begun;
  // What a call used is owed, however it ended.
  if (told !== null) {
    const { usage, costUsd } = account.record(told.usage, whole ? 'whole' : 'cut');
    await options.hooks.afterTurn(usage, costUsd);
  }
  return whole
    ? { kind: 'message', message: received.message }
    : judgeCut(options, received.error, told === null ? stream.response : null);
}

function judgeCut(
  { clock, model, signal, log }: LoopOptions,
  error: unknown,
  response: Response | null | undefined,
): Received {
  signal.throwIfAborted();
  const failure = judgeContentType(response) ?? judgeCallError(error, model, clock.now());
  if (failure.kind === 'end') return { kind: 'failed', cause: failure.cause, message: failure.message };
  log.warn({ model, reason: failure.message }, "the model's reply was cut; the call is repeated");
  return { kind: 'cut' };
}

async function waitToRepeat({ clock, signal }: LoopOptions, repeats: number): Promise<void> {
  if (repeats > LOOP_LIMITS.streamRepeats) {
    throw new TransientError(`The model's reply was cut ${repeats} times in a row.`);
  }
  await clock.sleep(LOOP_LIMITS.repeatWaitMs * 2 ** (repeats - 1), signal);
  signal.throwIfAborted();
}

/** Adds the reply, and what answers it, to the messages; or ends the run. */
async function react(
  options: LoopOptions,
  runner: Runner,
  message: BetaMessage,
  messages: BetaMessageParam[],
  account: RunAccount,
  answers: number,
): Promise<LoopEnd | 'go on' | 'asked again'> {
  // The API refuses to be sent back a text without a visible character, though it can say one.
  const content = message.content.filter((block) => block.type !== 'text' || block.text.trim() !== '');
  if (content.length > 0) messages.push({ role: 'assistant', content });
  const stop = judgeStop(message, options.limits.maxOutputTokens);
  switch (stop.kind) {
    case 'failed':
      return stop;
    case 'resume':
      return 'go on';
    case 'tools': {
      checkTurns(account, options.limits);
      const results = await runner.generateToolResponse();
      if (results === null) return { kind: 'failed', cause: 'invalid_answer', message: NO_CALLS };
      messages.push(results);
      account.add(results);
      return 'go on';
    }
    case 'answer': {
      const parsed = parseAnswer(message, options.answer.parses, (answer) =>
        options.hooks.problemsWith(answer),
      );
      if (parsed.ok) return { kind: 'answered', answer: parsed.answer };
      const problems = parsed.problems.join('; ');
      if (answers >= LOOP_LIMITS.answerRepeats) {
        return {
          kind: 'failed',
          cause: 'invalid_answer',
          message: `The answer could not be used: ${problems}.`,
        };
      }
      messages.push({ role: 'user', content: [{ type: 'text', text: askAgain(parsed.problems) }] });
      account.add(parsed.problems);
      return 'asked again';
    }
  }
}

const NO_CALLS = 'The model asked for tools without naming one.';
