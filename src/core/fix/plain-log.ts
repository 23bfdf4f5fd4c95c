/** The end of a log as people read it: no colours, no time stamps, no marks of the runner. Pure. */

const ESC = '\u001B';
const BEL = '\u0007';
/** A colour or a move of the cursor, a title or a link, any other of two characters. Node's own `stripVTControlCharacters` takes half a minute for 300 KB of hostile log. */
const ANSI = new RegExp(
  [
    String.raw`${ESC}\[[0-?]*[ -/]*[@-~]`,
    String.raw`${ESC}\][^${BEL}${ESC}]*(?:${BEL}|${ESC}\\)`,
    String.raw`${ESC}[@-Z\\-_]`,
  ].join('|'),
  'g',
);
const STAMP = /^\uFEFF?\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?Z ?/;
const MARK = /^##\[(?:group|endgroup|debug|command)\]/;

export function plainLog(log: string, maxChars: number): string {
  const lines = log
    .replace(ANSI, '')
    .split(/\r\n?|\n/)
    .map((line) => line.replace(STAMP, ''))
    .filter((line) => !MARK.test(line));
  return endOf(lines.join('\n').trimEnd(), maxChars);
}

/** What went wrong stands at the end. */
export function endOf(text: string, maxChars: number): string {
  if (text.length <= maxChars) return text;
  const mark = `[cut: the last ${maxChars} of ${text.length} characters]\n`;
  return `${mark}${text.slice(text.length - maxChars + mark.length).toWellFormed()}`;
}
