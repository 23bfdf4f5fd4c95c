// A secret is told by what stands before it. Behind an escaped line break, as in JSON or in a program, that looks like a letter.

const BACKSLASHES = String.raw`\\{1,20}`;
/** What stands for another character. */
export const ESCAPE = [
  // Colours of a terminal.
  String.raw`(?:\x1b|${BACKSLASHES}(?:[uU]001[bB]|[xX]1[bB]|033|[eE]))\[[\d;]{0,20}[a-zA-Z]`,
  `${BACKSLASHES}(?:[uU][0-9a-fA-F]{4}|[xX][0-9a-fA-F]{2}|[a-zA-Z])`,
  '%[0-9a-fA-F]{2}',
].join('|');
const ESCAPES = new RegExp(ESCAPE, 'g');

/** As long as the text, with blanks for what stands for another character, so that places in it are places in the text. */
export function blankEscapes(text: string): string {
  return text.replace(ESCAPES, ({ length }) => ' '.repeat(length));
}
