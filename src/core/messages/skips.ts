/** What the check run of a head says that is not reviewed: why, and how to have it reviewed all the same. */
import type { EffectAction } from '../effect-records.ts';
import { inlineText } from './format.ts';
import { REVIEW_CHECK_NAME } from './review-check.ts';

const REASON_MAX_CHARS = 400;

const ASK =
  '`/crew review` in a comment has it reviewed all the same; so has the label `crew:review`. Both need triage access.';
const GO_ON: Readonly<Record<'asked' | 'automatic', string>> = {
  asked: `\`/crew resume\` in a comment ends the pause and has this commit reviewed. \`/crew review\` has it reviewed once.`,
  automatic: `\`/crew resume\` in a comment ends the pause and has this commit reviewed. Any comment by a person ends it as well, from the next push on.`,
};

/** `why` follows `Not reviewed: `. */
export function skippedCheck(
  headSha: string,
  why: string,
  paused: 'asked' | 'automatic' | null,
): Extract<EffectAction, { kind: 'check_run' }> {
  return {
    kind: 'check_run',
    name: REVIEW_CHECK_NAME,
    headSha,
    status: 'completed',
    conclusion: 'skipped',
    title: paused === null ? 'Not reviewed' : 'Reviews are paused',
    summary: `Not reviewed: ${inlineText(why, REASON_MAX_CHARS)}.\n\n${paused === null ? ASK : GO_ON[paused]}`,
    annotations: [],
  };
}
