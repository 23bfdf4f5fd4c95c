/** Whether a review comment's lines stand in GitHub's own diff of a pull request, so that GitHub will take it. */
import type { ReviewComment } from '../../core/effect-records.ts';

export interface PatchedFile {
  readonly path: string;
  /** Hunks without a file header; null for binary files and those too large to be shown. */
  readonly patch: string | null;
}

/** `line` on its side in a hunk of the file, and `startLine` in the same hunk before it. */
export function standsInDiff(comment: ReviewComment, files: readonly PatchedFile[]): boolean {
  const patch = files.find(({ path }) => path === comment.path)?.patch;
  if (!patch) return false;
  return hunkLines(patch, comment.side).some(
    (lines) =>
      lines.has(comment.line) &&
      (comment.startLine === null || (comment.startLine <= comment.line && lines.has(comment.startLine))),
  );
}

/** The line numbers of each hunk on one side: RIGHT has additions and context, LEFT deletions (and context, which GitHub takes as well). */
function hunkLines(patch: string, side: ReviewComment['side']): readonly ReadonlySet<number>[] {
  const hunks: Set<number>[] = [];
  const other = side === 'RIGHT' ? '-' : '+';
  let next = 0;
  for (const line of patch.split('\n')) {
    const header = line.match(/^@@ -(\d+)(?:,\d+)? \+(\d+)(?:,\d+)? @@/);
    if (header) {
      next = Number(side === 'RIGHT' ? header[2] : header[1]);
      hunks.push(new Set());
    } else if (!line.startsWith(other) && !line.startsWith('\\')) {
      hunks.at(-1)?.add(next++);
    }
  }
  return hunks;
}
