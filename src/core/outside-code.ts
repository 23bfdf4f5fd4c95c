/**
 * Changes Markdown outside its code, in one pass: the text is hostile and up to 65,536 characters long (measured:
 * `mdast-util-from-markdown` takes 40 s for 32,000 lines of `=`). Only what is certainly code is left alone, so the worst
 * that happens is a visible tag in what was meant as code.
 *
 * What makes it certain: a fence at the margin belongs to no list and no quotation, whatever is around it, for nothing but
 * a paragraph goes on at the margin. Only raw HTML hides it. All doubts are about what is written, not what was read.
 */
import { changeSpans } from './outside-code-spans.ts';

export interface OutsideCode {
  readonly text: string;
  /** The fence that is still open at the end, or null. */
  readonly openFence: string | null;
}

/** Indented by more, it is a fence only inside a list or a quotation, and ends with that. */
const FENCE = /^( {0,3})(`{3,}(?=[^`]*$)|~{3,})/;
const BLANK = /^[ \t]*$/;

/** A tag with nothing before it but what opens lists, quotations and footnotes: it may begin raw HTML. */
const HTML_START = /^(?:[\s>*+\-\d.)]|\[\^[^\]\s]*\]:)*<[a-z/!?]/i;
/** Raw HTML that goes on over blank lines, to its end mark; all other ends at a blank line (CommonMark 0.31, section 4.6). */
const HTML_WITH_END = [
  ['<!--', '-->'],
  ['<?', '?>'],
  ['<![cdata[', ']]>'],
  ['<!', '>'],
  ['<script', '</script>'],
  ['<pre', '</pre>'],
  ['<style', '</style>'],
  ['<textarea', '</textarea>'],
] as const;
const BLANK_LINE = '';

interface Scan {
  /** The block of code that we are in for certain. `indent`: the spaces that its lines lose. */
  fence: { readonly mark: string; readonly indent: number } | null;
  /** No backtick, tag or link of the lines before can reach into this one. */
  sure: boolean;
  /** The end marks of raw HTML that we may be in. */
  htmlEnds: readonly string[];
  /** A fence stood where there may have been raw HTML, so that nothing is certainly code any more. */
  lost: boolean;
}

/** Changes all text that may not be code; `change` gets at most a line. Fences move to the margin, line breaks become `\n`. */
export function changeOutsideCode(text: string, change: (text: string) => string): OutsideCode {
  const scan: Scan = { fence: null, sure: true, htmlEnds: [], lost: false };
  const lines = text.split(/\r\n?|\n/).map((line) => changeLine(line, change, scan));
  return { text: lines.join('\n'), openFence: scan.fence?.mark ?? null };
}

function changeLine(line: string, change: (text: string) => string, scan: Scan): string {
  if (scan.fence !== null) {
    const written = withoutIndent(line, scan.fence.indent);
    if (closes(written, scan.fence.mark)) scan.fence = null;
    return written;
  }
  const [, indent, mark] = FENCE.exec(line) ?? [];
  if (indent !== undefined && mark !== undefined) {
    if (scan.htmlEnds.length > 0) scan.lost = true;
    if (!scan.lost) {
      scan.fence = { mark, indent: indent.length };
      scan.sure = true;
      return line.slice(indent.length);
    }
  }
  const may = scan.sure && scan.htmlEnds.length === 0 && !scan.lost;
  const { text, sure } = may ? changeSpans(line, change) : { text: change(line), sure: false };
  scan.sure = sure || BLANK.test(line);
  scan.htmlEnds = htmlEndsAfter(text, scan.htmlEnds);
  return text;
}

function withoutIndent(line: string, indent: number): string {
  const spaces = /^ {0,3}/.exec(line)?.[0].length ?? 0;
  return line.slice(Math.min(spaces, indent));
}

/** Only spaces and tabs may follow, and no tab may stand before: one is as wide as four spaces. */
function closes(line: string, mark: string): boolean {
  const run = /^ {0,3}(`+|~+)[ \t]*$/.exec(line)?.[1];
  return run?.startsWith(mark) === true;
}

function htmlEndsAfter(line: string, before: readonly string[]): readonly string[] {
  const lower = line.toLowerCase();
  const ends = before.filter((end) => (end === BLANK_LINE ? !BLANK.test(line) : !lower.includes(end)));
  if (!HTML_START.test(line)) return ends;
  const begun = HTML_WITH_END.filter(([start, end]) => {
    const at = lower.lastIndexOf(start);
    return at !== -1 && lower.indexOf(end, at + start.length) === -1;
  });
  return [...new Set([...ends, BLANK_LINE, ...begun.map(([, end]) => end)])];
}
