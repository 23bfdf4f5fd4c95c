/** Whether a finding was said before, on the same pull request. Pure. */
import type { Found } from './concurrence.ts';
import { linesApart, NEAR_LINES, pathNow, pathOf, placeOf, placeOfAnchor } from './finding-place.ts';
import { isAlike, isOfOneKind, sameCategory, sameTitle, shareWords, tells } from './finding-words.ts';
import type { EarlierFinding, TrackedFinding } from './review-records.ts';
import { rank } from './severity.ts';
import { withoutSpace } from './without-space.ts';

/** Lines from where a finding stood within which its edited lines are looked for: others may have come before them. */
const EDITED_WITHIN_LINES = 10;
/** Of all words of two texts of code. */
const SAME_CODE_SHARE = 0.5;

/** Begins what stands beside a finding in its tracked text. */
const BESIDE = 'Also here:';
/** Begins the list of further places in the tracked text of a finding. */
export const SAME_AT = 'The same at:';

/** As a finding's tracked text ends: it is recognised in these places as well. */
export function listedPlaces(
  places: readonly { readonly path: string; readonly line: number | null }[],
): string {
  const named = places.map(({ path, line }) => (line === null ? path : `${path}:${line}`));
  return `${SAME_AT} ${named.join(', ')}`;
}

/** As another fault of the same comment stands in a finding's tracked text. */
export function namedBeside(title: string, body: string): string {
  return `${BESIDE} ${title}. ${body}`;
}

/**
 * The earlier finding that this one says again, or null when it is news. What was fixed may come back. Settled ones are
 * recognised wherever their text stands in the file: nobody wants to refuse the same thing twice. Words alone are not enough
 * where the code is another: the same mistake made twice is two faults. The place alone never is. `mended`: what the finder calls
 * fixed.
 */
export function saidEarlier(
  found: Found,
  earlier: readonly EarlierFinding[],
  mended: ReadonlySet<EarlierFinding>,
): EarlierFinding | null {
  const again = (one: EarlierFinding) =>
    one.finding.state !== 'fixed' && saysAgain(found, one, mended.has(one) || isGraver(found, one));
  return earlier.find(again) ?? null;
}

/** Whether it has something to say beside an earlier finding that one who concurs with it said again. */
export function goesBeyond(found: Found, earlier: EarlierFinding): boolean {
  return isGraver(found, earlier) || !shareWords(found.finding, earlier.finding);
}

function isGraver(found: Found, { finding }: EarlierFinding): boolean {
  return rank(found.finding.severity) < rank(finding.severity);
}

/** `onlySame`: for one that is akin, not the same, too much speaks for its being news. */
function saysAgain(found: Found, earlier: EarlierFinding, onlySame: boolean): boolean {
  const { finding: said, now } = earlier;
  const path = pathOf(found.finding, found.anchor);
  if (listsPlaceIn(said, path) && sameTitle(found.finding, said)) return true;
  if (path !== pathNow(earlier) && path !== said.path) return false;
  const settled = said.state !== 'open';
  const same = sameTitle(found.finding, said) || isAlike(found.finding, said);
  const akin = !onlySame && shareWords(found.finding, said);
  const onItsText = sameQuote(found, said) && (same || (akin && sameCategory(found.finding, said)));
  if ((now === null || settled) && onItsText) return true;
  if (now === null) return same && mayBeEdited(found, said);
  const place = placeOf(found.finding, found.anchor);
  if (place === null) return settled && sameTitle(found.finding, said);
  const apart = linesApart(place, placeOfAnchor(now));
  if (apart > NEAR_LINES) return false;
  if (same || onItsText || standsBeside(said, found.finding.title)) return true;
  if (onlySame) return false;
  if (tells(said.body, found.finding.title)) return true;
  const own = said.roles.includes(found.role);
  return apart === 0 && (isOfOneKind(found.finding, said) || (own && akin));
}

/** Whether it was told in the comment of another fault. */
function standsBeside({ body }: TrackedFinding, title: string): boolean {
  const beside = body.split('\n\n').filter((part) => part.startsWith(BESIDE));
  return beside.some((part) => tells(part.slice(BESIDE.length).split('. ', 1)[0] ?? '', title));
}

function sameQuote(found: Found, said: TrackedFinding): boolean {
  if (found.anchor.kind === 'body' || said.anchor.kind === 'body') return false;
  const quote = withoutSpace(found.anchor.quote);
  return quote !== '' && quote === withoutSpace(said.anchor.quote);
}

/** Whether it may stand on what became of the quoted lines; of what has no line, there is no other code to tell it from. */
function mayBeEdited({ finding, anchor }: Found, said: TrackedFinding): boolean {
  const place = placeOf(finding, anchor);
  if (place === null || said.anchor.kind === 'body') return true;
  const before = { ...placeOfAnchor(said.anchor), path: place.path };
  if (linesApart(place, before) <= EDITED_WITHIN_LINES) return true;
  return anchor.kind === 'inline' && isMuchTheSame(anchor.quote, said.anchor.quote);
}

function isMuchTheSame(one: string, other: string): boolean {
  const [left, right] = [codeWords(one), codeWords(other)];
  const both = [...left].filter((word) => right.has(word)).length;
  return both > 0 && both / (left.size + right.size - both) >= SAME_CODE_SHARE;
}

function codeWords(text: string): ReadonlySet<string> {
  return new Set(text.match(/[\p{L}\p{N}_]+/gu) ?? []);
}

function listsPlaceIn({ body }: TrackedFinding, path: string): boolean {
  const start = body.lastIndexOf(SAME_AT);
  if (start < 0) return false;
  const places = body.slice(start + SAME_AT.length).split(',');
  return places.some((place) => place.trim().replace(/:\d+$/, '') === path);
}
