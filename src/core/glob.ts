/**
 * One glob: `*`, `?`, `[…]`, `{a,b}` and `**`, any other character for itself. No regular expression: globs and names come from
 * strangers, and here neither can make the work more than the product of their lengths. Pure.
 */

/** Of one glob with its braces written out. */
const WRITTEN_OUT_MAX_CHARS = 4_000;
const STAR = 'star';
const ANY = 'any';
const GLOBSTAR = '**';

interface CharClass {
  readonly negated: boolean;
  /** First and last of each range. */
  readonly ranges: readonly (readonly [string, string])[];
}
/** A string is one character that stands for itself; all of them are UTF-16 units. */
type Token = typeof STAR | typeof ANY | CharClass | { readonly char: string };

interface Segment {
  readonly names: ReadonlySet<string>;
  readonly patterns: readonly (readonly Token[])[];
}

/** Takes a path's parts between slashes. */
export type Glob = (parts: readonly string[]) => boolean;

/** Why people may not write this glob, as a predicate for it and what to write instead; null when they may. */
export function globProblem(glob: string): string | null {
  const plain = glob.replace(/\\./gs, '');
  if (/[!@+*?]\(/.test(plain)) {
    return 'has an extended glob such as `!(a)` or `+(a)`: write braces, or a glob of its own with `!` in front';
  }
  if (/\||\)[+*?{$]/.test(plain)) return 'is a regular expression: write a glob, such as `src/**/*.{js,ts}`';
  if (/\{[^{},/]*\.\.[^{},/]*\}/.test(plain)) return 'has a range in braces: write out what it stands for';
  if (plain.includes('[[:')) return 'has a class of characters by name: write out the characters';
  const most = WRITTEN_OUT_MAX_CHARS.toLocaleString('en');
  return alternativesOf(glob) === null
    ? `has braces that stand for more than ${most} characters: write fewer, or more globs`
    : null;
}

/** Takes every glob; one whose braces stand for too much matches nothing. */
export function compileGlob(glob: string): Glob {
  const alternatives = alternativesOf(glob) ?? [];
  return (parts) =>
    alternatives.some((segments) =>
      matchesWithGaps(segments, parts, isGlobstar, (segment, part) => matchesSegment(segment, part)),
    );
}

const ANY_NAME: Segment = { names: new Set(), patterns: [[STAR]] };

type Alternative = readonly (Segment | typeof GLOBSTAR)[];

/** Braces around slashes make alternatives of the whole, others of their segment. Null: too many. */
function alternativesOf(glob: string): readonly Alternative[] | null {
  const whole = writtenOut(glob.replace(/^\.\//, ''), (inside) => /\/|\*\*/.test(inside));
  if (whole === null) return null;
  let chars = 0;
  const alternatives: Alternative[] = [];
  for (const text of whole) {
    const segments: (Segment | typeof GLOBSTAR)[] = [];
    const parts = text.replace(/(?:\/\*\*)+$/, '/**').split('/');
    for (const [at, part] of parts.entries()) {
      const written = part === GLOBSTAR ? [] : writtenOut(part, () => true);
      chars += (written ?? []).reduce((sum, one) => sum + one.length + 1, 1);
      if (written === null || chars > WRITTEN_OUT_MAX_CHARS) return null;
      // `src/**` is `src` as well; `*/**` is what lies in folders, and not every file beside them.
      if (part === GLOBSTAR && at === parts.length - 1 && isOpenEnded(parts[at - 1])) segments.push(ANY_NAME);
      segments.push(part === GLOBSTAR ? GLOBSTAR : segmentOf(written));
    }
    alternatives.push(segments);
  }
  return alternatives;
}

function isOpenEnded(part: string | undefined): boolean {
  return part !== undefined && part !== GLOBSTAR && /(?<!\\)\*$/.test(part);
}

function segmentOf(written: readonly string[]): Segment {
  const readings = written.flatMap((text) => {
    // `[id]` is a class of characters, and the name of a folder to those who write it.
    const literal = text.replace(/\\.|[[\]]/gs, (one) => (one.length > 1 ? one : `\\${one}`));
    return literal === text ? [tokensOf(text)] : [tokensOf(text), tokensOf(literal)];
  });
  const isName = (tokens: readonly Token[]) =>
    tokens.every((one) => typeof one === 'object' && 'char' in one);
  const nameOf = (tokens: readonly Token[]) =>
    tokens.map((one) => (typeof one === 'object' && 'char' in one ? one.char : '')).join('');
  return {
    names: new Set(readings.filter(isName).map(nameOf)),
    patterns: readings.filter((tokens) => !isName(tokens)),
  };
}

/** With each of the brace groups that are `wanted` replaced by its alternatives in turn. Null: too much. */
function writtenOut(text: string, wanted: (inside: string) => boolean): readonly string[] | null {
  const done = new Set<string>();
  const open = [text];
  let chars = 0;
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    const group = firstGroup(next, wanted);
    if (group === null) {
      done.add(next);
      chars += next.length + 1;
      if (chars > WRITTEN_OUT_MAX_CHARS) return null;
      continue;
    }
    const [before, after] = [next.slice(0, group.start), next.slice(group.end + 1)];
    open.push(...group.alternatives.map((alternative) => before + alternative + after));
  }
  return [...done];
}

interface Group {
  readonly start: number;
  readonly end: number;
  readonly alternatives: readonly string[];
}

/** The first group to be closed that has a comma and is `wanted`; a brace that opens none stands for itself. */
function firstGroup(text: string, wanted: (inside: string) => boolean): Group | null {
  const open: { readonly start: number; readonly commas: number[] }[] = [];
  for (let at = 0; at < text.length; at += 1) {
    const char = text[at];
    if (char === '\\') at += 1;
    else if (char === '{') open.push({ start: at, commas: [] });
    else if (char === ',') open.at(-1)?.commas.push(at);
    else if (char === '}') {
      const group = open.pop();
      if (group === undefined || group.commas.length === 0) continue;
      if (!wanted(text.slice(group.start + 1, at))) continue;
      const ends = [...group.commas, at];
      const alternatives = ends.map((end, index) => text.slice((ends[index - 1] ?? group.start) + 1, end));
      return { start: group.start, end: at, alternatives };
    }
  }
  return null;
}

function tokensOf(text: string): readonly Token[] {
  const tokens: Token[] = [];
  for (let at = 0; at < text.length; at += 1) {
    const char = text.charAt(at);
    const end = char === '[' ? text.indexOf(']', at + 2) : -1;
    if (char === '*') {
      if (tokens.at(-1) !== STAR) tokens.push(STAR);
    } else if (char === '?') tokens.push(ANY);
    else if (end > 0) {
      tokens.push(classOf(text.slice(at + 1, end)));
      at = end;
    } else if (char === '\\' && at + 1 < text.length) {
      at += 1;
      tokens.push({ char: text.charAt(at) });
    } else tokens.push({ char });
  }
  return tokens;
}

function classOf(inside: string): CharClass {
  const negated = /^[!^]/.test(inside);
  const chars = [...inside.slice(negated ? 1 : 0).matchAll(/\\?(.)(?:-\\?(.))?/gs)];
  return { negated, ranges: chars.map(([, first = '', last = first]) => [first, last]) };
}

function isGlobstar(segment: Segment | typeof GLOBSTAR): segment is typeof GLOBSTAR {
  return segment === GLOBSTAR;
}

function matchesSegment(segment: Segment | typeof GLOBSTAR, part: string): boolean {
  if (segment === GLOBSTAR || segment.names.has(part)) return true;
  if (part === '') return false;
  return segment.patterns.some((tokens) =>
    matchesWithGaps(tokens, part, (token) => token === STAR, matchesChar),
  );
}

function matchesChar(token: Token, char: string): boolean {
  if (token === STAR || token === ANY) return true;
  if ('char' in token) return token.char === char;
  return token.ranges.some(([first, last]) => first <= char && char <= last) !== token.negated;
}

/**
 * Where a gap stands for any number of items. What follows a gap is taken where it fits first: whatever could match by
 * stretching an earlier gap can by stretching the last one, so only that is ever tried again.
 */
function matchesWithGaps<Wanted, Item>(
  wanted: readonly Wanted[],
  items: ArrayLike<Item>,
  isGap: (one: Wanted) => boolean,
  fits: (one: Wanted, item: Item) => boolean,
): boolean {
  let [at, item] = [0, 0];
  let gap: { readonly at: number; readonly item: number } | null = null;
  while (item < items.length) {
    const one = wanted[at];
    if (at < wanted.length && isGap(one as Wanted)) {
      gap = { at, item };
      at += 1;
    } else if (at < wanted.length && fits(one as Wanted, items[item] as Item)) {
      at += 1;
      item += 1;
    } else if (gap !== null) {
      gap = { at: gap.at, item: gap.item + 1 };
      [at, item] = [gap.at + 1, gap.item];
    } else return false;
  }
  return wanted.slice(at).every(isGap);
}
