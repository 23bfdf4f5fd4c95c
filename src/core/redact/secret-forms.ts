// In which ways a secret may turn up, as runs of letters and digits, and the pieces of each that give it away.
import { BREAK, createScratch, readings } from './significant.ts';

/** Letters and digits of a secret that are one of its parts: fewer say too little, and ordinary texts have them. */
const PART_CHARS = 12;
/** Of what might be words. */
const WORD_PART_CHARS = 16;
/** A part of fewer different ones says nothing: `aaaa…`, `0101…`. */
const DIFFERENT_MIN = 4;
/** A shorter secret is known only as it is written. */
const WHOLE_MIN_CHARS = 8;
/** Pieces begin so far apart: a piece out of the middle is known when it is longer than a part by that. */
const STRIDE = 4;
const LONG_CHARS = 300;
const LONG_STRIDE = 16;

/** What all keys of a kind begin with is no secret, and stands in documents. */
const KNOWN_START = /^(?:sk-ant-[a-z]+\d+-|gh[a-z]_|github_pat_|xox[a-z]-|glpat-|npm_)/;
/** The header of a token, and the names of its first claims. */
const JWT_START = /^eyJ[\w-]*\.(?:eyJ[\w-]{0,17})?/;
const PEM = /-----BEGIN [A-Z0-9 ]+-----([\s\S]*?)-----END [A-Z0-9 ]+-----/;
/** Base64 that says only what kind of key it is: the same in all PKCS#8 keys of RSA. */
const PEM_START_CHARS = 52;
const HEX = /^[0-9a-f]+$/i;

/** One way of writing a secret, in UTF-16 units. */
export interface SecretForm {
  readonly codes: Uint16Array;
  /** `[begin, length]` of the pieces by which it is known. */
  readonly pieces: readonly (readonly [number, number])[];
}

export function formsOfSecret(secret: string): readonly SecretForm[] {
  const body = PEM.exec(secret)?.[1]?.replace(/\\n|\s/g, '') ?? null;
  if (body !== null) return pemForms(secret, body);
  const start = startOf(secret);
  const isHex = HEX.test(secret);
  return [
    ...[secret, ...(isHex ? [secret.toLowerCase(), secret.toUpperCase()] : [])].flatMap((text) =>
      plainForms(text, start),
    ),
    ...encodedForms(Buffer.from(secret), start, 0),
  ];
}

function pemForms(pem: string, body: string): readonly SecretForm[] {
  const before = Math.max(pem.replaceAll('\\n', '\n').indexOf('\n'), 0) + 1;
  const text = Buffer.from(pem.replaceAll('\\n', '\n'));
  const der = Buffer.from(body, 'base64');
  return [
    ...plainForms(body, PEM_START_CHARS),
    ...encodedForms(text, before + PEM_START_CHARS, '-----END PRIVATE KEY-----'.length),
    ...hexForms(der, Math.ceil(PEM_START_CHARS * 0.75), 0),
  ];
}

function startOf(secret: string): number {
  const start = KNOWN_START.exec(secret)?.[0].length ?? 0;
  return start + (JWT_START.exec(secret.slice(start))?.[0].length ?? 0);
}

/** `start`: characters that are no secret. */
function plainForms(text: string, start: number): readonly SecretForm[] {
  return Array.from(readings(text, createScratch()), ({ codes, starts, length }) => {
    const own = codes.slice(0, length);
    const first = starts.subarray(0, length).findIndex((at) => at >= start);
    return { codes: own, pieces: piecesOf(own, first === -1 ? length : first, (at) => at, own) };
  });
}

function encodedForms(bytes: Buffer, start: number, end: number): readonly SecretForm[] {
  return [...hexForms(bytes, start, end), ...[0, 1, 2].map((shift) => base64Form(bytes, shift, start, end))];
}

function hexForms(bytes: Buffer, start: number, end: number): readonly SecretForm[] {
  const hex = bytes.toString('hex');
  return [hex, hex.toUpperCase()].map((text) =>
    encodedForm(text, bytes, { start: start * 2, end: end * 2, byteOf: (at) => at / 2 }),
  );
}

/** At one of the three offsets that it may have in a longer text. What encodes bits of the neighbours is left out. */
function base64Form(bytes: Buffer, shift: number, start: number, end: number): SecretForm {
  const shifted = Buffer.concat([Buffer.alloc(shift), bytes]).toString('base64');
  const skipped = Math.ceil((shift * 8) / 6);
  const whole = shifted.slice(skipped, Math.floor(((shift + bytes.length) * 8) / 6));
  const at = (count: number): number => Math.ceil((count * 8) / 6);
  return encodedForm(whole, bytes, {
    start: at(start),
    end: at(end),
    byteOf: (index) => Math.max(0, Math.floor(((index + skipped) * 6) / 8) - shift),
  });
}

interface Encoding {
  /** Encoded characters that are no secret, at the beginning and at the end. */
  readonly start: number;
  readonly end: number;
  /** Of which byte an encoded character is a part. */
  readonly byteOf: (at: number) => number;
}

function encodedForm(text: string, bytes: Buffer, { start, end, byteOf }: Encoding): SecretForm {
  const kept = [...text].flatMap((character, at) => (/[A-Za-z0-9]/.test(character) ? [at] : []));
  const codes = Uint16Array.from(kept, (at) => text.charCodeAt(at));
  const raw = Uint16Array.from(bytes.toString('latin1'), (character) => character.charCodeAt(0));
  const from = kept.findIndex((at) => at >= start);
  const to = kept.findLastIndex((at) => at < text.length - end) + 1;
  const pieces = piecesOf(codes.subarray(0, to), from === -1 ? to : from, (at) => byteOf(kept[at] ?? 0), raw);
  return { codes, pieces };
}

/** `written` is the secret itself, and `placeOf` says where in it a piece begins: that decides whether it might be words. */
function piecesOf(
  codes: Uint16Array,
  start: number,
  placeOf: (at: number) => number,
  written: Uint16Array,
): SecretForm['pieces'] {
  const { length } = codes;
  if (length - start < PART_CHARS) return whole(codes, written);
  const stride = length > LONG_CHARS ? LONG_STRIDE : STRIDE;
  const pieces = new Map<string, readonly [number, number]>();
  const add = (at: number): void => {
    const place = Math.min(Math.floor(placeOf(at)), Math.max(0, written.length - PART_CHARS));
    const isWord = mightBeWords(written.subarray(place, place + PART_CHARS));
    const chars = isWord ? WORD_PART_CHARS : PART_CHARS;
    if (at + chars > length) return;
    const piece = codes.subarray(at, at + chars);
    if (new Set(piece).size < DIFFERENT_MIN) return;
    const name = piece.join();
    // Of a secret that repeats itself, the first goes on longest.
    if (!piece.includes(BREAK) && !pieces.has(name)) pieces.set(name, [at, chars]);
  };
  for (let at = start; at + PART_CHARS <= length; at += stride) add(at);
  for (const chars of [PART_CHARS, WORD_PART_CHARS]) if (length - chars >= start) add(length - chars);
  return [...pieces.values()];
}

function whole(codes: Uint16Array, written: Uint16Array): SecretForm['pieces'] {
  const least = mightBeWords(written) ? WORD_PART_CHARS : WHOLE_MIN_CHARS;
  return codes.length >= least ? [[0, codes.length]] : [];
}

/** Small letters alone, the first perhaps a capital. */
function mightBeWords(codes: Uint16Array): boolean {
  return /^[A-Z]?[^A-Z0-9]*$/.test(String.fromCharCode(...codes));
}
