// A review's answer as it is kept: bounded, and with a place for each finding.

import { type Finding, type ReviewAnswer, SEVERITIES } from '../core/answers.ts';
import type { FileDiff } from '../core/diff.ts';
import type { Anchor, Outcome, SurveyedFile } from '../core/result-records.ts';
import { anchorFinding, realPath, spellingsOf } from '../core/review/anchor.ts';
import { FINDINGS_PER_REVIEWER } from '../core/review/candidates.ts';
import type { Workspace } from '../core/workspace-ports.ts';
import type { ReviewedDiff } from './job-source.ts';

export const FINDINGS_LIMITS = {
  /** Other places that a finding names. */
  alsoAt: 50,
  earlier: 100,
  /** Changed files outside of the reviewer's group in which findings are placed. */
  filesElsewhere: 20,
} as const;

export async function collectFindings(input: {
  readonly answer: ReviewAnswer;
  readonly reviewed: ReviewedDiff;
  /** All that the pull request changes. */
  readonly changed: readonly SurveyedFile[];
  readonly workspace: Pick<Workspace, 'compare'>;
}): Promise<Extract<Outcome, { kind: 'findings' }>> {
  const { reviewed, changed, workspace } = input;
  const answer = boundAnswer(input.answer);
  const elsewhere = changedElsewhere(answer.findings, reviewed.files, changed);
  const near = elsewhere.slice(0, FINDINGS_LIMITS.filesElsewhere);
  const far = new Set(elsewhere.slice(FINDINGS_LIMITS.filesElsewhere).flatMap(namesOf));
  const { baseSha, headSha } = reviewed.compared;
  const paths = near.map(({ path }) => path);
  const more = paths.length === 0 ? [] : await workspace.compare(baseSha, headSha, paths);
  const files = [...reviewed.files, ...more];
  const anchors = answer.findings.map((finding) => place(finding, files, far));
  const findings = answer.findings.map((finding) => underRealPaths(finding, changed));
  return {
    kind: 'findings',
    answer: { ...answer, findings },
    anchors,
    coverage: reviewed.readable.coverage,
    leftOut: input.answer.findings.length - findings.length,
  };
}

/** Only once it is placed: who names the old path of a rename may mean its lines as well. */
function underRealPaths(finding: Finding, changed: readonly SurveyedFile[]): Finding {
  const also_at = finding.also_at.map((place) => ({ ...place, path: realPath(place.path, changed) }));
  return { ...finding, path: realPath(finding.path, changed), also_at };
}

function place(finding: Finding, files: readonly FileDiff[], far: ReadonlySet<string>): Anchor {
  const anchor = anchorFinding(finding, files);
  const tooMany = spellingsOf(finding.path).some((name) => far.has(name));
  if (anchor.kind === 'inline' || !tooMany) return anchor;
  const most = FINDINGS_LIMITS.filesElsewhere;
  return { ...anchor, reason: `findings stand in more than ${most} files outside of what was given to read` };
}

/** Worst first, as it must be for the worst to be kept. */
function boundAnswer(answer: ReviewAnswer): ReviewAnswer {
  const sorted = answer.findings.toSorted(
    (a, b) => SEVERITIES.indexOf(a.severity) - SEVERITIES.indexOf(b.severity),
  );
  return {
    summary: answer.summary,
    findings: sorted.slice(0, FINDINGS_PER_REVIEWER).map(boundFinding),
    earlier: answer.earlier.slice(0, FINDINGS_LIMITS.earlier),
  };
}

function boundFinding(finding: Finding): Finding {
  const also_at = finding.also_at.slice(0, FINDINGS_LIMITS.alsoAt);
  const dropped = finding.also_at.length - also_at.length;
  if (dropped === 0) return finding;
  return {
    ...finding,
    also_at,
    body: `${finding.body}\n\nAlso in ${dropped} more places that are not listed.`,
  };
}

/** Changed files that findings name and that the reviewer was not given, in the order of the findings. */
function changedElsewhere(
  findings: readonly Finding[],
  given: readonly FileDiff[],
  changed: readonly SurveyedFile[],
): readonly SurveyedFile[] {
  const isGiven = new Set(given.flatMap(namesOf));
  const byName = new Map(
    [...changed].reverse().flatMap((file) => namesOf(file).map((name) => [name, file] as const)),
  );
  const named = findings.flatMap(({ path }) => {
    const names = spellingsOf(path);
    if (names.some((name) => isGiven.has(name))) return [];
    return names.flatMap((name) => byName.get(name) ?? []).slice(0, 1);
  });
  return [...new Set(named)];
}

/** New path last, so that it wins where another file's old path is the same. */
function namesOf({ path, oldPath }: { readonly path: string; readonly oldPath: string }): readonly string[] {
  return path === oldPath ? [path] : [oldPath, path];
}
