/**
 * Secrets of the kinds that an installation has, made by chance, and the ways in which one may be written to get past whoever
 * looks for it. Knows nothing of how they are looked for.
 */
import { generateKeyPairSync } from 'node:crypto';
import type { Random } from './random.ts';

/** Letters and digits of a part that must not pass. */
const PART_CHARS = 12;

export interface MadeSecret {
  readonly kind: string;
  readonly value: string;
  /** How many characters at its beginning all of its kind share. */
  readonly known: number;
}

export interface Written {
  /** How it is written. */
  readonly how: string;
  readonly text: string;
}

const LETTERS = 'abcdefghijklmnopqrstuvwxyz';
const BASE62 = `${LETTERS}${LETTERS.toUpperCase()}0123456789`;
const BASE64URL = `${BASE62}-_`;
const HEX = '0123456789abcdef';
const WORDS = [
  'amber',
  'bramble',
  'cinder',
  'dovetail',
  'ember',
  'fathom',
  'gravel',
  'harbour',
  'indigo',
  'juniper',
];

/** Twenty, one of each kind. */
export function makeSecrets(random: Random): readonly MadeSecret[] {
  const of = (alphabet: string, length: number): string =>
    Array.from({ length }, () => alphabet[random.between(0, alphabet.length - 1)] ?? '').join('');
  const jwt = (): string => {
    const part = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url');
    const iat = random.between(1_700_000_000, 1_800_000_000);
    return `${part({ alg: 'RS256', typ: 'JWT' })}.${part({ iat, exp: iat + 600, iss: of('123456789', 6) })}.${of(BASE64URL, 342)}`;
  };
  const made = (kind: string, value: string, known = 0): MadeSecret => ({ kind, value, known });
  const token = jwt();
  return [
    made('key of Anthropic', `sk-ant-api03-${of(BASE64URL, 95)}`, 13),
    made('hex', of(HEX, 40)),
    made('base64', Buffer.from(of(BASE62, 33)).toString('base64')),
    made('private key', privateKey('pkcs8'), 28 + 52),
    made('private key of GitHub', privateKey('pkcs1'), 32 + 52),
    made('installation token', `ghs_${of(BASE62, 36)}`, 4),
    made('new installation token', `ghs_${token}`, 4 + 37 + 20),
    made('token of the App', jwt(), 37 + 20),
    made('password', of(BASE62, 24)),
    made('password with signs', `${of(BASE62, 7)}/${of(BASE62, 5)}+?${of(BASE62, 6)}&=${of(BASE62, 4)}`),
    made('long hex', of(HEX, 64)),
    made('UUID', [8, 4, 4, 4, 12].map((length) => of(HEX, length)).join('-')),
    made('personal token', `ghp_${of(BASE62, 36)}`, 4),
    made('fine-grained token', `github_pat_${of(BASE62, 22)}_${of(BASE62, 59)}`, 11),
    made('password with accents', `${of(BASE62, 8)}ü${of(BASE62, 8)}ß${of(BASE62, 8)}`),
    made('short password', of(BASE62, 16)),
    made('base32', of('ABCDEFGHIJKLMNOPQRSTUVWXYZ234567', 32)),
    made('words', Array.from({ length: 5 }, () => random.pick(WORDS)).join('-')),
    made('signature', of(HEX, 64)),
    made('shortest password', `${of(LETTERS, 4)}${of('0123456789', 4)}${of(LETTERS.toUpperCase(), 4)}`),
  ];
}

const keys = new Map<string, string>();

/** Made once: it takes longer than all else. */
function privateKey(type: 'pkcs1' | 'pkcs8'): string {
  const known = keys.get(type);
  if (known !== undefined) return known;
  const { privateKey: key } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  const pem = key.export({ type, format: 'pem' }).toString().trim();
  keys.set(type, pem);
  return pem;
}

const INVISIBLE = [
  '\u200b',
  '\u200d',
  '\u2060',
  '\u00ad',
  '\ufeff',
  '\u202e',
  '\u{e0041}',
  '\ufe0f',
  '\u0301',
];

/** All ways, whole and in part. */
export function writings({ value, known }: MadeSecret, random: Random): readonly Written[] {
  const every = (separator: () => string, each = 1): string =>
    (value.match(new RegExp(`[\\s\\S]{1,${each}}`, 'gu')) ?? []).reduce(
      (text, part) => `${text}${separator()}${part}`,
    );
  const bytes = Buffer.from(value);
  const hex = bytes.toString('hex');
  const written = (how: string, text: string): Written => ({ how, text });
  const isHex = /^[0-9a-f]+$/.test(value);
  const middle = Math.floor((known + value.length) / 2);
  const halves = [value.slice(0, middle), value.slice(middle)] as const;
  return [
    written('plain', value),
    written('in base64', bytes.toString('base64')),
    written('in base64url', bytes.toString('base64url')),
    written('in the base64 of more', Buffer.from(`the key: ${value}!`).toString('base64')),
    written('for a URL', encodeURIComponent(value)),
    written('for a URL, each byte', [...bytes].map((byte) => `%${byte.toString(16)}`).join('')),
    written('in hex', hex),
    written('in capital hex', hex.toUpperCase()),
    ...(isHex ? [written('in the other case', value.toUpperCase())] : []),
    written('in JSON', JSON.stringify({ value })),
    written('in JSON in JSON', JSON.stringify({ text: JSON.stringify({ value }) })),
    written(
      'in escapes',
      every(() => '', 1).replace(
        /[\s\S]/g,
        (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`,
      ),
    ),
    written('in entities', [...value].map((character) => `&#${character.codePointAt(0)};`).join('')),
    written(
      'in full width',
      value.replace(/[!-~]/g, (unit) => String.fromCharCode(unit.charCodeAt(0) + 0xfee0)),
    ),
    written(
      'over lines',
      every(() => '\n', random.between(3, 9)),
    ),
    written('over lines of JSON', JSON.stringify(every(() => '\n', random.between(3, 9)))),
    written(
      'over quoted lines',
      every(() => '\n> ', random.between(3, 9)),
    ),
    written(
      'over a diff',
      every(() => '\n+  ', random.between(3, 9)),
    ),
    written(
      'with spaces',
      every(() => ' '),
    ),
    written(
      'with what nobody sees',
      every(() => random.pick(INVISIBLE)),
    ),
    written(
      'with markup',
      every(() => random.pick(['**', '`', '__', '*', '~~', '']), 2),
    ),
    written(
      'with tags',
      every(() => random.pick(['<b></b>', '<!-- -->', '<wbr>', '</i><i>', '&shy;', '&#8203;']), 3),
    ),
    written(
      'put together',
      `'${every(() => random.pick(["' + '", "' . '", "', '"]), random.between(2, 5))}'`,
    ),
    written('put together over lines', `"${every(() => '" +\n      "', random.between(2, 5))}"`),
    written('in two fields', JSON.stringify({ first: halves[0], second: halves[1] })),
    written('in a list', JSON.stringify(halves)),
    written('in two paragraphs', `${halves[0]}\n\n${halves[1]}`),
    ...parts(value, known, random),
  ];
}

/** Its beginning and its end, from twelve letters and digits on, as they are and encoded, and its halves with words between. */
function parts(value: string, known: number, random: Random): readonly Written[] {
  const end = value.indexOf('\n-----END');
  const places = [...value].flatMap((character, at) =>
    at >= known && (end === -1 || at < end) && /[A-Za-z0-9]/.test(character) ? [at] : [],
  );
  const most = places.length;
  // Words are told from ordinary ones by more letters.
  const least = /^[a-z-]+$/.test(value) ? 16 : PART_CHARS;
  if (most < least) return [];
  const chars = random.between(least, most);
  const first = value.slice(0, (places[chars - 1] ?? 0) + 1);
  const shortFirst = value.slice(0, (places[least - 1] ?? 0) + 1);
  const last = value.slice(places[most - chars] ?? 0);
  const shortLast = value.slice(places[most - least] ?? 0);
  const found = [
    { how: 'its beginning', text: first },
    { how: 'its shortest beginning', text: `${shortFirst}…` },
    { how: 'its end', text: last },
    { how: 'its shortest end', text: `…${shortLast}` },
    { how: 'its beginning with spaces', text: [...shortFirst].join(' ') },
  ];
  if (most < 2 * least + 4) return found;
  const middle = places[Math.floor(most / 2)] ?? 0;
  return [
    ...found,
    { how: 'its beginning in base64', text: Buffer.from(value.slice(0, middle)).toString('base64') },
    { how: 'its end in hex', text: Buffer.from(value.slice(middle)).toString('hex') },
    {
      how: 'its halves among words',
      text: `First comes ${value.slice(0, middle)}, then\n\nthere is ${value.slice(middle)} as well.`,
    },
  ];
}

/** Of the secret's own: longer than what is left of one at its ends where it is taken out of an encoded text. */
const TRACE_CHARS = PART_CHARS + 3;

/** What shows that a writing passed: runs of its letters and digits, without what all secrets of its kind share. To be looked for in `bare` text. */
export function tracesOf({ value, known }: MadeSecret, { how, text }: Written): readonly string[] {
  const end = value.indexOf('\n-----END');
  const isPart = how.startsWith('its ');
  const bounds = isPart ? [0, 1] : [known / value.length, end === -1 ? 1 : (end - 4) / value.length];
  const each = isPart ? 1 : Math.max(1, bare(text).length / bare(value).length);
  const traces = [
    ...windowsOf(bare(text), bounds, Math.ceil(TRACE_CHARS * each)),
    ...windowsOf(bare(value), [known / value.length, bounds[1] ?? 1], TRACE_CHARS),
  ];
  // The frame of a private key is no secret.
  return [...new Set(traces)].filter((trace) => !/BEGIN|PRIVATE|ATEKEY|(?:2d){4}|LS0tL|0tLS0/i.test(trace));
}

function windowsOf(text: string, [from = 0, to = 1]: readonly number[], chars: number): readonly string[] {
  const [first, last] = [Math.ceil(text.length * from), Math.floor(text.length * to)];
  if (last - first < chars) return [text.slice(first, last)].filter(({ length }) => length >= PART_CHARS);
  const middle = Math.floor((first + last - chars) / 2);
  return [first, middle, last - chars].map((at) => text.slice(at, at + chars));
}

/** Letters and digits alone. */
export function bare(text: string): string {
  return text.replace(/[^\p{L}\p{N}]/gu, '');
}
