/** The end of a log as people read it: no colours, no time stamps, no marks of the runner. Pure. */

// biome-ignore lint/suspicious/noControlCharactersInRegex: escape sequences are what this removes.
const ANSI = /\u001B(?:\[[0-?]*[ -/]*[@-~]|\][^\u0007\u001B]*(?:\u0007|\u001B\\)|[@-Z\\-_])/g;
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
