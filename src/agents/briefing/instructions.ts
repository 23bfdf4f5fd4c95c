// The prose of the briefings, kept in Markdown beside the code and read once.
import { readFileSync } from 'node:fs';

export const JOB_KINDS = ['plan', 'work', 'review', 'answer'] as const;
export type JobKind = (typeof JOB_KINDS)[number];

/** Who the crew is and how it works: the opening of every system prompt. */
export const CREW_INSTRUCTIONS = readText('crew.md');

/** What to do now, and the shape of the answer, for each kind of job. */
export const JOB_INSTRUCTIONS: Readonly<Record<JobKind, string>> = {
  plan: readText('plan.md'),
  work: readText('work.md'),
  review: readText('review.md'),
  answer: readText('answer.md'),
};

function readText(name: string): string {
  return readFileSync(new URL(`./jobs/${name}`, import.meta.url), 'utf8').trim();
}
