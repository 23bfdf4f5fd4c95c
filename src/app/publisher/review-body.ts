/** The body of a review: what was planned, why its verdict is another, and the comments that could not stand on their lines. */
import type { ReviewComment } from '../../core/effect-records.ts';
import { splitFingerprint } from './outgoing-texts.ts';

interface ReviewBody {
  readonly body: string;
  /** Why it is only a comment, as a sentence; null when the verdict is as planned. */
  readonly noVerdict: string | null;
  readonly moved: readonly ReviewComment[];
}

/** Each moved comment with its place, after the body; GitHub's refusal does not say which was wrong, so nor does this. */
export function reviewBody({ body, noVerdict, moved }: ReviewBody): string {
  const parts = noVerdict === null ? [body] : [body, `*${noVerdict}*`];
  if (moved.length === 0) return parts.join('\n\n');
  const entries = moved.map(
    (comment) => `**\`${placeOf(comment)}\`**\n\n${splitFingerprint(comment.body).said}`,
  );
  return [...parts, '### Outside the lines that GitHub shows', ...entries].join('\n\n');
}

function placeOf({ path, side, startLine, line }: ReviewComment): string {
  const lines = startLine === null || startLine === line ? `${line}` : `${startLine}-${line}`;
  return `${path}:${lines}${side === 'LEFT' ? ' (before)' : ''}`;
}
