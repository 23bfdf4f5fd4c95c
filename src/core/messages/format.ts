/** Pieces of the crew's sentences: hostile text made safe inside Markdown, amounts and times as people read them. */
import { showForeignLinks } from '../foreign-links.ts';
import { withoutImages } from '../images.ts';
import { cutText } from '../outgoing-text.ts';
import { changeOutsideCode } from '../outside-code.ts';
import type { Subtask } from '../records.ts';
import { shorten } from '../shorten.ts';

/** What a body of ours may be before it is made ready for GitHub, which takes 65,536: silenced mentions and the marker need room. */
export const BODY_LIMIT_CHARS = 58_000;

/** Without line breaks and other characters that do not show. */
export function oneLine(text: string): string {
  return text.replace(/[\s\p{Cc}]+/gu, ' ').trim();
}

/** One line of Markdown text: no line breaks, no table or link syntax, at most `limit` characters. */
export function inlineText(text: string, limit: number): string {
  return shorten(oneLine(text), limit).replace(/[\\`*_[\]<>|~#]/g, '\\$&');
}

/** Inline code, whatever backticks are inside. */
export function code(text: string): string {
  const flat = oneLine(text);
  if (flat === '') return '';
  const longest = Math.max(0, ...(flat.match(/`+/g) ?? []).map((run) => run.length));
  const fence = '`'.repeat(longest + 1);
  const pad = flat.startsWith('`') || flat.endsWith('`') ? ' ' : '';
  return `${fence}${pad}${flat}${pad}${fence}`;
}

/** A fenced block that its content cannot close. */
export function codeBlock(text: string, language = ''): string {
  const longest = Math.max(2, ...(text.match(/`{3,}/g) ?? []).map((run) => run.length));
  const fence = '`'.repeat(longest + 1);
  return `${fence}${language}\n${text.replace(/\n$/, '')}\n${fence}`;
}

/**
 * Markdown by a model, shown as it is but unable to hide text or where a link leads, to give commands or to close our own folds. At most `limit`
 * characters, the cut stated. Code is left alone. Mentions are made silent where everything leaves, in the publisher.
 * `change` gets what is shown, after the cut.
 */
export function modelText(text: string, limit: number, change = (shown: string): string => shown): string {
  const shown = text.length > limit ? text.slice(0, limit).toWellFormed() : text;
  const { text: safe, openFence } = changeOutsideCode(change(shown), harmless);
  const closed = openFence === null ? safe : `${safe}\n${openFence}`;
  return text.length > limit ? `${closed}\n\n_(cut: ${limit} of ${text.length} characters shown)_` : closed;
}

/** An escaped slash looks the same and begins no command, not even among characters that do not show. */
function harmless(text: string): string {
  const untagged = text.replace(/<(?=[/a-z!?])/gi, '&lt;');
  return showForeignLinks(withoutImages(untagged)).replace(/^((?:\p{C}* ){0,3}\p{C}*)\//u, '$1\\/');
}

/** Text that closes no issue when it stands in a pull request or a commit: GitHub reads `fixes #1`, and not `fixes issue #1`. */
export function closingNothing(text: string): string {
  return text.replace(
    /\b(close[sd]?|fix(?:e[sd])?|resolve[sd]?)((?:\s*:)?\s+)(?=\S*(?:#|GH-|\/issues\/|\/pull\/)\d)/gi,
    '$1$2issue ',
  );
}

/** Text that keeps no checks from running when it stands in a commit's message: `[skip ci]` and its like. */
export function skippingNothing(text: string): string {
  return text
    .replace(/\[((?:skip|no)[ -][\w-]{1,20}|[\w-]{1,20}[ -]skip)\]/gi, '($1)')
    .replace(/\*{3}(no_ci)\*{3}/gi, '$1');
}

/** `summary` is plain text: Markdown is not read there. */
export function folded(summary: string, body: string): string {
  return `<details>\n<summary>${htmlText(summary)}</summary>\n\n${body}\n\n</details>`;
}

function htmlText(text: string): string {
  return oneLine(text).replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}

/** The first rendering that fits into `limit` characters, most detailed first; the last one is cut if it must be. */
export function firstThatFits(limit: number, renderings: readonly (() => string)[]): string {
  let text = '';
  for (const render of renderings) {
    text = render();
    if (text.length <= limit) return text;
  }
  return cutText(text, limit);
}

export function usd(amount: number): string {
  return amount > 0 && amount < 0.01 ? 'under $0.01' : `$${amount.toFixed(2)}`;
}

export function duration(ms: number): string {
  const seconds = Math.round(ms / 1000);
  if (seconds < 60) return `${seconds} s`;
  const minutes = Math.floor(seconds / 60);
  return minutes < 60
    ? `${minutes} min ${seconds % 60} s`
    : `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}

export function count(amount: number, one: string, many = `${one}s`): string {
  return `${amount} ${amount === 1 ? one : many}`;
}

/** A list in Markdown of so many lines at most; how many more there are is its last. '' without any. */
export function bullets(lines: readonly string[], most: number): string {
  const shown = lines.slice(0, most).map((line) => `- ${line}`);
  const more = lines.length - shown.length;
  return [...shown, ...(more > 0 ? [`- and ${more} more`] : [])].join('\n');
}

/** A subtask as people are told of it. */
export function subtaskName({ key, role }: Pick<Subtask, 'key' | 'role'>): string {
  return `${inlineText(key, 40)} (${inlineText(role, 40)})`;
}

/** Paragraphs of Markdown, without those that are empty. */
export function joined(parts: readonly string[]): string {
  return parts.filter((part) => part !== '').join('\n\n');
}
