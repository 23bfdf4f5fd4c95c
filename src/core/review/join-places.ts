/** The same fault in many places is one finding that lists them. Pure. */
import type { OtherPlace, Reported } from './candidates.ts';
import { PLACES_MAX } from './candidates.ts';
import { linesApart, NEAR_LINES, pathOf, placeOf } from './finding-place.ts';
import { isAlike, sameCategory, sameTitle, sharesMore } from './finding-words.ts';

/** `reported` gravest first; what has other faults beside it stays a finding of its own. */
export function joinPlaces(reported: readonly Reported[]): readonly Reported[] {
  const kept: Reported[] = [];
  for (const one of reported) {
    const index = one.also.length > 0 ? -1 : kept.findIndex((earlier) => sameElsewhere(earlier, one));
    const earlier = kept[index];
    if (earlier === undefined) kept.push(one);
    else kept[index] = withPlace(earlier, one);
  }
  return kept.map((one) => ({ ...one, places: otherPlaces(one) }));
}

function sameElsewhere(a: Reported, b: Reported): boolean {
  const related = a.roles.some((role) => b.roles.includes(role)) || sameCategory(a.finding, b.finding);
  if (related && sameTitle(a.finding, b.finding) && sharesMore(a.finding, b.finding)) return true;
  return isAlike(a.finding, b.finding) && (names(a, b) || names(b, a));
}

/** Whether the places of one include where the other stands. */
function names(a: Reported, b: Reported): boolean {
  const there = placeOf(b.finding, b.anchor);
  return a.places.some(({ path, line }) => {
    if (there === null || line === null || path !== there.path) return false;
    return linesApart({ ...there, start: line, end: line }, there) <= NEAR_LINES;
  });
}

function withPlace(earlier: Reported, one: Reported): Reported {
  const place = {
    path: pathOf(one.finding, one.anchor),
    line: placeOf(one.finding, one.anchor)?.end ?? null,
  };
  return {
    ...earlier,
    roles: [...new Set([...earlier.roles, ...one.roles])],
    places: [...earlier.places, place, ...one.places],
  };
}

/** Each once, without the place where the finding stands itself. */
function otherPlaces({ finding, anchor, places }: Reported): readonly OtherPlace[] {
  const own = placeOf(finding, anchor);
  const ownPath = pathOf(finding, anchor);
  const others = new Map<string, OtherPlace>();
  for (const place of places) {
    const isOwn =
      place.path === ownPath &&
      (place.line === null || (own !== null && own.start <= place.line && place.line <= own.end));
    if (!isOwn && others.size < PLACES_MAX) others.set(`${place.path}:${place.line}`, place);
  }
  return [...others.values()];
}
