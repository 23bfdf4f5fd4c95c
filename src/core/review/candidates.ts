/**
 * What the reviewers of a group of files found, on its way to the review: concurring findings joined, known and slight ones left
 * out, the gravest first. Pure, and the same from the same records: verdicts of the second look refer to it by id.
 */

import type { Finding } from '../answers.ts';
import type { Subtask } from '../records.ts';
import { resultOf } from '../result-of.ts';
import type { Anchor, Result } from '../result-records.ts';
import { shorten } from '../shorten.ts';
import type { TaskRecords } from '../store-ports.ts';
import { byGravity, concur, type Fault, type Found } from './concurrence.ts';
import { earlierShown, verdictIn } from './earlier-judges.ts';
import { isLine, pathOf } from './finding-place.ts';
import { settingsFor } from './review-plan.ts';
import type { Candidate, EarlierFinding, Survey } from './review-records.ts';
import { goesBeyond, listedPlaces, namedBeside, saidEarlier } from './said-earlier.ts';
import { isAtLeast } from './severity.ts';

/** Findings of one reviewer that are weighed, gravest first; the rest is counted. */
export const FINDINGS_PER_REVIEWER = 40;
/** Of a group: those that are looked at again and can be said, gravest first; the rest is counted. */
export const CANDIDATES_MAX = 60;
/** Further places of one fault that are kept. */
export const PLACES_MAX = 20;
/** Of what stands beside a finding, and of the texts by which it is judged and recognised. */
const ALSO_KEPT = 5;
const ALSO_MAX_CHARS = 400;
const BODY_MAX_CHARS = 4_000;
const PATH_MAX_CHARS = 300;

/** A finding on its way to the review, or in it. */
export interface Reported {
  /** `C1`, `C2`, … in its group. */
  readonly id: string;
  readonly group: number;
  readonly finding: Finding;
  readonly anchor: Anchor;
  /** Roles that found it, the one whose words are used first. */
  readonly roles: readonly string[];
  /** Other faults on the same lines, said in the same comment. */
  readonly also: readonly Beside[];
  /** Where else the same fault stands. */
  readonly places: readonly OtherPlace[];
}

export interface Beside {
  readonly roles: readonly string[];
  readonly finding: Finding;
  readonly anchor: Anchor;
  readonly places: readonly OtherPlace[];
}

export interface OtherPlace {
  readonly path: string;
  readonly line: number | null;
}

export interface Sifted {
  readonly candidates: readonly Reported[];
  /** Faults below the severity that holds for their path. */
  readonly belowThreshold: number;
  readonly repeated: readonly Repeated[];
  /** Faults left out as what a person dismissed, or the crew withdrew. */
  readonly heldBack: number;
  /** Findings over the limit of one reviewer, and faults over that of the second look. */
  readonly overLimit: number;
}

/** An earlier finding that was reported again, and where. */
export interface Repeated {
  readonly earlier: EarlierFinding;
  readonly anchor: Anchor;
}

export function candidatesOf(records: TaskRecords, groupIndex: number): readonly Candidate[] {
  return siftGroup(records, groupIndex).candidates.map((reported) => {
    const { id, roles, anchor, finding } = reported;
    const { severity, category, title, evidence } = finding;
    const path = pathOf(finding, anchor);
    return { id, roles, path, anchor, severity, category, title, body: bodyWithAll(reported), evidence };
  });
}

export function siftGroup(records: TaskRecords, group: number): Sifted {
  const survey = surveyOf(records);
  const { config } = records.task.request;
  const { found, overLimit } = foundIn(records, group);
  const mended = mendedIn(records, group);
  const repeated: Repeated[] = [];
  let [belowThreshold, heldBack] = [0, 0];
  const comments = concur(found).map((faults) =>
    faults.flatMap((fault) => {
      const known = fault.map((one) => saidEarlier(one, survey?.earlier ?? [], mended(one.role)));
      const again = known.flatMap((earlier, at) => repeatedBy(earlier, fault[at]));
      repeated.push(...again);
      if (again.some(({ earlier }) => earlier.finding.state !== 'open')) heldBack += 1;
      const [first, ...more] = fault.filter(
        (one, at) => known[at] === null && again.every(({ earlier }) => goesBeyond(one, earlier)),
      );
      if (first === undefined) return [];
      const { finding, anchor } = first;
      const wanted = settingsFor(pathOf(finding, anchor), config, survey?.directories ?? []).severity;
      if (!isAtLeast(finding.severity, wanted)) belowThreshold += 1;
      return isAtLeast(finding.severity, wanted) ? [[first, ...more] satisfies Fault] : [];
    }),
  );
  const wanted = comments
    .flatMap(([first, ...others]) => (first === undefined ? [] : [{ first, others }]))
    .sort((a, b) => byGravity(a.first[0], b.first[0]));
  const over = wanted.slice(CANDIDATES_MAX).reduce((sum, { others }) => sum + 1 + others.length, 0);
  const candidates = wanted
    .slice(0, CANDIDATES_MAX)
    .map(({ first, others }, index) => reportedOf(`C${index + 1}`, group, first, others));
  return { candidates, belowThreshold, repeated, heldBack, overLimit: overLimit + over };
}

function repeatedBy(earlier: EarlierFinding | null, found: Found | undefined): readonly Repeated[] {
  return earlier === null || found === undefined ? [] : [{ earlier, anchor: found.anchor }];
}

/** By role, the earlier findings that it calls fixed. */
function mendedIn(records: TaskRecords, group: number): (role: string) => ReadonlySet<EarlierFinding> {
  const survey = surveyOf(records);
  const read = survey?.groups.find(({ index }) => index === group);
  const shown = survey === null ? [] : earlierShown(survey, read);
  const readers = records.subtasks.filter(
    (subtask) => subtask.kind === 'review' && groupOf(subtask) === group,
  );
  const byRole = new Map(
    readers.map((subtask) => {
      const result = resultOf(records, subtask);
      const mended = shown.filter(({ id }) => verdictIn(result, id) === 'fixed');
      return [subtask.role, new Set(mended.map(({ earlier }) => earlier))];
    }),
  );
  return (role) => byRole.get(role) ?? new Set();
}

/** Number of the group that a review or refutation is about: the end of its key, or the first. */
export function groupOf({ kind, key, role }: Pick<Subtask, 'kind' | 'key' | 'role'>): number {
  const name = kind === 'review' ? `review-${role}` : kind;
  const group = /^-(\d+)$/.exec(key.slice(name.length))?.[1];
  return group === undefined ? 1 : Number(group);
}

export function surveyOf({ results }: Pick<TaskRecords, 'results'>): Survey | null {
  const outcome = results.find((result) => result.outcome.kind === 'survey')?.outcome;
  return outcome?.kind === 'survey' ? outcome.survey : null;
}

function foundIn(records: TaskRecords, group: number): { found: readonly Found[]; overLimit: number } {
  let overLimit = 0;
  const found = records.subtasks
    .filter((subtask) => subtask.kind === 'review' && groupOf(subtask) === group)
    .flatMap((subtask) => {
      const result = resultOf(records, subtask);
      const all = foundBy(subtask.role, result);
      if (result?.outcome.kind === 'findings') overLimit += result.outcome.leftOut ?? 0;
      overLimit += Math.max(0, all.length - FINDINGS_PER_REVIEWER);
      return all.sort(byGravity).slice(0, FINDINGS_PER_REVIEWER);
    });
  return { found, overLimit };
}

function foundBy(role: string, result: Result | null): Found[] {
  if (result?.outcome.kind !== 'findings') return [];
  const { answer, anchors } = result.outcome;
  return answer.findings.map((finding, index) => ({
    role,
    finding: wellFormed(finding),
    anchor: wellPlaced(anchors[index] ?? { kind: 'body', place: finding.path, reason: 'it was not placed' }),
  }));
}

/** A place is as the model named it. */
function wellPlaced(anchor: Anchor): Anchor {
  if (anchor.kind === 'inline') return anchor;
  return { ...anchor, place: shorten(anchor.place.toWellFormed(), PATH_MAX_CHARS) };
}

/** A model may answer halves of surrogate pairs, which neither GitHub nor a database takes. */
function wellFormed(finding: Finding): Finding {
  const { path, category, title, body, evidence } = finding;
  return {
    ...finding,
    path: path.toWellFormed(),
    category: category.toWellFormed(),
    title: title.toWellFormed(),
    body: body.toWellFormed(),
    evidence: evidence.toWellFormed(),
  };
}

function reportedOf(id: string, group: number, fault: Fault, others: readonly Fault[]): Reported {
  const [{ finding }] = fault;
  return {
    id,
    group,
    finding,
    anchor: bestAnchor(fault),
    roles: rolesOf(fault),
    also: others.map((other) => ({
      roles: rolesOf(other),
      finding: other[0].finding,
      anchor: bestAnchor(other),
      places: placesNamed(other),
    })),
    places: placesNamed(fault),
  };
}

/** The words are those of the first; a line on the diff may be another's. */
function bestAnchor(fault: Fault): Anchor {
  return (fault.find(({ anchor }) => anchor.kind === 'inline') ?? fault[0]).anchor;
}

function rolesOf(fault: Fault): readonly string[] {
  return [...new Set(fault.map(({ role }) => role))];
}

function placesNamed(fault: Fault): readonly OtherPlace[] {
  return fault
    .flatMap(({ finding }) => finding.also_at ?? [])
    .filter(({ path }) => path.trim() !== '')
    .slice(0, PLACES_MAX)
    .map(({ path, line }) => ({ path: path.toWellFormed(), line: isLine(line) ? line : null }));
}

/** What a finding says, with what stands beside it and where else it stands: it is recognised by all of it later. */
export function bodyWithAll({ finding, also, places }: Reported): string {
  const others = also
    .slice(0, ALSO_KEPT)
    .map((other) => shorten(namedBeside(other.finding.title, other.finding.body), ALSO_MAX_CHARS));
  const named = places
    .slice(0, PLACES_MAX)
    .map(({ path, line }) => ({ path: shorten(path, PATH_MAX_CHARS), line }));
  const parts = [shorten(finding.body, BODY_MAX_CHARS), ...others];
  return [...parts, ...(named.length === 0 ? [] : [listedPlaces(named)])].join('\n\n');
}
