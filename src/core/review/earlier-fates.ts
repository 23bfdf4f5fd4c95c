/** What became of the findings of earlier reviews, by what this one read and found. Pure. */

import type { Subtask } from '../records.ts';
import { resultOf } from '../result-of.ts';
import type { Result } from '../result-records.ts';
import type { TaskRecords } from '../store-ports.ts';
import { groupOf, type Repeated, surveyOf } from './candidates.ts';
import { earlierToJudge, hasLeft, judgingGroup, verdictIn } from './earlier-judges.ts';
import type { EarlierFinding, Survey, TrackedFinding } from './review-records.ts';
import { SAME_AT } from './said-earlier.ts';

export interface Fates {
  /** Still open. */
  readonly open: readonly EarlierFinding[];
  /** Found fixed by this review, and by which role. `left`: nobody mended it, its file is no longer part of the pull request. */
  readonly fixed: readonly {
    readonly finding: TrackedFinding;
    readonly role: string;
    readonly left: boolean;
  }[];
  /** Open ones that were to be judged again, and were over the limit of what a reading is told of. */
  readonly notAsked: number;
  /** Settled before. */
  readonly dismissed: number;
  readonly fixedBefore: number;
}

/** `repeated`: what was reported again stays open, and stands where it was reported when its own lines are gone. */
export function fatesOf(records: TaskRecords, repeated: readonly Repeated[]): Fates {
  const survey = surveyOf(records);
  const open: EarlierFinding[] = [];
  const fixed: Fates['fixed'][number][] = [];
  const asked = new Map(
    survey?.groups.flatMap((group) => earlierToJudge(survey, group)).map(({ id, earlier }) => [earlier, id]),
  );
  let notAsked = 0;
  for (const earlier of survey?.earlier ?? []) {
    if (earlier.finding.state !== 'open') continue;
    const again = repeated.filter(
      ({ earlier: { finding } }) => finding.fingerprint === earlier.finding.fingerprint,
    );
    const id = asked.get(earlier) ?? null;
    const role = again.length > 0 || survey === null ? null : fixedAccordingTo(records, survey, earlier, id);
    const group = survey === null ? null : judgingGroup(survey, earlier);
    if (id === null && earlier.reread && group !== null) notAsked += 1;
    if (role === null || survey === null) open.push(standing(earlier, again));
    else fixed.push({ finding: earlier.finding, role, left: hasLeft(survey, earlier) });
  }
  const settled = (survey?.earlier ?? []).map(({ finding }) => finding.state);
  return {
    open,
    fixed,
    notAsked,
    dismissed: settled.filter((state) => state === 'dismissed' || state === 'withdrawn').length,
    fixedBefore: settled.filter((state) => state === 'fixed').length,
  };
}

function standing(earlier: EarlierFinding, again: readonly Repeated[]): EarlierFinding {
  const anchor = again.find((one) => one.anchor.kind === 'inline')?.anchor;
  return earlier.now === null && anchor?.kind === 'inline' ? { ...earlier, now: anchor } : earlier;
}

/** The role by whose word, or in whose sight, it is fixed; null while it stands. `id`: by which it was asked for, if it was. */
function fixedAccordingTo(
  records: TaskRecords,
  survey: Survey,
  earlier: EarlierFinding,
  id: string | null,
): string | null {
  const { finding, reread } = earlier;
  const [owner = 'crew'] = finding.roles;
  if (hasLeft(survey, earlier)) return owner;
  if (!reread || id === null) return null;
  const judges = judgesOf(records, survey, earlier);
  if (judges.length === 0) return null;
  const said = judges.map(({ role, result }) => ({ role, verdict: verdictIn(result, id) }));
  if (said.some(({ verdict }) => verdict === 'stands')) return null;
  const mended = said.find(({ verdict }) => verdict === 'fixed');
  if (mended !== undefined) return mended.role;
  if (judges.some(({ result }) => result?.outcome.kind !== 'findings')) return null;
  return isGone(earlier) ? owner : null;
}

/** Lines that are gone prove nothing of a finding that never had any, or that stands in other places too. */
function isGone({ finding, now }: EarlierFinding): boolean {
  return now === null && finding.anchor.kind === 'inline' && !finding.body.includes(SAME_AT);
}

/** Who found it and is asked again; where none of them is, all who are. */
function judgesOf(
  records: TaskRecords,
  survey: Survey,
  earlier: EarlierFinding,
): readonly { readonly role: string; readonly result: Result | null }[] {
  const group = judgingGroup(survey, earlier);
  const readers = records.subtasks.filter(
    (subtask: Subtask) => subtask.kind === 'review' && groupOf(subtask) === group?.index,
  );
  const own = readers.filter(({ role }) => earlier.finding.roles.includes(role));
  return (own.length > 0 ? own : readers).map((subtask) => ({
    role: subtask.role,
    result: resultOf(records, subtask),
  }));
}
