// The prose of the briefings, kept in Markdown beside the code and read once.
import { readFileSync } from 'node:fs';
import type { RoleProduct } from '../../core/roles.ts';

export const JOB_KINDS = ['plan', 'amend', 'work', 'review', 'refute', 'answer', 'reply', 'audit'] as const;
export type JobKind = (typeof JOB_KINDS)[number];

/** What a role must produce to be given a kind of job: whoever reviews also takes the second look and stands by the findings. */
export const PRODUCT_OF: Readonly<Record<JobKind, RoleProduct>> = {
  plan: 'plan',
  amend: 'amend',
  work: 'work',
  review: 'review',
  refute: 'review',
  answer: 'answer',
  reply: 'review',
  audit: 'audit',
};

/** Who the crew is and how it works: the opening of every system prompt. */
export const CREW_INSTRUCTIONS = readText('crew.md');

/** How to review and the shape of findings: shared by the reviewers of a group and by its second look. */
export const REVIEW_RULES = readText('review.md');

/** What to do now, for each kind of job, and the shape of the answer where the shared part does not say it. */
export const JOB_INSTRUCTIONS: Readonly<Record<JobKind, string>> = {
  plan: readText('plan.md'),
  amend: readText('amend.md'),
  work: readText('work.md'),
  review: readText('review-own.md'),
  refute: readText('refute.md'),
  answer: readText('answer.md'),
  reply: readText('reply.md'),
  audit: readText('audit.md'),
};

/** Added to `work` that did not fit what comes before it. */
export const RETURNED_INSTRUCTIONS = readText('returned.md');

/** Added to `work` that mends what was found in the integrated change. */
export const REPAIR_INSTRUCTIONS = readText('repair.md');

/** Of work on a pull request of the crew's own, in the place of `work`. */
export const FIX_INSTRUCTIONS = readText('fix.md');

function readText(name: string): string {
  return readFileSync(new URL(`./jobs/${name}`, import.meta.url), 'utf8').trim();
}
