// What is left of a text when everything goes that a secret may be taken apart with: only letters and digits, each with its
// place. Read as written, and read as a browser, a JSON reader or a URL would: escapes decoded, tags and JSON keys left out.

/** Letters and digits that stand further apart belong to two things. */
const GAP_MAX_CHARS = 64;
/** Stands between what is too far apart; no text has it, since it is no letter. */
export const BREAK = 0;
const SOME_BREAKS = 16;
/** A longer tag is none. */
const TAG_MAX_CHARS = 200;

export interface Significant {
  /** UTF-16 units of letters and digits, and `BREAK`. */
  readonly codes: Uint16Array;
  /** Where each begins in the text, and where it ends. */
  readonly starts: Int32Array;
  readonly ends: Int32Array;
  readonly length: number;
}

/** Letters by Unicode that nobody sees. */
const FILLERS = new Set(['\u115F', '\u1160', '\u3164', '\uFFA0']);
const LETTER_OR_DIGIT = /[\p{L}\p{N}]/u;
const MARKS = /[\\<&%"]/;

/** Of ASCII: whether it counts. */
const COUNTS = Uint8Array.from({ length: 128 }, (_, code) =>
  /[A-Za-z0-9]/.test(String.fromCharCode(code)) ? 1 : 0,
);

/** As written, and decoded where that may differ: each until the next is asked for, which is written over it. */
export function* readings(text: string, scratch: Scratch): Generator<Significant> {
  yield read(text, null, scratch);
  if (MARKS.test(text)) yield read(text, skipMark, scratch);
}

/** What a mark stands for: where it ends, and the character that it means, if any. */
interface Skipped {
  readonly end: number;
  readonly means: number | null;
}

type SkipMark = (text: string, at: number, memory: TagMemory) => Skipped | null;

function read(text: string, skip: SkipMark | null, scratch: Scratch): Significant {
  const kept = keeper(text.length + SOME_BREAKS, scratch);
  const memory: TagMemory = { nextTagEnd: -1 };
  for (let at = 0; at < text.length; ) {
    const code = text.charCodeAt(at);
    if (code < 128) {
      if (COUNTS[code] === 1) {
        kept.add(code, at, at + 1);
        at += 1;
        continue;
      }
      const skipped = skip === null ? null : skip(text, at, memory);
      if (skipped === null) {
        at += 1;
        continue;
      }
      if (skipped.means !== null) for (const unit of unitsOf(skipped.means)) kept.add(unit, at, skipped.end);
      at = skipped.end;
      continue;
    }
    const point = text.codePointAt(at) ?? code;
    const end = at + (point > 0xffff ? 2 : 1);
    for (const unit of unitsOf(point)) kept.add(unit, at, end);
    at = end;
  }
  return kept.result();
}

/** Where readings are written to: of a text of megabytes they take ten times its bytes, which need not be there for each of its parts anew. */
export interface Scratch {
  codes: Uint16Array;
  starts: Int32Array;
  ends: Int32Array;
}

export function createScratch(): Scratch {
  return { codes: new Uint16Array(0), starts: new Int32Array(0), ends: new Int32Array(0) };
}

/** A ligature may be several letters, and breaks stand between; both are rare, so that it grows while it is written to only then. */
function grow(scratch: Scratch, size: number): void {
  const { codes, starts, ends } = scratch;
  scratch.codes = new Uint16Array(size);
  scratch.starts = new Int32Array(size);
  scratch.ends = new Int32Array(size);
  scratch.codes.set(codes);
  scratch.starts.set(starts);
  scratch.ends.set(ends);
}

function keeper(most: number, scratch: Scratch) {
  let length = 0;
  if (scratch.codes.length < most) grow(scratch, most);
  const put = (code: number, start: number, end: number): void => {
    if (length === scratch.codes.length) grow(scratch, 2 * length);
    scratch.codes[length] = code;
    scratch.starts[length] = start;
    scratch.ends[length] = end;
    length += 1;
  };
  return {
    add(code: number, start: number, end: number): void {
      if (length > 0 && start - (scratch.ends[length - 1] ?? 0) > GAP_MAX_CHARS) put(BREAK, start, start);
      put(code, start, end);
    },
    result: (): Significant => ({ ...scratch, length }),
  };
}

const unitsKnown = new Map<number, readonly number[]>();
const UNITS_KNOWN_MAX = 20_000;

/** Without accents and other dress (full-width, mathematical): nothing for what is no letter and no digit. */
function unitsOf(point: number): readonly number[] {
  if (point < 128) return COUNTS[point] === 1 ? [point] : [];
  const known = unitsKnown.get(point);
  if (known !== undefined) return known;
  const isLone = point >= 0xd800 && point <= 0xdfff;
  const plain = isLone ? '' : String.fromCodePoint(point).normalize('NFKD');
  const units = [...plain]
    .filter((character) => LETTER_OR_DIGIT.test(character) && !FILLERS.has(character))
    .flatMap((character) => character.split('').map((unit) => unit.charCodeAt(0)));
  if (unitsKnown.size < UNITS_KNOWN_MAX) unitsKnown.set(point, units);
  return units;
}

const ESCAPE = /\\+(?:u\{([0-9a-f]{1,6})\}|u([0-9a-f]{4})|x([0-9a-f]{2})|[bfnrtv0])/iy;
const ENTITY = /&(?:#(\d{1,7})|#x([0-9a-f]{1,6})|[a-z]\w{1,30});/iy;
const PERCENT = /%([0-9a-f]{2})/iy;
/** From the end of one value to the beginning of the next. */
const JSON_KEY = /\\*"[\s,{}[\]]{0,16}\\*"[^"\\]{1,60}\\*"\s{0,4}:\s{0,4}[\s{[]{0,16}\\*"/y;

/** Where the next `>` stands, so that no text is searched twice for it. */
interface TagMemory {
  nextTagEnd: number;
}

function skipMark(text: string, at: number, memory: TagMemory): Skipped | null {
  switch (text[at]) {
    case '<':
      return tag(text, at, memory);
    case '&':
      return matched(ENTITY, text, at, [10, 16]);
    case '%':
      return matched(PERCENT, text, at, [16]);
    case '"':
      return matched(JSON_KEY, text, at, []);
    case '\\':
      // A long run is looked at once, from its beginning.
      if (at > 0 && text[at - 1] === '\\') return null;
      return matched(JSON_KEY, text, at, []) ?? matched(ESCAPE, text, at, [16, 16, 16]);
    default:
      return null;
  }
}

function matched(pattern: RegExp, text: string, at: number, radixes: readonly number[]): Skipped | null {
  pattern.lastIndex = at;
  const found = pattern.exec(text);
  if (found === null) return null;
  // Up to the last quote: what follows it is read.
  const end = at + found[0].length;
  for (const [index, radix] of radixes.entries()) {
    const digits = found[index + 1];
    if (digits === undefined) continue;
    const point = Number.parseInt(digits, radix);
    return { end, means: point <= 0x10ffff ? point : null };
  }
  return { end, means: null };
}

function tag(text: string, at: number, memory: TagMemory): Skipped | null {
  if (memory.nextTagEnd < at && memory.nextTagEnd !== text.length) {
    const next = text.indexOf('>', at);
    memory.nextTagEnd = next === -1 ? text.length : next;
  }
  const end = memory.nextTagEnd;
  return end < text.length && end - at <= TAG_MAX_CHARS ? { end: end + 1, means: null } : null;
}
