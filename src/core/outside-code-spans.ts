/**
 * Tells the code spans of one line from its text. A span counts only where its backticks stand on one line and nothing
 * before them can take one away: an escape, a tag, a link's target, an autolink, a table's column, a formula, a footnote.
 */

export interface ChangedLine {
  readonly text: string;
  /** Nothing that began on this line can reach into the next one. */
  readonly sure: boolean;
}

/** Inline HTML, or an autolink. */
const TAG = /(?<!\\)(?:\\\\)*<[a-z/!?]/i;
/** Our own, of silenced mentions: it is whole, so it reaches nowhere. */
const OWN_TAGS = /<code>[^<`]*<\/code>/g;
/** The target of a link, unless it ends before anything that may hide its end. */
const LINK_TARGET = /\]\((?![^\s()<>"'\\]*\))|\]\[(?![^[\]\\]*\])/;
/** What a backtick that is joined to it may belong to: an address (GFM ends it at a space), a footnote's label. */
const JOINED = /:\/\/|www\.|<|\[\^|[\\$]$/i;

/** `change` gets what is not code. */
export function changeSpans(line: string, change: (text: string) => string): ChangedLine {
  const runs = [...line.matchAll(/`+/g)];
  const lastDollar = line.lastIndexOf('$');
  let changed = '';
  let done = 0;
  let dollar = false;
  for (let index = 0; index < runs.length; index++) {
    const open = runs[index]?.index ?? 0;
    const closing = partnerOf(runs, index);
    const end = closing === null ? open : endOf(runs[closing]);
    const before = line.slice(done, open);
    const text = change(before);
    dollar ||= before.includes('$');
    const formula = dollar && lastDollar > open;
    if (closing === null || formula || line.slice(open, end).includes('|') || mayTake(text)) {
      return { text: changed + change(line.slice(done)), sure: false };
    }
    changed += text + line.slice(open, end);
    done = end;
    index = closing;
  }
  const rest = change(line.slice(done));
  return { text: changed + rest, sure: !reachesOn(rest) };
}

/** The next run of as many backticks. Over a whole line this is one pass: the search goes on behind what it found. */
function partnerOf(runs: readonly RegExpExecArray[], index: number): number | null {
  const length = runs[index]?.[0].length;
  for (let other = index + 1; other < runs.length; other++) {
    if (runs[other]?.[0].length === length) return other;
  }
  return null;
}

function endOf(run: RegExpExecArray | undefined): number {
  return run === undefined ? 0 : run.index + run[0].length;
}

/** Whether a backtick right behind `text` may be a part of it. */
function mayTake(text: string): boolean {
  return reachesOn(text) || JOINED.test(text.split(/[ \t]/).at(-1) ?? '');
}

function reachesOn(text: string): boolean {
  return TAG.test(text.replace(OWN_TAGS, '')) || LINK_TARGET.test(text);
}
