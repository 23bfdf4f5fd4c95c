/** The shape of a conversation file, as demo/conversations/README.md documents it. */
import { z } from 'zod';

const pattern = z
  .string()
  .min(1)
  .transform((source, context) => {
    try {
      return new RegExp(source, 'm');
    } catch (error) {
      context.addIssue({ code: 'custom', message: `is no regular expression: ${String(error)}` });
      return z.NEVER;
    }
  });

const oneOrMore = <T extends z.ZodType>(item: T) =>
  z.union([item.transform((one) => [one]), z.array(item).min(1)]);

const optional = z.boolean().default(false);

const fromDiff = z.strictObject({
  diff: pattern,
  to: pattern.optional(),
  file: pattern.optional(),
  side: z.enum(['RIGHT', 'LEFT']).default('RIGHT'),
  optional,
});
const fromPrompt = z.strictObject({ prompt: pattern, optional });
const fromResult = z.strictObject({ result: pattern, of: z.int().min(1).optional(), optional });

const take = z.union([fromDiff, fromPrompt, fromResult]);
const takes = z.record(z.string().regex(/^[a-z][a-z0-9_]*$/), take);

const call = z.strictObject({
  tool: z.string().min(1),
  input: z.record(z.string(), z.unknown()),
});

const afterResults = {
  /** What the results of the turn before must contain, and what they must not. */
  expect: oneOrMore(pattern).optional(),
  expect_no: oneOrMore(pattern).optional(),
  /** Whether the turn before was meant to fail; `either` leaves that to `expect`. */
  after_error: z.union([z.boolean(), z.literal('either')]).default(false),
  take: takes.optional(),
  say: z.string().optional(),
};

const turn = z.strictObject({
  ...afterResults,
  calls: z.array(call).min(1).max(16),
});

const ending = z.strictObject(afterResults);

export const conversationSchema = z.strictObject({
  about: z.string().min(1),
  when: z.strictObject({
    role: oneOrMore(z.string()).optional(),
    job: oneOrMore(
      z.enum(['plan', 'amend', 'work', 'audit', 'review', 'refute', 'answer', 'reply']),
    ).optional(),
    says: oneOrMore(pattern).optional(),
    asked: oneOrMore(pattern).optional(),
  }),
  fallback: z.boolean().default(false),
  take: takes.optional(),
  turns: z.array(turn).max(50).default([]),
  finally: ending.optional(),
  answer: z.union([z.string(), z.record(z.string(), z.unknown())]),
});

/** As it is written in a file. */
export type ConversationFile = z.input<typeof conversationSchema>;
export type Take = z.infer<typeof take>;
export type Turn = z.infer<typeof turn>;
export type Ending = z.infer<typeof ending>;
export type Conversation = z.infer<typeof conversationSchema> & {
  /** File name without its ending; errors and the request log call the conversation by it. */
  readonly name: string;
};
