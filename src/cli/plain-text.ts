/** Texts for a terminal. Most are anybody's: none of them reaches the terminal as a command. Pure. */
import { stripVTControlCharacters } from 'node:util';
import type pc from 'picocolors';

export type Colors = ReturnType<typeof pc.createColors>;

/** Without escape sequences, and without characters that move the cursor or turn the direction of writing. */
export function plainText(text: string): string {
  return stripVTControlCharacters(text)
    .replace(/\r\n?/g, '\n')
    .replace(/[[\p{Cc}\p{Cf}]--[\n\t\u200d]]/gv, '');
}

export function line(text: string): string {
  return plainText(text).replace(/\s+/g, ' ').trim();
}

export function indented(text: string, by = '  '): string {
  return text.replace(/^(?=.)/gm, by);
}

/** The first of them; how many are left out is said. */
export function upTo(most: number, texts: readonly string[]): readonly string[] {
  const over = texts.length - most;
  return over > 0 ? [...texts.slice(0, most), `and ${over} more`] : texts;
}

export function seconds(ms: number): string {
  return `${(ms / 1000).toFixed(1)} s`;
}
