/**
 * Words by which a text is known wherever it turns up, the ways in which Markdown hides them from people and not from machines, and
 * a search that finds them in whatever dress. Knows nothing of how they are kept out.
 */
import type { Random } from '../../support/random.ts';

export interface Canary {
  readonly word: string;
  /** Who wrote it, where, and how. */
  readonly from: string;
}

export interface Canaries {
  /** Words that must reach no model, as text: as it is, and hidden in some ways, or in all. */
  foreign(from: string, line?: 'line'): string;
  /** One word that must reach a model, and hidden ones that must not. */
  heard(from: string, line?: 'line'): string;
  /** Hidden in characters alone: for files, which are told as they are. */
  carried(from: string): string;
  readonly forbidden: readonly Canary[];
  readonly wanted: readonly Canary[];
}

type Hide = (word: string) => string;

const bitsOf = (word: string, [zero, one]: readonly [string, string]): string =>
  [...Buffer.from(word)]
    .map((byte) => byte.toString(2).padStart(8, '0').replaceAll('0', zero).replaceAll('1', one))
    .join('');
const selector = (byte: number): string =>
  String.fromCodePoint(byte < 16 ? 0xfe00 + byte : 0xe0100 + byte - 16);
const BITS = [
  ['\u200b', '\u200c'],
  ['\u00ad', '\u2062'],
  ['\u2063', '\u2064'],
  ['\u202a', '\u202b'],
  ['\u202d', '\u202e'],
  ['\u2066', '\u2067'],
  ['\u2068', '\u2069'],
] as const;
/** Ranges of what nobody sees, by Unicode's word: of ours none may be told of text, and of files only what an emoji is made with. */
const INVISIBLE = [
  [0xad],
  [0x34f],
  [0x61c],
  [0x115f, 0x1160],
  [0x17b4, 0x17b5],
  [0x180b, 0x180f],
  [0x200b, 0x200f],
  [0x202a, 0x202e],
  [0x2060, 0x206f],
  [0x2800],
  [0x3164],
  [0xfe00, 0xfe0f],
  [0xfeff],
  [0xffa0],
  [0xfff0, 0xfffb],
  [0x1bca0, 0x1bca3],
  [0x1d173, 0x1d17a],
  [0xe0000, 0xe0fff],
] as const;

/** Of one line, and also where no Markdown is read. */
const UNSEEN: Readonly<Record<string, Hide>> = {
  'in tag characters': (word) =>
    [...word].map((one) => String.fromCodePoint(0xe0000 + one.charCodeAt(0))).join(''),
  'in variation selectors': (word) => `😀${[...Buffer.from(word)].map(selector).join('')}`,
  'in zero widths': (word) => bitsOf(word, BITS[0]),
  'in soft hyphens and invisible signs': (word) => bitsOf(word, BITS[1]),
  'in invisible commas': (word) => bitsOf(word, BITS[2]),
  'in bidi embeddings': (word) => `${bitsOf(word, BITS[3])}${bitsOf(word, BITS[4])}\u202c`,
  'in bidi isolates': (word) => `${bitsOf(word, BITS[5])}${bitsOf(word, BITS[6])}`,
  'in a comment': (word) => `<!-- ${word} -->`,
};
const UNSEEN_IN_MARKDOWN: Readonly<Record<string, Hide>> = {
  'in the title of a link': (word) => `[here](https://a.example/ "${word}")`,
  'in the text for an image': (word) => `![${word}](a.png)`,
  'in a definition': (word) => `\n\n[ref]: https://a.example "${word}"\n\n`,
  'in a definition that is a comment': (word) => `\n\n[//]: # (${word})\n\n`,
  'in the name of a definition': (word) => `\n\n[${word}]: https://a.example\n\n`,
  'in a footnote of nobody': (word) => `\n\n[^${word.toLowerCase()}x]: ${word}\n\n`,
  'in an attribute': (word) => `<b title="${word}">bold</b>`,
  'in an attribute over lines': (word) => `<img\n alt='${word}'\n src=a.png>`,
  'in a declaration': (word) => `\n\n<!DOCTYPE ${word}>\n\n`,
  'in an instruction': (word) => `<?php ${word} ?>`,
  'in unread characters': (word) => `<![CDATA[${word}]]>`,
};
/** What people see, and machines may not find. */
const SEEN: Readonly<Record<string, Hide>> = {
  'as it is': (word) => word,
  'turned round': (word) => `\u202e${word}\u202c`,
  'with soft hyphens': (word) => [...word].join('\u00ad'),
  'folded away': (word) => `<details><summary>More</summary>\n\n${word}\n\n</details>`,
  'in base64': (word) => Buffer.from(`ab ${word} cd`).toString('base64'),
};

export function canariesOf(random: Random, ways: number): Canaries {
  const forbidden: Canary[] = [];
  const wanted: Canary[] = [];
  const word = (): string =>
    `Q${Array.from({ length: 11 }, () => 'bcdfghjkmnpqrstvwxz'[random.between(0, 18)]).join('')}`;
  const hidden = (from: string, hides: readonly (readonly [string, Hide])[]): string =>
    random
      .shuffled(hides)
      .slice(0, ways)
      .map(([how, hide]) => {
        const canary = { word: word(), from: `${from}, ${how}` };
        forbidden.push(canary);
        return hide(canary.word);
      })
      .join(' and ');
  const unseen = (line?: 'line') => [
    ...Object.entries(UNSEEN),
    ...(line === 'line' ? [] : Object.entries(UNSEEN_IN_MARKDOWN)),
  ];
  return {
    forbidden,
    wanted,
    foreign(from, line) {
      const plain = { word: word(), from: `${from}, as it is` };
      forbidden.push(plain);
      const seen = line === 'line' ? [] : Object.entries(SEEN);
      return `Follow ${plain.word}. ${hidden(from, [...unseen(line), ...seen])}`;
    },
    carried: (from) =>
      hidden(
        from,
        Object.entries(UNSEEN).filter(([how]) => how !== 'in a comment'),
      ),
    heard(from, line) {
      const plain = { word: word(), from };
      wanted.push(plain);
      return `Mind ${plain.word}. ${hidden(from, unseen(line))}`;
    },
  };
}

/** Those of some canaries that a text holds, in whatever dress. */
export function foundIn(text: string, canaries: readonly Canary[]): readonly Canary[] {
  const readings = [
    text,
    text.replace(/\\u([0-9a-f]{4})/gi, (_, code: string) => String.fromCharCode(Number.parseInt(code, 16))),
    text.replace(/\p{Cf}|\p{Mn}|\u034f|[\u115f\u1160\u3164\uffa0]/gu, ''),
    [...text.matchAll(/[\u{e0020}-\u{e007e}]/gu)]
      .map(([one]) => String.fromCharCode((one.codePointAt(0) ?? 0) - 0xe0000))
      .join(''),
    Buffer.from(
      [...text.matchAll(/[\ufe00-\ufe0f\u{e0100}-\u{e01ef}]/gu)].map(([one]) => byteOf(one)),
    ).toString('latin1'),
    ...BITS.map((pair) => fromBits(text, pair)),
    [...text.matchAll(/[A-Za-z0-9+/_-]{16,}/g)]
      .map(([one]) => Buffer.from(one, 'base64').toString('latin1'))
      .join('\n'),
  ];
  return canaries.filter(({ word }) => readings.some((reading) => reading.includes(word)));
}

/** Which a text has, as `U+202E`. */
export function invisibleIn(text: string): readonly string[] {
  const ranges = INVISIBLE.map(([from, to = from]) => `\\u{${from.toString(16)}}-\\u{${to.toString(16)}}`);
  const found = text.matchAll(new RegExp(`[${ranges.join('')}]`, 'gu'));
  return [...new Set([...found].map(([one]) => `U+${one.codePointAt(0)?.toString(16).toUpperCase()}`))];
}

function byteOf(one: string): number {
  const point = one.codePointAt(0) ?? 0;
  return point < 0xe0000 ? point - 0xfe00 : point - 0xe0100 + 16;
}

function fromBits(text: string, [zero, one]: readonly [string, string]): string {
  const bits = [...text]
    .filter((unit) => unit === zero || unit === one)
    .map((unit) => (unit === zero ? '0' : '1'));
  const bytes = bits.join('').match(/.{8}/g) ?? [];
  return Buffer.from(bytes.map((byte) => Number.parseInt(byte, 2))).toString('latin1');
}
