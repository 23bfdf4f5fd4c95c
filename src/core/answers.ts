/**
 * What a model may answer, as schemas: the same schema is sent to the model (structured output) and parses what
 * comes back. Text limits are cut off where the answer is used, not here, so that one long field loses nothing else.
 */
import { z } from 'zod';

export const SEVERITIES = ['critical', 'high', 'medium', 'low'] as const;

export const plannedSubtaskSchema = z.strictObject({
  key: z.string().describe('S1, S2, … in the order of the plan'),
  role: z.string().describe('slug of the specialist'),
  title: z.string().describe('4 to 10 words'),
  goal: z.string(),
  acceptance: z.array(z.string()),
  files: z.array(z.string()).describe('paths expected to change'),
  depends_on: z.array(z.string()).describe('keys of subtasks whose changes this one needs'),
});

export const planAnswerSchema = z.strictObject({
  decision: z
    .enum(['plan', 'question', 'no_change'])
    .describe('question: nothing can be planned before it is answered; no_change: nothing has to be done'),
  summary: z.string().describe('of a plan; for no_change the reason, with the evidence'),
  subtasks: z.array(plannedSubtaskSchema),
  risks: z.array(z.string()),
  questions: z.array(z.string()),
});

export const amendAnswerSchema = z.strictObject({
  verdict: z.enum(['agree', 'amend']),
  reason: z.string().describe('what was wrong with the plan and what is changed; short where you agree'),
  plan: planAnswerSchema.nullable().describe('the whole plan as it should be, or null where you agree'),
});

export const workAnswerSchema = z.strictObject({
  summary: z.string(),
  decisions: z.array(z.string()).describe('what teammates must know: shapes, names, places'),
  checks: z.array(z.string()).describe('commands that were run, with their outcome'),
  not_done: z.array(z.string()),
});

/** Of work that answers people's words on a pull request: `id` is the word's. */
export const fixAnswerSchema = workAnswerSchema.extend({
  replies: z
    .array(
      z.strictObject({
        id: z.number(),
        done: z.boolean().describe('whether what was asked for is done'),
        text: z.string().describe('one to three sentences for the person'),
      }),
    )
    .describe('one for each comment that asks for something'),
});

export const auditAnswerSchema = z.strictObject({
  summary: z.string(),
  findings: z.array(
    z.strictObject({
      path: z.string(),
      line: z.number(),
      severity: z.enum(SEVERITIES).describe('by what an attacker, or an accident, gains'),
      title: z.string().describe('4 to 10 words'),
      body: z.string().describe('the concrete way in which it is abused, and the remedy'),
    }),
  ),
});

export const findingSchema = z.strictObject({
  path: z.string(),
  side: z.enum(['RIGHT', 'LEFT']),
  start_line: z.number().nullable(),
  line: z.number(),
  severity: z.enum(SEVERITIES).describe('by consequence at run time'),
  category: z.string(),
  title: z.string().describe('4 to 10 words'),
  body: z.string().describe('the concrete way in which it fails'),
  evidence: z.string(),
  confidence: z.number().describe('0 to 1'),
  replacement: z.string().nullable().describe('exact text for lines start_line..line, or null'),
  also_at: z
    .array(z.strictObject({ path: z.string(), line: z.number() }))
    .describe('other places with the same fault'),
});

export const reviewAnswerSchema = z.strictObject({
  summary: z.string(),
  findings: z.array(findingSchema),
  earlier: z
    .array(
      z.strictObject({
        id: z.string(),
        verdict: z.enum(['fixed', 'stands']),
        reason: z.string(),
      }),
    )
    .describe('one entry for each earlier finding that is yours to judge'),
});

export const refuteAnswerSchema = z.strictObject({
  verdicts: z.array(
    z.strictObject({
      id: z.string(),
      verdict: z.enum(['confirmed', 'refuted']),
      severity: z.enum(SEVERITIES).describe('by consequence at run time, as you judge it'),
      reason: z.string(),
    }),
  ),
});

export const askAnswerSchema = z.strictObject({ answer: z.string() });

export const replyAnswerSchema = z.strictObject({
  answer: z.string().describe('Markdown for the thread'),
  verdict: z
    .enum(['stands', 'withdrawn', 'dismissed'])
    .describe('withdrawn: it was wrong; dismissed: it is right, and the person will not have it'),
  lesson: z
    .string()
    .nullable()
    .describe('one sentence that holds for the whole repository and stands alone, or null'),
});

export type PlannedSubtask = z.infer<typeof plannedSubtaskSchema>;
export type PlanAnswer = z.infer<typeof planAnswerSchema>;
export type AmendAnswer = z.infer<typeof amendAnswerSchema>;
/** `replies` where people's words were answered. */
export type WorkAnswer = z.infer<typeof workAnswerSchema> &
  Partial<Pick<z.infer<typeof fixAnswerSchema>, 'replies'>>;
export type AuditAnswer = z.infer<typeof auditAnswerSchema>;
export type Finding = z.infer<typeof findingSchema>;
export type ReviewAnswer = z.infer<typeof reviewAnswerSchema>;
export type RefuteAnswer = z.infer<typeof refuteAnswerSchema>;
export type AskAnswer = z.infer<typeof askAnswerSchema>;
export type ReplyAnswer = z.infer<typeof replyAnswerSchema>;
