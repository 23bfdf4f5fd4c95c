/**
 * What every text goes through before it is shown on GitHub: mentions made quiet, images made text, length kept to GitHub's limits with
 * a stated cut, our marker at the end.
 */
import { withoutImages } from './images.ts';
import { markerFor, stripMarkers } from './marker.ts';
import { quietMentions } from './mentions.ts';
import { changeOutsideCode } from './outside-code.ts';

/** Comments, reviews and pull requests: more is refused with 422. */
export const BODY_MAX_CHARS = 65_536;
/** Summary of a check run, by GitHub's OpenAPI description. */
export const CHECK_SUMMARY_MAX_CHARS = 65_535;
export const TITLE_MAX_CHARS = 255;
/** How much of a text is tried next when it became too long by being made quiet. */
const KEPT_AGAIN = 0.9;

/** A body ready to be sent: no foreign marker, no live mention, within the limit, ending in the marker of `key`. */
export function markedBody(text: string, key: string): string {
  const marker = `\n\n${markerFor(key)}`;
  return quietText(stripMarkers(text), BODY_MAX_CHARS - marker.length) + marker;
}

/**
 * Markdown without live mentions and images, of at most `maxChars`. Nothing is cut after it was made quiet: a cut code span is text.
 */
export function quietText(text: string, maxChars: number): string {
  let kept = maxChars;
  let quiet = quietMentions(cutText(text, kept), withoutImages);
  while (quiet.length > maxChars) {
    kept = Math.floor(kept * KEPT_AGAIN);
    quiet = quietMentions(cutText(text, kept, maxChars), withoutImages);
  }
  return quiet;
}

/** Text of at most `maxChars` UTF-16 units; a cut is stated at its end, and a code fence that it left open is closed. */
export function cutText(text: string, maxChars: number, limit: number = maxChars): string {
  if (text.length <= maxChars) return text;
  const notice = `\n\n*Cut here: ${text.length} characters were written, and GitHub takes ${limit}.*`;
  if (notice.length >= maxChars) return `${wholeCharacters(text, maxChars - 1)}…`;
  const first = wholeCharacters(text, maxChars - notice.length);
  const fence = openFence(first);
  if (fence === null) return first + notice;
  const shorter = wholeCharacters(first, first.length - fence.length - 1);
  return openFence(shorter) === fence ? `${shorter}\n${fence}${notice}` : shorter + notice;
}

function openFence(text: string): string | null {
  return changeOutsideCode(text, (unchanged) => unchanged).openFence;
}

/** The first `length` units, less one where that would halve a surrogate pair. */
function wholeCharacters(text: string, length: number): string {
  const last = text.charCodeAt(length - 1);
  return text.slice(0, last >= 0xd800 && last <= 0xdbff ? length - 1 : length);
}
