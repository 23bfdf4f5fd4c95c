// Makes text by people and repositories safe to quote in a briefing: nothing hidden from a human reader is shown to
// the agent, no quoted text can end its own section or open another, and a cut is always stated.

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
const HIDDEN = new RegExp(
  [
    String.raw`(?![\t\n])\p{Cc}`,
    String.raw`[\u00AD\u061C\u115F\u1160\u17B4\u17B5\u180B-\u180F\u200B-\u200F\u202A-\u202E\u2060-\u206F]`,
    String.raw`[\u2800\u3164\uFEFF\uFFA0\uFFF0-\uFFFB\u{1BCA0}-\u{1BCA3}\u{1D173}-\u{1D17A}]`,
    String.raw`[\uFE00-\uFE0F]|\u034F|[\u{E0000}-\u{E0FFF}]`,
  ].join('|'),
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

/** Without what a reader does not see. Line and paragraph separators become line feeds. */
function removeHidden(text: string): string {
  const lines = text.replace(/\r\n?|\u2028|\u2029|\u0085/g, '\n');
  // Hidden characters first: they could split the mark of a comment.
  return withoutComments(lines.replace(HIDDEN, '')).replace(OPEN_HTML_COMMENT, '');
}

/** One pass, however many comments are opened: behind one that is never closed, none is. */
function withoutComments(text: string): string {
  let kept = '';
  let from = 0;
  for (;;) {
    const start = text.indexOf('<!--', from);
    const end = start === -1 ? -1 : text.indexOf('-->', start + '<!--'.length);
    if (end === -1) return kept + text.slice(from);
    kept += text.slice(from, start);
    from = end + '-->'.length;
  }
}

/** Code with its hidden characters made visible as `⟨U+202E⟩`: in a diff they are what a reviewer must see. */
export function revealHidden(line: string): string {
  const shown = (character: string): string => {
    const code = (character.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0');
    return `⟨U+${code}⟩`;
  };
  return line
    .replace(/\r$/, '')
    .replace(/[\u2028\u2029]/g, shown)
    .replace(HIDDEN, shown);
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
