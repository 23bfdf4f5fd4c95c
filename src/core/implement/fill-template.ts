/**
 * A repository's own template of pull requests, filled: its headings in their order, ours under those that mean the same, the rest of
 * ours behind. Boxes stay as they are: nobody has done what they ask to be ticked for. Pure.
 */
import { closingNothing, modelText } from '../messages/format.ts';

export type SectionKind = 'done' | 'checked' | 'notDone' | 'other';

export interface Section {
  readonly kind: SectionKind;
  readonly heading: string;
  /** Markdown, safe as it is. */
  readonly body: string;
}

/** What a heading says, most telling first: `Testing changes` is of testing. */
const MEANINGS: readonly (readonly [SectionKind, RegExp])[] = [
  [
    'checked',
    /\b(?:test(?:s|ed|ing)?|verif\w*|validat\w*|qa|check(?:s|ed)|how (?:has|was|did|do) .*(?:test|check))\b/i,
  ],
  [
    'notDone',
    /\b(?:risks?|notes?|limitations?|caveats?|follow[- ]?ups?|known issues?|not done|todo|out of scope|additional)\b/i,
  ],
  [
    'done',
    /\b(?:descriptions?|summary|what|changes?|overview|purpose|motivation|context|about|why|proposed)\b/i,
  ],
];
const HEADING = /^ {0,3}#{1,6}[ \t]+\S/;
/** A line that is bold as a whole stands for a heading in many templates. */
const BOLD = /^ {0,3}\*\*([^*]{1,80})\*\*:?[ \t]*$/;
const FENCE = /^ {0,3}(`{3,}|~{3,})/;
const CHECKLIST = /check ?list/i;
const LINES_MAX = 400;
/** A longer one counts as none. */
export const TEMPLATE_MAX_CHARS = 12_000;
const HEADING_MAX_CHARS = 200;

/** One `## ` section after another, or the template with ours in it. */
export function fillTemplate(template: string | null, sections: readonly Section[]): string {
  const parts = template === null ? [] : partsOf(template);
  const filled = new Set<SectionKind>();
  const told = parts.flatMap(({ heading, text }) => {
    const kind = heading === null ? null : meaningOf(heading);
    const ours = kind === null || filled.has(kind) ? [] : sections.filter((section) => section.kind === kind);
    if (kind !== null && ours.length > 0) filled.add(kind);
    return joined([heading ?? '', ...ours.map(({ body }) => body), text]);
  });
  const rest = sections.filter(({ kind }) => !filled.has(kind));
  return joined([...told, ...rest.map(({ heading, body }) => `## ${heading}\n\n${body}`)]).join('\n\n');
}

interface Part {
  /** As it is written; null before the first. */
  readonly heading: string | null;
  /** What the template says below it, without what is there to be replaced. */
  readonly text: string;
}

function partsOf(template: string): readonly Part[] {
  const parts: { heading: string | null; lines: string[] }[] = [{ heading: null, lines: [] }];
  let fence: string | null = null;
  for (const line of linesOf(template)) {
    const mark = FENCE.exec(line)?.[1] ?? null;
    if (mark !== null) fence = fence === null ? mark : mark.startsWith(fence) ? null : fence;
    if (fence === null && mark === null && isHeading(line)) {
      parts.push({ heading: shownHeading(line), lines: [] });
    } else {
      parts.at(-1)?.lines.push(line);
    }
  }
  return parts
    .map(({ heading, lines }) => ({ heading, text: harmless(lines.join('\n').trim()) }))
    .filter(({ heading, text }) => heading !== null || text !== '');
}

/** Comments tell people what to write: they are not shown, and what was to be written is. */
function linesOf(template: string): readonly string[] {
  return withoutComments(template.replace(/\r\n?/g, '\n').slice(0, TEMPLATE_MAX_CHARS))
    .split('\n')
    .slice(0, LINES_MAX);
}

/** One that is never closed hides all behind it. */
function withoutComments(text: string): string {
  let kept = '';
  let from = 0;
  for (;;) {
    const start = text.indexOf('<!--', from);
    if (start === -1) return kept + text.slice(from);
    kept += text.slice(from, start);
    const end = text.indexOf('-->', start + '<!--'.length);
    if (end === -1) return kept;
    from = end + '-->'.length;
  }
}

function isHeading(line: string): boolean {
  return HEADING.test(line) || BOLD.test(line);
}

function shownHeading(line: string): string {
  return harmless(line.trim().slice(0, HEADING_MAX_CHARS));
}

/** A list of boxes keeps its own heading to itself. */
function meaningOf(heading: string): SectionKind | null {
  if (CHECKLIST.test(heading)) return null;
  return MEANINGS.find(([, pattern]) => pattern.test(heading))?.[0] ?? null;
}

/** The repository's own words, unable to hide what follows, to give commands or to close another issue. */
function harmless(text: string): string {
  return closingNothing(modelText(text, TEMPLATE_MAX_CHARS));
}

function joined(parts: readonly string[]): readonly string[] {
  const told = parts.filter((part) => part.trim() !== '');
  return told.length === 0 ? [] : [told.join('\n\n')];
}
