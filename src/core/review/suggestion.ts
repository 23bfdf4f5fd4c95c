/**
 * Decides whether the replacement that a finding offers can be shown as a block that GitHub applies at a click: only where
 * it does exactly what was meant to the lines as they stand at head. Pure.
 */
import type { Finding } from '../answers.ts';
import type { DiffLine } from '../diff.ts';
import type { Anchor } from '../result-records.ts';

/** Longer ones are changes to discuss, not suggestions to click. */
export const SUGGESTION_MAX_LINES = 12;
export const SUGGESTION_MAX_CHARS = 4_000;

/** What would not come through the comment's text as it is: control characters but for tab and line feed, broken text. */
const UNSAFE = /(?![\t\n\u0080-\u009F])\p{Cc}|[\uFFFD\u2028\u2029]/u;

type Asked = Pick<Finding, 'side' | 'start_line' | 'line' | 'replacement'>;
type Placed = Pick<Extract<Anchor, { kind: 'inline' }>, 'side' | 'startLine' | 'line'>;

/**
 * The lines to put in place of the anchored ones, joined by `\n` and without a line end at the end; '' removes them. Null
 * where there is nothing to offer: another place than asked for, too long, nothing new, or not sure to apply. `lines` are
 * the anchored lines of the diff, in order.
 *
 * Lines that end in CRLF get none: a comment's text has one kind of line end, and nothing says which GitHub writes. A last line
 * without a line end stays without one.
 */
export function suggestionFor(finding: Asked, anchor: Placed, lines: readonly DiffLine[]): string | null {
  if (finding.replacement === null || finding.replacement.length > SUGGESTION_MAX_CHARS) return null;
  if (!isWhereAsked(finding, anchor) || !areAllOf(anchor, lines)) return null;
  if (lines.some((line) => line.end === 'crlf' || UNSAFE.test(line.text))) return null;
  const written = finding.replacement.replaceAll('\r\n', '\n');
  if (UNSAFE.test(written) || !written.isWellFormed()) return null;
  // A single empty line cannot be said: GitHub reads such a block as the wish to remove the lines.
  if (written === '\n') return null;
  // Whether the line before a last one that goes keeps its end, nothing says.
  if (written === '' && lines.at(-1)?.end === 'none') return null;
  const text = written.replace(/\n$/, '');
  const count = text.split('\n').length;
  if (count > SUGGESTION_MAX_LINES || lines.length > SUGGESTION_MAX_LINES) return null;
  const standing = lines.map((line) => line.text).join('\n');
  return text === standing && written !== '' ? null : text;
}

/**
 * The block for a comment's Markdown. Its fence is longer than any in the text; without lines it removes what it stands on.
 * https://docs.github.com/pull-requests/collaborating-with-pull-requests/reviewing-changes-in-pull-requests/commenting-on-a-pull-request
 */
export function suggestionBlock(suggestion: string): string {
  const longest = Math.max(2, ...(suggestion.match(/`{3,}/g) ?? []).map((run) => run.length));
  const fence = '`'.repeat(longest + 1);
  return suggestion === '' ? `${fence}suggestion\n${fence}` : `${fence}suggestion\n${suggestion}\n${fence}`;
}

/** The block of ours in a comment, and the comment without it. Nothing of the model's looks like one: see `withoutSuggestions`. */
export function splitSuggestion(comment: string): { readonly block: string | null; readonly rest: string } {
  const lines = comment.split('\n');
  const start = lines.findIndex((line) => /^`{3,}suggestion$/.test(line));
  if (start === -1) return { block: null, rest: comment };
  const fence = lines[start]?.slice(0, -'suggestion'.length) ?? '';
  const end = lines.indexOf(fence, start + 1);
  const after = end === -1 ? lines.length : end + 1;
  const rest = [...lines.slice(0, start), ...lines.slice(after)].join('\n');
  return { block: lines.slice(start, after).join('\n'), rest };
}

/** The very lines that the finding named, at head. */
function isWhereAsked(finding: Asked, anchor: Placed): boolean {
  if (finding.side !== 'RIGHT' || anchor.side !== 'RIGHT') return false;
  return (
    finding.line === anchor.line && (finding.start_line ?? finding.line) === (anchor.startLine ?? anchor.line)
  );
}

function areAllOf(anchor: Placed, lines: readonly DiffLine[]): boolean {
  const start = anchor.startLine ?? anchor.line;
  return (
    lines.length === anchor.line - start + 1 && lines.every((line, index) => line.newLine === start + index)
  );
}
