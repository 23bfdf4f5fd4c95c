// Makes text by people and repositories safe to quote in a briefing: nothing hidden from a human reader is shown to
// the agent, no quoted text can end its own section or open another, and a cut is always stated.

import { withoutSpans, withoutUnrendered } from './unrendered.ts';

/** Every tag that a briefing gives meaning to; inside quoted text they are made inert. */
export const BRIEFING_TAGS = [
  'repository',
  'rules',
  'path_instructions',
  'memories',
  'issue',
  'linked_issue',
  'comments',
  'comment',
  'pull_request',
  'earlier_findings',
  'earlier_finding',
  'review_rules',
  'changed_files',
  'candidates',
  'candidate',
  'finding',
  'evidence',
  'quote',
  'thread',
  'title',
  'body',
  'diff',
  'file',
  'plan',
  'subtask',
  'teammates',
  'teammate',
  'board',
  'returned',
  'repair',
  'check',
  'message',
  'note',
  'question',
  'role',
  'job',
  'your_files',
  'failed_check',
  'word',
  'skipped_commit',
  'crew',
  'standards',
  'standard',
  'skills',
] as const;

/**
 * Characters that a reader on GitHub does not see: control characters other than tab and line feed, bidi controls, zero-width
 * and filler characters, variation selectors, tag characters (U+E0000 to U+E007F). Each is taken out by itself: those that combine with the
 * character before them stand in brackets of their own, where they combine with nothing.
 */
const UNSEEN = [
  String.raw`[\u00AD\u061C\u115F\u1160\u17B4\u17B5\u180B-\u180F\u200B-\u200F\u202A-\u202E\u2060-\u206F]`,
  String.raw`[\u2800\u3164\uFEFF\uFFA0\uFFF0-\uFFFB\u{1BCA0}-\u{1BCA3}\u{1D173}-\u{1D17A}]`,
  String.raw`[\uFE00-\uFE0F]|\u034F|[\u{E0000}-\u{E0FFF}]`,
].join('|');
const HIDDEN = new RegExp(String.raw`(?![\t\n])\p{Cc}|${UNSEEN}`, 'gu');

/** Of these, not what an emoji is made with, and not the byte order mark of a file. */
const CARRIERS = new RegExp(
  [
    String.raw`(?!(?<=[\p{Emoji}\u20E3])[\uFE0E\uFE0F](?![\uFE00-\uFE0F]))`,
    String.raw`(?!(?<=[\p{Extended_Pictographic}\p{Emoji_Modifier}\uFE0F])\u200D(?=\p{Extended_Pictographic}))(?!(?<![\s\S])\uFEFF)`,
    `(?:${UNSEEN})`,
  ].join(''),
  'gu',
);

/** An HTML comment that opens a line and is never closed hides the rest of the text on GitHub. */
const OPEN_HTML_COMMENT = /^ {0,3}<!--[\s\S]*/m;

/** The start of one of our tags, opening or closing, however it is spaced. */
const TAG_START = new RegExp(`<(?=\\s*(?:/\\s*)?(?:${BRIEFING_TAGS.join('|')})(?![\\w-]))`, 'gi');

/** Text by a person or from a repository, ready to stand inside a section; at most about `maxChars` of it. */
export function quoteText(text: string, maxChars: number): string {
  return escapeTags(cutText(removeHidden(text), maxChars)).trim();
}

/** The same for what is written as Markdown: without what GitHub does not show of it either. */
export function quoteMarkdown(text: string, maxChars: number): string {
  return escapeTags(cutText(withoutUnrendered(removeHidden(text)), maxChars)).trim();
}

/** Without what a reader does not see. Line and paragraph separators become line feeds. */
function removeHidden(text: string): string {
  const lines = text.replace(/\r\n?|\u2028|\u2029|\u0085/g, '\n');
  // Hidden characters first: they could split the mark of a comment.
  return withoutSpans(lines.replace(HIDDEN, ''), '<!--', '-->').replace(OPEN_HTML_COMMENT, '');
}

/** Code with its hidden characters made visible as `⟨U+202E⟩`: in a diff they are what a reviewer must see. */
export function revealHidden(line: string): string {
  return line
    .replace(/\r$/, '')
    .replace(/[\u2028\u2029]/g, shownAs)
    .replace(HIDDEN, shownAs);
}

/**
 * Text of any kind with what carries words unseen made visible. What is there for the look of a letter stays, so that ordinary text
 * stays what it is: the sign that a character is an emoji, what joins emojis, the mark at a file's beginning.
 */
export function revealCarriers(text: string): string {
  return text.replace(CARRIERS, shownAs);
}

function shownAs(character: string): string {
  const code = (character.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0');
  return `⟨U+${code}⟩`;
}

/** Our own tags made inert: `<` becomes `&lt;` where one would start. */
export function escapeTags(text: string): string {
  return text.replace(TAG_START, '&lt;');
}

/** A value for an attribute: one line, without quotes and angle brackets. */
export function attribute(value: string): string {
  return removeHidden(value)
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;')
    .replace(/\s+/g, ' ');
}

/** The text, or its beginning and how much of it is shown. */
export function cutText(text: string, maxChars: number): string {
  if (text.length <= maxChars) return text;
  const kept = text.slice(0, maxChars).replace(/[\uD800-\uDBFF]$/, '');
  return `${kept}\n${cutMark(kept.length, text.length)}`;
}

function cutMark(shownChars: number, allChars: number): string {
  return `[cut: ${count(shownChars)} of ${count(allChars)} characters shown]`;
}

/** With thousands separated, the same in every locale. */
export function count(number: number): string {
  return number.toLocaleString('en-US');
}

/** A list under a heading; nothing at all when it is empty. */
export function listed(head: string, items: readonly string[]): readonly string[] {
  return items.length === 0 ? [] : [head, ...items.map((item) => `- ${item}`)];
}
