/** The body of a review with the comments that could not stand on their lines. */
import type { ReviewComment } from '../../core/records.ts';

/** Each with its place, after the body; GitHub's refusal does not say which was wrong, so nor does this. */
export function bodyWithComments(body: string, moved: readonly ReviewComment[]): string {
  if (moved.length === 0) return body;
  const entries = moved.map((comment) => `**\`${placeOf(comment)}\`**\n\n${comment.body}`);
  return [body, '### Outside the lines that GitHub shows', ...entries].join('\n\n');
}

function placeOf({ path, side, startLine, line }: ReviewComment): string {
  const lines = startLine === null || startLine === line ? `${line}` : `${startLine}-${line}`;
  return `${path}:${lines}${side === 'LEFT' ? ' (before)' : ''}`;
}
