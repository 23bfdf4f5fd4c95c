// The agent's answer: the schema that is sent with every call, and what is made of the text that comes back.
import { betaZodOutputFormat } from '@anthropic-ai/sdk/helpers/beta/zod';
import type { BetaJSONOutputFormat, BetaMessage } from '@anthropic-ai/sdk/resources/beta';
import type { z } from 'zod';
import { errorMessage } from '../../core/errors.ts';
import { LOOP_LIMITS } from './loop-limits.ts';

export type ParsedAnswer =
  | { readonly ok: true; readonly answer: unknown }
  | { readonly ok: false; readonly problems: readonly string[] };

/** As the API takes it: closed objects, and no keyword that structured outputs do not support. */
export function answerFormat(schema: z.ZodType): BetaJSONOutputFormat {
  const { type, schema: json } = betaZodOutputFormat(schema);
  return { type, schema: json };
}

/** `problemsWith` is asked about an answer that fits its schema. */
export function parseAnswer(
  message: BetaMessage,
  schema: z.ZodType,
  problemsWith: (answer: unknown) => readonly string[],
): ParsedAnswer {
  const text = message.content.flatMap((block) => (block.type === 'text' ? [block.text] : [])).join('');
  if (text.trim() === '') return { ok: false, problems: ['there is no text in it'] };
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    return { ok: false, problems: [`it is no JSON: ${errorMessage(error)}`] };
  }
  const parsed = schema.safeParse(value);
  if (!parsed.success) {
    const problems = parsed.error.issues.map(
      ({ path, message: what }) => `${path.join('.') || 'answer'}: ${what}`,
    );
    return { ok: false, problems: bounded(problems) };
  }
  const problems = problemsWith(parsed.data);
  return problems.length === 0
    ? { ok: true, answer: parsed.data }
    : { ok: false, problems: bounded(problems) };
}

/** What the agent is told when its answer cannot be used. */
export function askAgain(problems: readonly string[]): string {
  const list = problems.map((problem) => `- ${problem}`).join('\n');
  return `Your answer cannot be used:\n${list}\nAnswer once more: the whole JSON object, mended, and nothing around it.`;
}

function bounded(problems: readonly string[]): readonly string[] {
  const shown = problems.slice(0, LOOP_LIMITS.problems).map((one) => one.slice(0, LOOP_LIMITS.problemChars));
  const rest = problems.length - shown.length;
  return rest > 0 ? [...shown, `and ${rest} more`] : shown;
}
