/** The words of one finding: its comment on the line, and how it stands in the body of a review. */
import type { Finding } from '../answers.ts';
import type { Anchor, Severity } from '../result-records.ts';
import type { OtherPlace, Reported } from '../review/candidates.ts';
import { fingerprintMarker } from '../review/fingerprint.ts';
import type { Published } from '../review/review-assembly.ts';
import { SAME_AT } from '../review/said-earlier.ts';
import { suggestionBlock } from '../review/suggestion.ts';
import { code, folded, inlineText, joined, modelText } from './format.ts';
import { withoutSuggestions } from './without-suggestions.ts';

const TITLE_LIMIT = 120;
export const FINDING_BODY_LIMIT = 3_000;
const EVIDENCE_LIMIT = 1_500;
const PATH_LIMIT = 300;
/** Faults that one comment names beside its own. */
const ALSO_SHOWN = 5;
/** Further places of a fault that are named before they are only counted. */
const PLACES_SHOWN = 15;
const ROLES_SHOWN = 12;

const BADGE: Record<Severity, string> = {
  critical: '🔴 Critical',
  high: '🟠 High',
  medium: '🟡 Medium',
  low: '⚪ Low',
};

/** Ends in the marker by which the finding is recognised on GitHub. */
export function findingComment(published: Published): string {
  const { finding, anchor } = published;
  const suggestion = anchor.kind === 'inline' ? anchor.suggestion : null;
  return joined([
    `**${heading(finding)}**`,
    said(finding.body, FINDING_BODY_LIMIT),
    finding.evidence.trim() === '' ? '' : folded('Evidence', said(finding.evidence, EVIDENCE_LIMIT)),
    suggestion === null ? '' : suggestionBlock(suggestion),
    besides(published),
    `<sub>${foundBy(published)}</sub>`,
    fingerprintMarker(published.fingerprint),
  ]);
}

/** With 0 `bodyChars`, one line. */
export function foldedFinding(published: Published, bodyChars: number): string {
  const { anchor, finding } = published;
  const place = anchor.kind === 'inline' ? `${anchor.path}:${anchor.line}` : anchor.place;
  const why = anchor.kind === 'inline' ? '' : ` (${inlineText(anchor.reason, 200)})`;
  const head = `**${heading(finding)}**${at(place)}${why}`;
  if (bodyChars === 0) return `- ${head}`;
  return joined([
    head,
    said(finding.body, bodyChars),
    besides(published),
    `<sub>${foundBy(published)}</sub>`,
  ]);
}

function said(text: string, limit: number): string {
  return modelText(text, limit, withoutSuggestions);
}

function heading(finding: Finding): string {
  return `${BADGE[finding.severity]}: ${inlineText(titleOf(finding), TITLE_LIMIT)}`;
}

function at(place: string): string {
  const shown = code(place.slice(0, PATH_LIMIT));
  return shown === '' ? '' : ` at ${shown}`;
}

/** A finding without a title goes by how its text begins, or by its category. */
export function titleOf({ title, body, category }: Pick<Finding, 'title' | 'body' | 'category'>): string {
  const names = [title, body.split('\n').find((line) => line.trim() !== '') ?? '', category];
  return names.map((text) => text.trim()).find((text) => text !== '') ?? 'A fault without a name';
}

/** Other faults on the same lines, and other places of the same fault. */
function besides(reported: Reported): string {
  return joined([alsoHere(reported), sameAt(reported.places)]);
}

function alsoHere({ also, anchor }: Reported): string {
  if (also.length === 0) return '';
  const own = lineOf(anchor);
  const lines = also.slice(0, ALSO_SHOWN).map(({ roles, finding, places, anchor: other }) => {
    const line = lineOf(other);
    const who = [...named(roles), ...(line === null || line === own ? [] : [`line ${line}`])].join(', ');
    const where = places.length === 0 ? '' : ` ${SAME_AT} ${placeNames(places).join(', ')}`;
    return `- **${heading(finding)}** (${who}): ${inlineText(finding.body, 600)}${where}`;
  });
  const left = also.length - ALSO_SHOWN;
  return ['Also here:', ...lines, ...(left > 0 ? [`- and ${left} more`] : [])].join('\n');
}

function lineOf(anchor: Anchor): number | null {
  return anchor.kind === 'inline' ? anchor.line : null;
}

function sameAt(places: readonly OtherPlace[]): string {
  if (places.length === 0) return '';
  return [SAME_AT, ...placeNames(places).map((place) => `- ${place}`)].join('\n');
}

function placeNames(places: readonly OtherPlace[]): readonly string[] {
  const shown = places
    .slice(0, PLACES_SHOWN)
    .map(({ path, line }) => code(`${path.slice(0, PATH_LIMIT)}${line === null ? '' : `:${line}`}`));
  const left = places.length - PLACES_SHOWN;
  return left > 0 ? [...shown, `and ${left} more`] : shown;
}

function foundBy({ finding, roles }: Reported): string {
  const [first = 'crew', ...others] = named(roles);
  const category = inlineText(finding.category, 40);
  const concurring =
    others.length === 0 ? '' : `, ${others.join(' and ')} ${others.length === 1 ? 'concurs' : 'concur'}`;
  return `${category === '' ? '' : `${category} · `}found by ${first}${concurring}`;
}

function named(roles: readonly string[]): readonly string[] {
  return roles.slice(0, ROLES_SHOWN).map((role) => inlineText(role, 40));
}
