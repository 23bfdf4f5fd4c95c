/** Anybody's text for a terminal: none of it reaches the terminal as a command. Pure. */
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
