/**
 * Makes mentions in Markdown visible but silent. The text is hostile and up to 65,536 characters long, so this scans
 * it once instead of parsing it (measured: `mdast-util-from-markdown` takes 40 s for 32,000 lines of `=`). Where it
 * cannot be sure that something is code it says that it is not: the worst that happens is a visible tag.
 */

/** `@name` or `@org/team`, however Markdown lets the `@` be spelt. */
const AT = /@|&#0{0,6}64;|&#x0{0,6}40;|&commat;/.source;
const NAME = /[a-z\d](?:[a-z\d-]*[a-z\d])?(?:\/[a-z\d][\w.-]*)?/.source;
/** GitHub sees no mention after a word character; but a tag before it would make it one, so what is joined goes together. */
const JOINED_MENTIONS = new RegExp(`(?<!\\w)(?:(?:${AT})${NAME})+`, 'gi');
const MENTION = new RegExp(`(${AT})(${NAME})`, 'gi');
/** The start of a tag that may have a backtick inside; a plain `<b>` has none. */
const OPEN_TAG = /<(?!\/?[a-z][a-z\d]*\s*\/?>)[a-z/!?]/i;
/** How far back the start of a word is looked for, to tell a URL. */
const WORD_MAX_CHARS = 2_000;

const FENCE = /^ {0,3}(`{3,}(?=[^`]*$)|~{3,})/;
/** Raw HTML goes on to the next blank line, or to its end mark (CommonMark 0.31, section 4.6). */
const HTML_STARTS: readonly { readonly start: RegExp; readonly end: RegExp }[] = [
  { start: /^ {0,3}<(?:script|pre|style|textarea)\b/i, end: /<\/(?:script|pre|style|textarea)>/i },
  { start: /^ {0,3}<!--/, end: /-->/ },
  { start: /^ {0,3}<\?/, end: /\?>/ },
  { start: /^ {0,3}<!(?=\[|[a-z])/i, end: />/ },
  { start: /^ {0,3}<[a-z/]/i, end: /^\s*$/ },
];

type Block =
  /** `sure`: code spans can be told from the rest, because every backtick so far found its partner. */
  | { readonly in: 'text'; readonly sure: boolean }
  | { readonly in: 'fence'; readonly fence: string }
  | { readonly in: 'html'; readonly end: RegExp };

/**
 * Writes `@name` as `@<code>name</code>`. GitHub looks for a mention in one piece of text outside code, so this
 * notifies nobody; and a tag works beside backslashes and in raw HTML, where backticks would not. Code blocks
 * (suggestions above all), code spans and URLs stay as they are.
 */
export function quietMentions(text: string): string {
  let block: Block = { in: 'text', sure: true };
  const lines: string[] = [];
  for (const line of text.split('\n')) {
    if (block.in === 'text') block = blockAt(line, block);
    else if (block.in === 'fence' && closesFence(line, block.fence)) {
      lines.push(line);
      block = { in: 'text', sure: true };
      continue;
    }
    if (block.in === 'fence') lines.push(line);
    else if (block.in === 'html') {
      lines.push(quietText(line));
      if (block.end.test(line)) block = { in: 'text', sure: true };
    } else {
      const quiet: { text: string; sure: boolean } = quietLine(line, block.sure);
      lines.push(quiet.text);
      block = { in: 'text', sure: quiet.sure };
    }
  }
  return lines.join('\n');
}

function blockAt(line: string, text: Block & { in: 'text' }): Block {
  const fence = line.match(FENCE)?.[1];
  if (fence !== undefined) return { in: 'fence', fence };
  const html = HTML_STARTS.find(({ start }) => start.test(line));
  if (html !== undefined) return { in: 'html', end: html.end };
  return line.trim() === '' ? { in: 'text', sure: true } : text;
}

function closesFence(line: string, fence: string): boolean {
  const run = line.trim();
  return /^ {0,3}\S/.test(line) && run.startsWith(fence) && run === fence.charAt(0).repeat(run.length);
}

/** One line of a paragraph: text outside its code spans made quiet. */
function quietLine(line: string, sure: boolean): { text: string; sure: boolean } {
  if (!sure) return { text: quietText(line), sure };
  const runs = [...line.matchAll(/`+/g)];
  let quiet = '';
  let done = 0;
  for (let index = 0; index < runs.length; index++) {
    const open = runs[index];
    if (open === undefined) break;
    const between = line.slice(done, open.index);
    const closing = runs.findIndex((run, at) => at > index && run[0].length === open[0].length);
    const close = runs[closing];
    const code = close === undefined ? '' : line.slice(open.index, close.index + close[0].length);
    // A tag, an escape or a table's column may take the backtick away from us.
    if (close === undefined || OPEN_TAG.test(between) || between.endsWith('\\') || code.includes('|')) {
      return { text: quiet + quietText(line.slice(done)), sure: false };
    }
    quiet += quietText(between) + code;
    done = close.index + close[0].length;
    index = closing;
  }
  const rest = line.slice(done);
  return { text: quiet + quietText(rest), sure: !OPEN_TAG.test(rest) };
}

function quietText(text: string): string {
  return text.replace(JOINED_MENTIONS, (mentions: string, offset: number) => {
    const before = text.slice(Math.max(0, offset - WORD_MAX_CHARS), offset);
    const word = before.slice(before.search(/\S*$/));
    return word.includes('://') ? mentions : mentions.replace(MENTION, '$1<code>$2</code>');
  });
}
