/** What a queue holds, parsed as it comes out: ids and nothing else. */
import { z } from 'zod';
import type { Job } from '../core/ports.ts';

const jobSchema = z.discriminatedUnion('step', [
  z.object({ step: z.literal('dispatch'), guid: z.string() }),
  z.object({ step: z.literal('advance'), taskId: z.string() }),
  z.object({ step: z.literal('publish'), effectId: z.string() }),
  z.object({ step: z.literal('work'), subtaskId: z.string(), role: z.string() }),
]) satisfies z.ZodType<Job>;

/** Throws for what no version of the crew put there. */
export function parseJob(data: unknown): Job {
  return jobSchema.parse(data);
}
