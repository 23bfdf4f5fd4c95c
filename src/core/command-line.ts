/**
 * Finds `/crew <verb> …` in a comment. A command counts only where a reader sees it as the writer's own line: never in
 * code, quotes or HTML, and never behind characters that do not show. Pure; the text is hostile.
 */
import { fromMarkdown } from 'mdast-util-from-markdown';
import { OpenBoxes } from './open-boxes.ts';

/** Commands of one comment that are run; the rest are refused by name of this limit. */
export const COMMANDS_PER_COMMENT_MAX = 5;

/** GitHub's own limit of a comment's body. */
const COMMENT_MAX_CHARS = 65_536;
/** What stands below is not read: parsing a paragraph costs time that grows with the square of its lines. */
const COMMENT_MAX_LINES = 2_000;

/** Deeper nesting is no comment by a person; parsing it costs time that grows with the square of the depth. */
const MARKERS_PER_LINE_MAX = 100;
const MARKER = /[>*_[\]`<]|(?:[-+]|\d[.)])(?=[ \t])/g;

export interface CommandLine {
  /** Lower case; '' for `/crew` alone. */
  readonly verb: string;
  /** The rest of the line, trimmed; '' for none. */
  readonly args: string;
}

const COMMAND = /^ {0,3}\/crew(?![^\s])[ \t]*(\S*)[ \t]*(.*)$/i;
const MIGHT_HOLD_A_COMMAND = /^ {0,3}\/crew(?![^\s])/im;

/** Format characters (zero-width, bidi, tags) and controls: what a reader cannot see must not be obeyed. */
const HIDDEN = /[\p{Cf}\p{Co}\p{Cn}]|(?![\n\t])\p{Cc}/gu;

/** Every command of the text, in order. */
export function parseCommands(markdown: string): readonly CommandLine[] {
  const lines = markdown.slice(0, COMMENT_MAX_CHARS).split(/\r\n?|\n/, COMMENT_MAX_LINES);
  const text = lines.join('\n').replace(HIDDEN, '');
  if (!MIGHT_HOLD_A_COMMAND.test(text)) return [];
  const { own, shown } = maskMarkdown(text);
  const shownLines = shown.split('\n');
  return own.split('\n').flatMap((line, index) => {
    if (!MIGHT_HOLD_A_COMMAND.test(line)) return [];
    const match = COMMAND.exec(shownLines[index] ?? '');
    if (match === null) return [];
    return [{ verb: (match[1] ?? '').toLowerCase(), args: (match[2] ?? '').trim() }];
  });
}

/** Commands that an edit added: those of `after` that `before` did not have as often. Null: the comment is new. */
export function newCommands(before: string | null, after: string): readonly CommandLine[] {
  const had = new Map<string, number>();
  for (const command of before === null ? [] : parseCommands(before)) {
    had.set(textOf(command), (had.get(textOf(command)) ?? 0) + 1);
  }
  return parseCommands(after).filter((command) => {
    const left = had.get(textOf(command)) ?? 0;
    had.set(textOf(command), left - 1);
    return left <= 0;
  });
}

/** The command as one would write it. */
export function textOf(command: CommandLine): string {
  return `/crew ${command.verb} ${command.args}`.trimEnd();
}

/** `own`: only what is the writer's own prose; `shown`: with code kept, as an argument may name some. Same length. */
function maskMarkdown(text: string): { readonly own: string; readonly shown: string } {
  const flattened = flattenNesting(text);
  const boxes = new OpenBoxes();
  let own = flattened;
  let shown = flattened;
  const visit = (node: ReturnType<typeof fromMarkdown> | MarkdownNode): void => {
    const start = node.position?.start.offset;
    const end = node.position?.end.offset;
    if (start !== undefined && end !== undefined) {
      if (NOT_OWN.has(node.type)) own = blank(own, start, end);
      if (node.type === 'html') {
        if (/^<[!?]/.test(node.value)) shown = blank(shown, start, end);
        boxes.read(node.value, start, end);
      }
    }
    const { depth } = boxes;
    if ('children' in node) for (const child of node.children) visit(child);
    if (CLOSES_ITS_BOXES.has(node.type)) boxes.closeTo(depth, end ?? flattened.length);
  };
  visit(fromMarkdown(flattened));
  for (const box of boxes.closed) own = blank(own, box.start, box.end);
  return { own: own.replace(MATHS, (maths) => blank(maths, 0, maths.length)), shown };
}

type MarkdownNode = ReturnType<typeof fromMarkdown>['children'][number];

const NOT_OWN: ReadonlySet<string> = new Set(['blockquote', 'code', 'inlineCode', 'html']);
/** What is opened in these ends with them, but not with a paragraph: a `<div>` in it ends the paragraph. */
const CLOSES_ITS_BOXES: ReadonlySet<string> = new Set(['root', 'blockquote', 'listItem']);
/** GitHub renders what stands between as mathematics. */
const MATHS = /\$\$[\s\S]*?\$\$/g;

function blank(text: string, start: number, end: number): string {
  return text.slice(0, start) + text.slice(start, end).replace(/[^\n]/g, ' ') + text.slice(end);
}

/** Takes away the text of lines that nest absurdly deep; what stays says whether the line was a quote. */
function flattenNesting(text: string): string {
  return text
    .split('\n')
    .map((line) => {
      if ((line.match(MARKER)?.length ?? 0) <= MARKERS_PER_LINE_MAX) return line;
      return /^\s*>/.test(line) ? '> …' : '…';
    })
    .join('\n');
}
