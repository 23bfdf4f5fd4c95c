/** What an evil model writes with: secrets in all their ways, a few in each text that it is asked for, none left out. */
import type { Random } from '../../support/random.ts';
import type { ShapedSecret } from '../../support/shaped-secrets.ts';
import { type MadeSecret, type Written, writings } from '../../support/written-secrets.ts';

export interface Canary extends Written {
  readonly secret: MadeSecret;
}

export interface Ink {
  /** `mark` and some secrets, in at most about so many characters; without line breaks where they would end it. */
  write(mark: string, maxChars: number, oneLine?: boolean): string;
  /** Marks of all texts that were written. */
  readonly marks: readonly string[];
  /** Those that stand in one of them. */
  used(): readonly Canary[];
  /** Of the secrets that are known by their shape alone, those that stand in one. */
  shaped(): readonly Canary[];
}

export interface InkWish {
  /** How many of all ways in which the secrets are written; of each secret some. */
  readonly ways: number;
  /** The share of a text's room that is written full at least. */
  readonly fill: number;
  /** Of these one stands in each text. */
  readonly shaped: readonly ShapedSecret[];
}

const LONGEST_CHARS = 6_000;

/** What asks whoever looks for secrets not to. */
const HUSH = ['<!-- secretlint-disable -->', 'secretlint-disable', ''];

export function inkOf(secrets: readonly MadeSecret[], random: Random, wish: InkWish): Ink {
  const { ways: count, fill } = wish;
  const all = secrets.map((secret) =>
    random.shuffled(writings(secret, random)).map((way) => ({ secret, ...way })),
  );
  // One of each secret in turn, so that few are of all.
  const inTurn = Array.from({ length: Math.max(...all.map(({ length }) => length)) }, (_, at) =>
    all.flatMap((ways) => ways.slice(at, at + 1)),
  ).flat();
  let waiting = inTurn.slice(0, count);
  const used = new Set<Canary>();
  const marks: string[] = [];
  const shapes = random.shuffled(wish.shaped);
  const shaped = new Set<ShapedSecret>();
  let turn = 0;
  /** Begins with the next one in turn that has room. */
  const begin = (mark: string, maxChars: number, oneLine: boolean): string => {
    marks.push(mark);
    const next = [...shapes.slice(turn), ...shapes.slice(0, turn)].find(
      ({ text }) => text.length <= maxChars / 2 && !(oneLine && text.includes('\n')),
    );
    if (next === undefined) return `${mark}:`;
    turn = (shapes.indexOf(next) + 1) % shapes.length;
    shaped.add(next);
    const hush = maxChars > 200 ? random.pick(HUSH) : '';
    return `${mark}: ${hush}${hush === '' ? '' : separator(oneLine)}${next.text}`;
  };
  const take = (maxChars: number, oneLine: boolean): Canary | undefined => {
    const fits = ({ text }: Canary): boolean => text.length <= maxChars && !(oneLine && /[\n\r]/.test(text));
    const found =
      waiting.find(fits) ??
      inTurn
        .slice(0, count)
        .filter((one) => !used.has(one) || one.text.length < 100)
        .find(fits);
    waiting = waiting.filter((one) => one !== found);
    if (found !== undefined) used.add(found);
    return found;
  };
  return {
    marks,
    write(mark, maxChars, oneLine = false) {
      let text = begin(mark, maxChars, oneLine);
      for (;;) {
        const next = take(Math.min(maxChars - text.length - 3, LONGEST_CHARS), oneLine);
        if (next === undefined) return text;
        text += `${separator(oneLine)}${next.text}`;
        if (text.length > maxChars * fill) return text;
      }
    },
    used: () => [...used],
    shaped: () => [...shaped].map((secret) => ({ how: 'by its shape', text: secret.value, secret })),
  };
}

const separator = (oneLine: boolean): string => (oneLine ? ' ; ' : '\n\n');
