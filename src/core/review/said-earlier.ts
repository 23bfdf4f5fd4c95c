/** Whether a finding was said before, on the same pull request. Pure. */
import type { Found } from './concurrence.ts';
import { linesApart, NEAR_LINES, pathNow, pathOf, placeOf, placeOfAnchor } from './finding-place.ts';
import { isAkin, isAlike, isOfOneKind, sameCategory, sameTitle, tells } from './finding-words.ts';
import type { EarlierFinding, TrackedFinding } from './review-records.ts';

/** Lines from where a finding stood within which its edited lines are looked for: others may have come before them. */
const EDITED_WITHIN_LINES = 10;
/** Of all words of two texts of code. */
const SAME_CODE_SHARE = 0.5;

/** Begins the list of further places in the tracked text of a finding. */
export const SAME_AT = 'The same at:';

/** What a finding says, where else it stands, and what stands beside it: it is recognised by all of it later. */
export function listedPlaces(
  places: readonly { readonly path: string; readonly line: number | null }[],
): string {
  const named = places.map(({ path, line }) => (line === null ? path : `${path}:${line}`));
  return `${SAME_AT} ${named.join(', ')}`;
}

/**
 * The earlier finding that this one says again, or null when it is news. What was fixed may come back. Settled ones are
 * recognised wherever their text stands in the file: nobody wants to refuse the same thing twice. Words alone are not enough
 * where the code is another: the same mistake made twice is two faults.
 */
export function saidEarlier(found: Found, earlier: readonly EarlierFinding[]): EarlierFinding | null {
  return earlier.find((one) => one.finding.state !== 'fixed' && saysAgain(found, one)) ?? null;
}

function saysAgain(found: Found, earlier: EarlierFinding): boolean {
  const { finding: said, now } = earlier;
  const path = pathOf(found.finding, found.anchor);
  if (listsPlaceIn(said, path) && sameTitle(found.finding, said)) return true;
  if (path !== pathNow(earlier) && path !== said.path) return false;
  const settled = said.state !== 'open';
  if ((now === null || settled) && sameQuote(found, said)) return true;
  if (now === null) return isAlike(found.finding, said) && mayBeEdited(found, said);
  const place = placeOf(found.finding, found.anchor);
  if (place === null) return settled && sameTitle(found.finding, said);
  const apart = linesApart(place, placeOfAnchor(now));
  if (apart > NEAR_LINES) return false;
  if (sameQuote(found, said) || isAlike(found.finding, said) || tells(said.body, found.finding.title))
    return true;
  return apart === 0 ? isOfOneKind(found.finding, said) || isAkinToOwn(found, said) : false;
}

function isAkinToOwn(found: Found, said: TrackedFinding): boolean {
  return isAkin(found.finding, said) && said.roles.includes(found.role);
}

/** On the same text, and of the same category or title. */
function sameQuote(found: Found, said: TrackedFinding): boolean {
  if (found.anchor.kind === 'body' || said.anchor.kind === 'body') return false;
  const quote = withoutSpace(found.anchor.quote);
  if (quote === '' || quote !== withoutSpace(said.anchor.quote)) return false;
  return sameCategory(found.finding, said) || sameTitle(found.finding, said);
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

function withoutSpace(text: string): string {
  return text.replace(/\s+/g, '');
}
