// The shapes of answers: what is sent to the model with each call, and what parses its answer.
import { z } from 'zod';
import {
  amendAnswerSchema,
  askAnswerSchema,
  auditAnswerSchema,
  fixAnswerSchema,
  planAnswerSchema,
  refuteAnswerSchema,
  replyAnswerSchema,
  reviewAnswerSchema,
  workAnswerSchema,
} from '../core/answers.ts';
import type { JobKind } from './briefing/instructions.ts';

export interface AnswerSchemas {
  readonly sent: z.ZodType;
  readonly parses: z.ZodType;
}

/**
 * Sent for reviews and for their second look alike: another format would miss the cached prompt, diff and all
 * (https://platform.claude.com/docs/en/build-with-claude/prompt-caching#what-invalidates-the-cache). Each is told which of
 * the fields are its own, and those are required when the answer is parsed.
 */
const lookSchema = z.strictObject({ ...reviewAnswerSchema.shape, ...refuteAnswerSchema.shape }).partial();

const SCHEMAS = {
  plan: alike(planAnswerSchema),
  amend: alike(amendAnswerSchema),
  work: alike(workAnswerSchema),
  review: { sent: lookSchema, parses: z.object(reviewAnswerSchema.shape) },
  refute: { sent: lookSchema, parses: z.object(refuteAnswerSchema.shape) },
  answer: alike(askAnswerSchema),
  reply: alike(replyAnswerSchema),
  audit: alike(auditAnswerSchema),
} as const satisfies Record<JobKind, AnswerSchemas>;

/** `isRound`: work on a pull request of the crew's own, where people's words are answered, too. */
export function answerSchemasOf(kind: JobKind, isRound: boolean): AnswerSchemas {
  return kind === 'work' && isRound ? alike(fixAnswerSchema) : SCHEMAS[kind];
}

function alike(schema: z.ZodType): AnswerSchemas {
  return { sent: schema, parses: schema };
}
