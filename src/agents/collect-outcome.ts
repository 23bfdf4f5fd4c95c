// Turns an accepted answer into the job's outcome, with what code adds to it: the patch, or the places of findings.
import type { z } from 'zod';
import { anchorFinding } from '../core/anchor.ts';
import {
  askAnswerSchema,
  planAnswerSchema,
  reviewAnswerSchema,
  type WorkAnswer,
  workAnswerSchema,
} from '../core/answers.ts';
import type { Workspace } from '../core/ports.ts';
import { type Outcome, PATCH_MAX_BYTES } from '../core/records.ts';
import type { Redactor } from '../core/redact.ts';
import type { JobKind } from './briefing/instructions.ts';
import type { ReviewedDiff } from './job-source.ts';
import { patchTooLarge } from './patch-too-large.ts';

const ANSWER_SCHEMAS = {
  plan: planAnswerSchema,
  work: workAnswerSchema,
  review: reviewAnswerSchema,
  answer: askAnswerSchema,
} as const satisfies Record<JobKind, z.ZodType>;

export function answerSchemaOf(kind: JobKind): z.ZodType {
  return ANSWER_SCHEMAS[kind];
}

/** `answer` has passed its schema. Secrets are taken out of it, ours and what looks like one: it is stored, and leaves in comments and commits. A patch that holds one of ours is not kept. */
export async function collectOutcome(input: {
  readonly kind: JobKind;
  readonly answer: unknown;
  readonly workspace: Pick<Workspace, 'diff' | 'headSha' | 'sandbox'>;
  readonly reviewed: ReviewedDiff | null;
  readonly redactor: Redactor;
}): Promise<Outcome> {
  const { kind, workspace, reviewed, redactor } = input;
  const answer = await redactor.redactAllDeep(input.answer);
  switch (kind) {
    case 'plan':
      return { kind: 'plan', answer: planAnswerSchema.parse(answer) };
    case 'answer':
      return { kind: 'answer', answer: askAnswerSchema.parse(answer) };
    case 'review': {
      const review = reviewAnswerSchema.parse(answer);
      const anchors = review.findings.map((finding) => anchorFinding(finding, reviewed?.files ?? []));
      return { kind: 'findings', answer: review, anchors, coverage: reviewed?.readable.coverage ?? [] };
    }
    case 'work':
      return collectPatch(workAnswerSchema.parse(answer), workspace, redactor);
  }
}

/** Throws RunEndedError for a patch that the store would not take. */
async function collectPatch(
  answer: WorkAnswer,
  workspace: Pick<Workspace, 'diff' | 'headSha' | 'sandbox'>,
  redactor: Redactor,
): Promise<Outcome> {
  const { patch, leftOut } = await workspace.diff();
  if (Buffer.byteLength(patch) > PATCH_MAX_BYTES) throw patchTooLarge(PATCH_MAX_BYTES);
  if (redactor.redact(patch) !== patch)
    return { kind: 'failed', cause: 'internal', message: SECRET_IN_PATCH };
  const told = await redactor.redactAllDeep(leftOut.slice(0, LEFT_OUT_MAX));
  const more = leftOut.length - told.length;
  const rest = more > 0 ? [{ path: `${more} more`, reason: 'they are not listed one by one' }] : [];
  const { headSha, sandbox } = workspace;
  return { kind: 'patch', answer, patch, baseSha: headSha, leftOut: [...told, ...rest], sandbox };
}

/** Left-out changes that a result names. */
const LEFT_OUT_MAX = 100;
const SECRET_IN_PATCH = "The change contains one of this installation's own secrets, so it was not kept.";
