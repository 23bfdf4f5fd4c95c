/** Whether a finding was said before, on the same pull request. Pure. */
import type { Found } from './concurrence.ts';
import { linesApart, NEAR_LINES, pathOf, placeOf, placeOfAnchor } from './finding-place.ts';
import { isAkin, isAlike, isOfOneKind, sameCategory, sameTitle, tells } from './finding-words.ts';
import type { EarlierFinding, TrackedFinding } from './review-records.ts';

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
 * recognised wherever they stand in the file: nobody wants to refuse the same thing twice.
 */
export function saidEarlier(found: Found, earlier: readonly EarlierFinding[]): EarlierFinding | null {
  return earlier.find((one) => one.finding.state !== 'fixed' && saysAgain(found, one)) ?? null;
}

function saysAgain(found: Found, { finding: said, now }: EarlierFinding): boolean {
  const path = pathOf(found.finding, found.anchor);
  if (listsPlaceIn(said, path) && sameTitle(found.finding, said)) return true;
  if (path !== (now?.path ?? said.path) && path !== said.path) return false;
  const settled = said.state !== 'open';
  const elsewhere = now === null || settled;
  if (elsewhere && (sameQuote(found, said) || sameTitle(found.finding, said))) return true;
  if (now === null) return isAlike(found.finding, said);
  const apart = linesApart(placeOf(found.finding, found.anchor), placeOfAnchor(now));
  if (apart > NEAR_LINES) return false;
  if (sameQuote(found, said) || isAlike(found.finding, said) || tells(said.body, found.finding.title))
    return true;
  return apart === 0 ? isOfOneKind(found.finding, said) || isAkinToOwn(found, said) : false;
}

function isAkinToOwn(found: Found, said: TrackedFinding): boolean {
  return isAkin(found.finding, said) && said.roles.includes(found.role);
}

/** Of the same category, on the same text. */
function sameQuote(found: Found, said: TrackedFinding): boolean {
  if (found.anchor.kind === 'body' || said.anchor.kind === 'body') return false;
  const quote = withoutSpace(found.anchor.quote);
  return quote !== '' && quote === withoutSpace(said.anchor.quote) && sameCategory(found.finding, said);
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
