// Finds secrets in a text by their pieces, in one pass over each reading of it: what of a secret stands there, however it was
// taken apart or cut off. Time grows with the length of the text, and not with the number of secrets.
import { formsOfSecret, type SecretForm } from './secret-forms.ts';
import { createScratch, readings, type Significant } from './significant.ts';

/** Offsets into a text; `end` is exclusive. */
export interface Span {
  readonly start: number;
  readonly end: number;
}

export interface Sieve {
  add(secret: string): void;
  remove(secret: string): void;
  /** In no order, and they may overlap. */
  find(text: string): readonly Span[];
  /** The same; between the parts of a long text others have their turn. */
  findInTurns(text: string): Promise<readonly Span[]>;
}

interface Piece {
  readonly form: Uint16Array;
  readonly at: number;
  readonly length: number;
}

/** Characters by which a piece is looked up; none is shorter. */
const HASHED = 8;
const FACTOR = 0x01000193;
/** FACTOR to the power of HASHED. */
const OUTGOING = Array.from({ length: HASHED }).reduce<number>((power) => Math.imul(power, FACTOR), 1);
const FILTER_BITS = 18;
/** A reading takes ten times the bytes of its text: a long text is read in parts of this size. */
const PART_CHARS = 256 * 1024;
/** Parts overlap: of a secret at a seam, what stands in either part is found there. The longest piece, far apart, is shorter. */
const PART_OVERLAP_CHARS = 16 * 1024;

export function createSieve(): Sieve {
  const known = new Map<string, readonly SecretForm[]>();
  const pieces = new Map<number, Piece[]>();
  /** How many pieces fall on each place: most characters of a text fall on none. */
  const filter = new Uint32Array(2 ** FILTER_BITS);
  const scratch = createScratch();

  const each = (forms: readonly SecretForm[], act: (hash: number, piece: Piece) => void): void => {
    for (const { codes, pieces } of forms) {
      for (const [at, length] of pieces) act(hashOf(codes, at), { form: codes, at, length });
    }
  };
  const findIn = ({ from, text }: Part): readonly Span[] => {
    if (pieces.size === 0 || text.length < HASHED) return [];
    const spans: Span[] = [];
    for (const reading of readings(text, scratch)) {
      for (const { start, end } of spansIn(reading, pieces, filter)) {
        spans.push({ start: from + start, end: from + end });
      }
    }
    return spans;
  };
  return {
    add(secret) {
      if (known.has(secret)) return;
      const forms = formsOfSecret(secret);
      known.set(secret, forms);
      each(forms, (hash, piece) => {
        const there = pieces.get(hash);
        if (there === undefined) pieces.set(hash, [piece]);
        else there.push(piece);
        filter[placeOf(hash)] = (filter[placeOf(hash)] ?? 0) + 1;
      });
    },
    remove(secret) {
      const forms = known.get(secret) ?? [];
      known.delete(secret);
      each(forms, (hash, { form, at }) => {
        const left = (pieces.get(hash) ?? []).filter((piece) => piece.form !== form || piece.at !== at);
        if (left.length === 0) pieces.delete(hash);
        else pieces.set(hash, left);
        filter[placeOf(hash)] = (filter[placeOf(hash)] ?? 1) - 1;
      });
    },
    find: (text) => [...partsOf(text)].flatMap(findIn),
    async findInTurns(text) {
      const spans: Span[] = [];
      for (const part of partsOf(text)) {
        if (part.from > 0) await new Promise((resolve) => setImmediate(resolve));
        spans.push(...findIn(part));
      }
      return spans;
    },
  };
}

interface Part {
  readonly from: number;
  readonly text: string;
}

function* partsOf(text: string): Generator<Part> {
  let from = 0;
  for (; from + PART_CHARS + PART_OVERLAP_CHARS < text.length; from += PART_CHARS) {
    yield { from, text: text.slice(from, from + PART_CHARS + PART_OVERLAP_CHARS) };
  }
  yield { from, text: text.slice(from) };
}

function placeOf(hash: number): number {
  return hash >>> (32 - FILTER_BITS);
}

function hashOf(codes: Uint16Array, at: number): number {
  let hash = 0;
  for (let index = at; index < at + HASHED; index += 1)
    hash = (Math.imul(hash, FACTOR) + (codes[index] ?? 0)) | 0;
  return hash;
}

function spansIn(
  reading: Significant,
  pieces: ReadonlyMap<number, readonly Piece[]>,
  filter: Uint32Array,
): readonly Span[] {
  const { codes, starts, ends, length } = reading;
  const spans: Span[] = [];
  let hash = 0;
  /** Nothing before it is looked at again. */
  let done = 0;
  for (let index = 0; index < length; index += 1) {
    const gone = index >= HASHED ? Math.imul(codes[index - HASHED] ?? 0, OUTGOING) : 0;
    hash = (Math.imul(hash, FACTOR) + (codes[index] ?? 0) - gone) | 0;
    const from = index - HASHED + 1;
    if (from < done || filter[placeOf(hash)] === 0) continue;
    const found = longestAt(reading, from, done, pieces.get(hash) ?? []);
    if (found === null) continue;
    spans.push({ start: starts[found.from] ?? 0, end: ends[found.to - 1] ?? 0 });
    done = found.to;
  }
  return spans;
}

/** The most of a secret that stands around a place where a piece of it may begin. */
function longestAt(
  { codes, length }: Significant,
  from: number,
  least: number,
  candidates: readonly Piece[],
): { readonly from: number; readonly to: number } | null {
  let longest: { readonly from: number; readonly to: number } | null = null;
  for (const { form, at, length: chars } of candidates) {
    let same = 0;
    while (from + same < length && at + same < form.length && codes[from + same] === form[at + same])
      same += 1;
    if (same < chars) continue;
    let before = 0;
    while (from - before > least && at > before && codes[from - before - 1] === form[at - before - 1])
      before += 1;
    const found = { from: from - before, to: from + same };
    if (longest === null || found.to - found.from > longest.to - longest.from) longest = found;
  }
  return longest;
}
