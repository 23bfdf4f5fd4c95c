// A secret is told by what stands before it. Behind an escaped line break, as in JSON or in a program, that looks like a letter.

const BACKSLASHES = String.raw`\\{1,20}`;
const ESCAPES = new RegExp(
  [
    // Colours of a terminal.
    String.raw`(?:\x1b|${BACKSLASHES}(?:u001b|x1b|033|e))\[[\d;]{0,20}[a-z]`,
    `${BACKSLASHES}(?:u[0-9a-f]{4}|x[0-9a-f]{2}|[a-z])`,
    '%[0-9a-f]{2}',
  ].join('|'),
  'gi',
);

/** As long as the text, with blanks for what stands for another character, so that places in it are places in the text. */
export function blankEscapes(text: string): string {
  return text.replace(ESCAPES, ({ length }) => ' '.repeat(length));
}
