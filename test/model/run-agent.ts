/** Hand-made requests in the crew's form, sent with the real SDK: what the agents' part will do, in a few lines. */
import Anthropic from '@anthropic-ai/sdk';
import { betaZodOutputFormat } from '@anthropic-ai/sdk/helpers/beta/zod';
import type { BetaRunnableTool } from '@anthropic-ai/sdk/lib/tools/BetaRunnableTool';
import { betaAgentToolset20260401 } from '@anthropic-ai/sdk/tools/agent-toolset/node';
import type { z } from 'zod';
import {
  askAnswerSchema,
  planAnswerSchema,
  refuteAnswerSchema,
  replyAnswerSchema,
  reviewAnswerSchema,
  workAnswerSchema,
} from '../../src/core/answers.ts';

const SCHEMAS = {
  plan: planAnswerSchema,
  work: workAnswerSchema,
  review: reviewAnswerSchema,
  refute: refuteAnswerSchema,
  answer: askAnswerSchema,
  reply: replyAnswerSchema,
} as const;

type Job = keyof typeof SCHEMAS;

export interface Assignment<J extends Job> {
  readonly url: string;
  readonly role: string;
  readonly job: J;
  /** The sections that all roles on the task share. */
  readonly context: string;
  /** What stands inside `<job>`. */
  readonly asked?: string;
  readonly workdir: string;
}

export const API_KEY = 'sk-test';

export function clientOf(url: string): Anthropic {
  return new Anthropic({ apiKey: API_KEY, baseURL: url, maxRetries: 0 });
}

/** Runs one job to its answer, streaming, with the real tools in `workdir`. */
export async function runAgent<J extends Job>(job: Assignment<J>): Promise<z.infer<(typeof SCHEMAS)[J]>> {
  const tools = toolsIn(job.workdir);
  try {
    const runner = clientOf(job.url).beta.messages.toolRunner({
      ...requestFor(job),
      tools,
      stream: true,
      thread: false,
      max_iterations: 20,
    });
    const last = await runner.runUntilDone();
    if (last.stop_reason !== 'end_turn') throw new Error(`stopped with ${last.stop_reason}`);
    const text = last.content.map((block) => (block.type === 'text' ? block.text : '')).join('');
    return SCHEMAS[job.job].parse(JSON.parse(text)) as z.infer<(typeof SCHEMAS)[J]>;
  } finally {
    for (const tool of tools) await tool.close?.();
  }
}

export function requestFor({ role, job, context, asked = '' }: Omit<Assignment<Job>, 'url' | 'workdir'>) {
  const own = `<role name="${role}">The mandate of ${role}.</role>\n<job kind="${job}" task="T1" subtask="S1">${asked}</job>`;
  return {
    model: role === 'strategist' || role === 'architect' ? 'claude-opus-5-5' : 'claude-sonnet-5-5',
    max_tokens: 16_000,
    system: [{ type: 'text' as const, text: 'You are one of a crew.' }],
    cache_control: { type: 'ephemeral' as const },
    // Type and schema alone: with its parser the SDK would throw on an answer that is cut off.
    output_config: {
      format: { type: 'json_schema' as const, schema: betaZodOutputFormat(SCHEMAS[job]).schema },
    },
    messages: [
      {
        role: 'user' as const,
        content: [
          { type: 'text' as const, text: context },
          { type: 'text' as const, text: own },
        ],
      },
    ],
  };
}

export function toolsIn(workdir: string): BetaRunnableTool[] {
  return betaAgentToolset20260401({ workdir });
}

export function issueContext(title: string, body: string): string {
  return `<repository name="larder/larder" default_branch="main">\n<issue number="7" author="ines" writer="true"><title>${title}</title><body>${body}</body></issue>`;
}

/** What the API said when it refused; fails when it did not. */
export async function refusal(request: Promise<unknown>): Promise<string> {
  const outcome = await request.then(
    () => 'accepted',
    (error: unknown) => error,
  );
  if (!(outcome instanceof Anthropic.BadRequestError))
    throw new Error(`was to be refused with 400: ${outcome}`);
  return outcome.apiMessage ?? '';
}
