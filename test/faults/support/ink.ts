/** What an evil model writes with: secrets in all their ways, a few in each text that it is asked for, none left out. */
import type { Random } from '../../support/random.ts';
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
}

const LONGEST_CHARS = 6_000;

/** `count` of all ways in which the secrets are written; of each secret some. */
export function inkOf(secrets: readonly MadeSecret[], random: Random, count: number): Ink {
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
      marks.push(mark);
      let text = `${mark}:`;
      for (;;) {
        const next = take(Math.min(maxChars - text.length - 3, LONGEST_CHARS), oneLine);
        if (next === undefined) return text;
        text += `${oneLine ? ' ; ' : '\n\n'}${next.text}`;
        if (text.length > maxChars / 2) return text;
      }
    },
    used: () => [...used],
  };
}
