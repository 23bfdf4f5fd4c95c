/**
 * Changes Markdown outside its code. The text is hostile: where it is not sure that GitHub takes something for code, it is
 * treated as text, so the worst that happens is a visible `&lt;` in what was meant as code.
 */

export interface OutsideCode {
  readonly text: string;
  /** The fence that is still open at the end, or null. */
  readonly openFence: string | null;
}

/** Indented by more, it is a fence only inside a list or a quotation, and ends with that. */
const FENCE = /^ {0,3}(`{3,}(?=[^`]*$)|~{3,})/;

/**
 * Fenced blocks are moved to the margin: indented, a fence may belong to a list item, and what ends it then depends on what
 * is around it.
 */
export function changeOutsideCode(text: string, change: (text: string) => string): OutsideCode {
  const lines: string[] = [];
  let openFence: string | null = null;
  let indent = '';
  let spansAreSure = true;
  for (const line of text.split('\n')) {
    const fence: string | undefined = line.match(FENCE)?.[1];
    if (openFence !== null) {
      lines.push(line.startsWith(indent) ? line.slice(indent.length) : line.trimStart());
      if (closes(line, openFence)) openFence = null;
    } else if (fence !== undefined) {
      indent = line.slice(0, line.indexOf(fence));
      lines.push(line.slice(indent.length));
      openFence = fence;
      spansAreSure = true;
    } else {
      if (line.trim() === '') spansAreSure = true;
      const changed: Line = spansAreSure ? changeLine(line, change) : { text: change(line), sure: false };
      lines.push(changed.text);
      spansAreSure = changed.sure;
    }
  }
  return { text: lines.join('\n'), openFence };
}

interface Line {
  readonly text: string;
  /** Every backtick so far found its partner on its line. */
  readonly sure: boolean;
}

function changeLine(line: string, change: (text: string) => string): Line {
  const runs = [...line.matchAll(/`+/g)];
  let changed = '';
  let done = 0;
  for (const [index, open] of runs.entries()) {
    if (open.index < done) continue;
    const close = runs.slice(index + 1).find((run) => run[0].length === open[0].length);
    const end = close === undefined ? line.length : close.index + close[0].length;
    const between = line.slice(done, open.index);
    const code = line.slice(open.index, end);
    // An escape or the column of a table may take the backtick away.
    if (close === undefined || between.endsWith('\\') || code.includes('|')) {
      return { text: changed + change(line.slice(done)), sure: false };
    }
    changed += change(between) + code;
    done = end;
  }
  return { text: changed + change(line.slice(done)), sure: true };
}

function closes(line: string, fence: string): boolean {
  const run = line.trim();
  return /^ {0,3}\S/.test(line) && run.length >= fence.length && run === fence.charAt(0).repeat(run.length);
}
