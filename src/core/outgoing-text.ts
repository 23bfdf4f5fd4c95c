/**
 * What every text goes through before it is shown on GitHub: mentions made quiet, length kept to GitHub's limits with
 * a stated cut, our marker at the end.
 */
import { markerFor, stripMarkers } from './marker.ts';
import { quietMentions } from './mentions.ts';

/** Comments, reviews and pull requests: more is refused with 422. */
export const BODY_MAX_CHARS = 65_536;
/** Summary of a check run, by GitHub's OpenAPI description. */
export const CHECK_SUMMARY_MAX_CHARS = 65_535;
export const TITLE_MAX_CHARS = 255;

/** A body ready to be sent: no foreign marker, no live mention, within the limit, ending in the marker of `key`. */
export function markedBody(text: string, key: string): string {
  const marker = `\n\n${markerFor(key)}`;
  return quietText(stripMarkers(text), BODY_MAX_CHARS - marker.length) + marker;
}

/** Markdown without live mentions, of at most `maxChars`. */
export function quietText(text: string, maxChars: number): string {
  return cutText(quietMentions(cutText(text, maxChars)), maxChars, text.length);
}

/** Text of at most `maxChars` UTF-16 units; a cut is stated at its end, and a code fence that it left open is closed. */
export function cutText(text: string, maxChars: number, written: number = text.length): string {
  if (text.length <= maxChars) return text;
  const notice = `\n\n*Cut here: ${written} characters were written, and GitHub takes ${maxChars}.*`;
  if (notice.length >= maxChars) return `${wholeCharacters(text, maxChars - 1)}…`;
  const first = wholeCharacters(text, maxChars - notice.length);
  const fence = openFence(first);
  if (fence === null) return first + notice;
  const closing = `\n${fence}`;
  return `${wholeCharacters(first, first.length - closing.length)}${closing}${notice}`;
}

/** The first `length` units, less one where that would halve a surrogate pair. */
function wholeCharacters(text: string, length: number): string {
  const last = text.charCodeAt(length - 1);
  return text.slice(0, last >= 0xd800 && last <= 0xdbff ? length - 1 : length);
}

/** The fence that is still open at the end of `text`, or null. */
function openFence(text: string): string | null {
  let open: string | null = null;
  for (const line of text.split('\n')) {
    const fence = line.match(/^ {0,3}(`{3,}|~{3,})/)?.[1];
    if (fence === undefined) continue;
    if (open === null) open = fence;
    else if (fence.startsWith(open)) open = null;
  }
  return open;
}
