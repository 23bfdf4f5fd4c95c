/** The keys of `review:`, in `.github/crew.yml` and, some of them, in a directory's `.crew.yml`. Pure. */
import { z } from 'zod';
import { SEVERITIES } from './answers.ts';
import { globProblem } from './glob.ts';

export const LIST_MAX = 50;
export const TEXT_MAX_CHARS = 500;
const INSTRUCTIONS_MAX_CHARS = 2_000;

export const list = (what: z.ZodType<string>) => z.array(what).max(LIST_MAX);
export const short = () => z.string().trim().min(1).max(TEXT_MAX_CHARS);
export const glob = () => short().superRefine(refuseOddGlobs);

const pathInstruction = z.strictObject({
  path: glob().describe('A glob of files.'),
  instructions: z
    .string()
    .trim()
    .min(1)
    .max(INSTRUCTIONS_MAX_CHARS)
    .describe('What reviewers of these files are to keep in mind.'),
});

const severityOrNever = z.enum([...SEVERITIES, 'never']);

export const reviewShape = {
  auto: z.boolean().default(true).describe('Review pull requests when they are opened or pushed to.'),
  drafts: z.boolean().default(false).describe('Review drafts too.'),
  severity: z.enum(SEVERITIES).default('medium').describe('The least severity that is reported.'),
  max_comments: z
    .int()
    .min(1)
    .max(50)
    .default(8)
    .describe('The most comments on lines in one review; further findings are folded in its body.'),
  fail_on: severityOrNever
    .default('never')
    .describe('The least severity of a finding that fails the check run; `never` for none.'),
  request_changes: severityOrNever
    .default('never')
    .describe('The least severity of a finding for which the review requests changes; `never` for none.'),
  approve: z
    .boolean()
    .default(false)
    .describe(
      'Whether a review that read everything and found nothing, not even below `review.severity`, approves the pull request.',
    ),
  paths: list(glob())
    .default([])
    .describe('Globs of the files to review; `!` in front leaves files out. Empty: all files.'),
  path_instructions: z
    .array(pathInstruction)
    .max(LIST_MAX)
    .default([])
    .describe('What reviewers are told of some files: a list of `path` (a glob) and `instructions`.'),
  ignore_authors: list(short())
    .default([])
    .describe('Logins whose pull requests are not reviewed without being asked.'),
  base_branches: list(glob())
    .default([])
    .describe('Globs of the target branches whose pull requests are reviewed. Empty: all branches.'),
  labels: list(glob())
    .default([])
    .describe(
      'Globs of labels: only pull requests with one of them are reviewed without being asked; `!` in front leaves out those that have one. Empty: all.',
    ),
  pause_after: z
    .int()
    .min(0)
    .max(100)
    .default(5)
    .describe(
      'Pushes without a word by a person in between, after which reviews of a pull request pause; 0: never.',
    ),
};

/** The pattern as it is written, with `!` or without. */
export function refuseOddGlobs(pattern: string, context: z.RefinementCtx): void {
  const problem = globProblem(pattern.replace(/^!(?!\()/, ''));
  if (problem !== null) context.addIssue({ code: 'custom', message: problem });
}
