/**
 * From what several specialists found to the one review that is published: the same fault is said once, by all who
 * found it; the gravest come first; what is over the cap or off the diff stands folded in the body. Pure.
 */
import type { Finding } from './answers.ts';
import { SEVERITIES } from './answers.ts';
import type { Anchor, FileCoverage, Result, Severity, Subtask } from './records.ts';

export interface Reported {
  readonly finding: Finding;
  readonly anchor: Anchor;
  /** Roles that found it, the one whose words are used first. */
  readonly roles: readonly string[];
  /** Other faults on the same lines, said in the same comment. */
  readonly also: readonly { readonly role: string; readonly finding: Finding }[];
}

export interface AssembledReview {
  readonly inline: readonly (Reported & { readonly anchor: Extract<Anchor, { kind: 'inline' }> })[];
  /** Worth saying, but over the cap or not on a line of the diff. */
  readonly folded: readonly Reported[];
  /** Left out because below the severity that the repository wants. */
  readonly belowThreshold: number;
  readonly coverage: readonly FileCoverage[];
  readonly roles: readonly string[];
  readonly failedRoles: readonly { readonly role: string; readonly message: string }[];
}

/** Lines apart at which two findings of the same category may still be the same fault. */
const NEAR_LINES = 3;

export function assembleReview(
  reviews: readonly { readonly subtask: Subtask; readonly result: Result }[],
  wanted: { readonly severity: Severity; readonly maxComments: number },
): AssembledReview {
  const found = reviews.flatMap(({ subtask, result }) => reportedBy(subtask.role, result));
  const concurring = concur(found.sort(byGravity));
  const worthSaying = concurring.filter(
    (reported) => rank(reported.finding.severity) <= rank(wanted.severity),
  );
  const onDiff = worthSaying.filter(isInline);
  const inline = onDiff.slice(0, wanted.maxComments);
  return {
    inline,
    folded: worthSaying.filter((reported) => !inline.some((shown) => shown === reported)),
    belowThreshold: concurring.length - worthSaying.length,
    coverage: mergeCoverage(reviews.map(({ result }) => result)),
    roles: reviews
      .filter(({ result }) => result.outcome.kind === 'findings')
      .map(({ subtask }) => subtask.role),
    failedRoles: reviews.flatMap(({ subtask, result }) =>
      result.outcome.kind === 'failed' ? [{ role: subtask.role, message: result.outcome.message }] : [],
    ),
  };
}

/** Gravest first: 0 is critical. */
export function rank(severity: Severity): number {
  return SEVERITIES.indexOf(severity);
}

function reportedBy(role: string, result: Result): Reported[] {
  const { outcome } = result;
  if (outcome.kind !== 'findings') return [];
  return outcome.answer.findings.map((finding, index) => ({
    finding,
    anchor: outcome.anchors[index] ?? { kind: 'body', place: finding.path, reason: 'it was not placed' },
    roles: [role],
    also: [],
  }));
}

function byGravity(a: Reported, b: Reported): number {
  return rank(a.finding.severity) - rank(b.finding.severity) || b.finding.confidence - a.finding.confidence;
}

function concur(found: readonly Reported[]): readonly Reported[] {
  const kept: Reported[] = [];
  for (const reported of found) {
    const index = kept.findIndex((earlier) => belongTogether(earlier, reported));
    const earlier = kept[index];
    if (earlier === undefined) kept.push(reported);
    else kept[index] = joined(earlier, reported);
  }
  return kept;
}

/** Who says the same concurs; what another says of the same lines is added, so that no finding is lost. */
function joined(earlier: Reported, reported: Reported): Reported {
  const [role = 'crew'] = reported.roles;
  if (saysTheSame(earlier, reported)) return { ...earlier, roles: [...new Set([...earlier.roles, role])] };
  return { ...earlier, also: [...earlier.also, { role, finding: reported.finding }] };
}

function saysTheSame(a: Reported, b: Reported): boolean {
  return sameCategory(a, b) || titlesAlike(a, b);
}

/** The same lines by different specialists, or lines near each other and of the same category or much the same title. */
function belongTogether(a: Reported, b: Reported): boolean {
  if (a.anchor.kind === 'body' || b.anchor.kind === 'body') {
    return (
      a.finding.path === b.finding.path &&
      words(a.finding.title).join(' ') === words(b.finding.title).join(' ')
    );
  }
  if (a.anchor.path !== b.anchor.path || a.anchor.side !== b.anchor.side) return false;
  const alike = saysTheSame(a, b);
  const apart = linesApart(a.anchor, b.anchor);
  return apart === 0 ? alike || a.roles[0] !== b.roles[0] : apart <= NEAR_LINES && alike;
}

function sameCategory(a: Reported, b: Reported): boolean {
  return a.finding.category.trim().toLowerCase() === b.finding.category.trim().toLowerCase();
}

function titlesAlike(a: Reported, b: Reported): boolean {
  const left = new Set(words(a.finding.title));
  const right = new Set(words(b.finding.title));
  const shared = [...left].filter((word) => right.has(word)).length;
  return shared * 2 >= Math.min(left.size, right.size) && shared > 0;
}

function words(text: string): string[] {
  return text.toLowerCase().match(/[\p{L}\p{N}]{3,}/gu) ?? [];
}

function linesApart(
  a: { startLine: number | null; line: number },
  b: { startLine: number | null; line: number },
): number {
  return Math.max(0, (a.startLine ?? a.line) - b.line, (b.startLine ?? b.line) - a.line);
}

function isInline(reported: Reported): reported is AssembledReview['inline'][number] {
  return reported.anchor.kind === 'inline';
}

/** A file counts as read as well as its best reader read it. */
function mergeCoverage(results: readonly Result[]): readonly FileCoverage[] {
  const order = ['full', 'part', 'skipped'] as const;
  const best = new Map<string, FileCoverage>();
  for (const { outcome } of results) {
    if (outcome.kind !== 'findings') continue;
    for (const file of outcome.coverage) {
      const known = best.get(file.path);
      if (known === undefined || order.indexOf(file.read) < order.indexOf(known.read))
        best.set(file.path, file);
    }
  }
  return [...best.values()];
}
