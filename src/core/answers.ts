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
  summary: z.string(),
  subtasks: z.array(plannedSubtaskSchema),
  risks: z.array(z.string()),
  questions: z.array(z.string()),
});

export const workAnswerSchema = z.strictObject({
  summary: z.string(),
  decisions: z.array(z.string()).describe('what teammates must know: shapes, names, places'),
  checks: z.array(z.string()).describe('commands that were run, with their outcome'),
  not_done: z.array(z.string()),
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
});

export const reviewAnswerSchema = z.strictObject({ summary: z.string(), findings: z.array(findingSchema) });

export const askAnswerSchema = z.strictObject({ answer: z.string() });

export type PlannedSubtask = z.infer<typeof plannedSubtaskSchema>;
export type PlanAnswer = z.infer<typeof planAnswerSchema>;
export type WorkAnswer = z.infer<typeof workAnswerSchema>;
export type Finding = z.infer<typeof findingSchema>;
export type ReviewAnswer = z.infer<typeof reviewAnswerSchema>;
export type AskAnswer = z.infer<typeof askAnswerSchema>;
