// Turns an accepted answer into the job's outcome, with what code adds to it: the patch, or the places of findings.
import { z } from 'zod';
import type { AgentJob } from '../core/agent-ports.ts';
import {
  amendAnswerSchema,
  askAnswerSchema,
  auditAnswerSchema,
  fixAnswerSchema,
  planAnswerSchema,
  type ReviewAnswer,
  refuteAnswerSchema,
  replyAnswerSchema,
  reviewAnswerSchema,
  type WorkAnswer,
  workAnswerSchema,
} from '../core/answers.ts';
import type { Redactor } from '../core/redact.ts';
import { type Outcome, PATCH_MAX_BYTES } from '../core/result-records.ts';
import type { Workspace } from '../core/workspace-ports.ts';
import type { JobKind } from './briefing/instructions.ts';
import { collectAudit } from './collect-audit.ts';
import { collectFindings } from './collect-findings.ts';
import type { ReviewedDiff } from './job-source.ts';
import { patchTooLarge } from './patch-too-large.ts';

const workOrFixSchema = z.union([workAnswerSchema, fixAnswerSchema]);

/** `answer` has passed its schema. Secrets are taken out of it, ours and what looks like one: it is stored, and leaves in comments and commits. A patch that holds one of ours is not kept. */
export async function collectOutcome(input: {
  readonly kind: JobKind;
  readonly answer: unknown;
  readonly workspace: Pick<Workspace, 'diff' | 'headSha' | 'sandbox' | 'compare'>;
  /** For `review` and `audit`. */
  readonly reviewed: ReviewedDiff | null;
  readonly review: AgentJob['review'];
  readonly redactor: Redactor;
}): Promise<Outcome> {
  const { kind, workspace, reviewed, review, redactor } = input;
  const answer = await redactor.redactAllDeep(input.answer);
  switch (kind) {
    case 'plan':
      return { kind: 'plan', answer: planAnswerSchema.parse(answer) };
    case 'amend':
      return { kind: 'amendment', answer: amendAnswerSchema.parse(answer) };
    case 'answer':
      return { kind: 'answer', answer: askAnswerSchema.parse(answer) };
    case 'reply':
      return { kind: 'reply', answer: replyAnswerSchema.parse(answer) };
    case 'refute':
      return { kind: 'refutation', answer: refuteAnswerSchema.parse(answer) };
    case 'review': {
      if (reviewed === null) throw new Error('a review without its diff');
      const changed = review?.survey.files ?? [];
      const kept = withoutRedactedCode(
        reviewAnswerSchema.parse(answer),
        reviewAnswerSchema.parse(input.answer),
      );
      return collectFindings({ answer: kept, reviewed, changed, workspace });
    }
    case 'audit': {
      if (reviewed === null) throw new Error('an audit without its diff');
      return collectAudit(auditAnswerSchema.parse(answer), reviewed);
    }
    case 'work':
      return collectPatch(workOrFixSchema.parse(answer), workspace, redactor);
  }
}

/** A replacement out of which a secret was taken is none: a click would commit what stands in its place. */
function withoutRedactedCode(kept: ReviewAnswer, written: ReviewAnswer): ReviewAnswer {
  const findings = kept.findings.map((finding, index) =>
    finding.replacement === written.findings[index]?.replacement
      ? finding
      : { ...finding, replacement: null },
  );
  return { ...kept, findings };
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
