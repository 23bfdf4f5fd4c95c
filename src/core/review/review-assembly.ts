/**
 * From what the reviewers found to the one review that is published: what the second look left standing, the same fault in many
 * places once, the gravest inline, what is over a cap or off the diff folded in the body. Pure.
 */

import type { Subtask } from '../records.ts';
import { resultOf } from '../result-of.ts';
import type { Anchor } from '../result-records.ts';
import type { TaskRecords } from '../store-ports.ts';
import { groupOf, type Reported, siftGroup, surveyOf } from './candidates.ts';
import { type Fates, fatesOf } from './earlier-fates.ts';
import { pathOf } from './finding-place.ts';
import { fingerprintOf } from './fingerprint.ts';
import { joinPlaces } from './join-places.ts';
import { type Coverage, coverageOf } from './review-coverage.ts';
import { settingsFor } from './review-plan.ts';
import type { DirectoryRules, Survey } from './review-records.ts';
import { lookAgain, type SecondLook } from './second-look.ts';
import { isAtLeast, rank } from './severity.ts';

/** A finding of the review, with the name by which it is followed. */
export type Published = Reported & { readonly fingerprint: string };
export type Inline = Published & { readonly anchor: Extract<Anchor, { kind: 'inline' }> };

export interface AssembledReview {
  /** Gravest first. */
  readonly inline: readonly Inline[];
  /** Worth saying, but over a cap or not on a line of the diff. */
  readonly folded: readonly Published[];
  /** Left out because below the severity that is wanted for their path. */
  readonly belowThreshold: number;
  /** Left out as what was dismissed, or withdrawn, before. */
  readonly heldBack: number;
  /** Left out because one reviewer found too many, or all of a group's found more than is looked at again. */
  readonly overLimit: number;
  /** Of each group that had candidates. */
  readonly secondLooks: readonly SecondLook[];
  readonly earlier: Fates;
  /** One entry a changed file. */
  readonly coverage: Coverage['files'];
  readonly carriedOver: Coverage['carriedOver'];
  /** Who finished at least one reading. */
  readonly roles: readonly string[];
  readonly failedRoles: readonly { readonly role: string; readonly message: string }[];
}

const assembled = new WeakMap<TaskRecords, AssembledReview>();

/** Once for the same records: what is published, tracked and said of an approval all go by it, while the task is locked. */
export function assembledOf(records: TaskRecords): AssembledReview {
  const review = assembled.get(records) ?? assemble(records);
  assembled.set(records, review);
  return review;
}

function assemble(records: TaskRecords): AssembledReview {
  const survey = surveyOf(records);
  const { config } = records.task.request;
  const reviews = records.subtasks.filter(({ kind }) => kind === 'review');
  const sifted = [...new Set(reviews.map(groupOf))]
    .sort((a, b) => a - b)
    .map((group) => {
      const found = siftGroup(records, group);
      return { ...found, ...lookAgain(records, group, found.candidates) };
    });
  const directories = survey?.directories ?? [];
  const { files, carriedOver } = coverageOf(records);
  const stood = sifted.flatMap(({ standing }) => standing);
  const wanted = stood.filter(({ finding, anchor }) =>
    isAtLeast(finding.severity, settingsFor(pathOf(finding, anchor), config, directories).severity),
  );
  const joined = joinPlaces(wanted.toSorted((a, b) => rank(a.finding.severity) - rank(b.finding.severity)));
  const published = withFingerprints(joined, survey);
  const inline = withinCaps(published.filter(isInline), config.reviewMaxComments, directories);
  return {
    inline,
    folded: published.filter((one) => !inline.some((shown) => shown === one)),
    belowThreshold: sum(sifted.map((one) => one.belowThreshold)) + stood.length - wanted.length,
    heldBack: sum(sifted.map((one) => one.heldBack)),
    overLimit: sum(sifted.map((one) => one.overLimit)),
    secondLooks: sifted.map(({ look }) => look).filter(({ kind }) => kind !== 'not_needed'),
    earlier: fatesOf(
      records,
      sifted.flatMap(({ repeated }) => repeated),
    ),
    coverage: files,
    carriedOver,
    ...readersOf(records, reviews),
  };
}

/** In order, as many as the whole review and the nearest directory that says so allow. */
function withinCaps(
  findings: readonly Inline[],
  maxComments: number,
  directories: readonly DirectoryRules[],
): readonly Inline[] {
  const inDirectory = new Map<DirectoryRules, number>();
  const shown: Inline[] = [];
  for (const one of findings) {
    if (shown.length >= maxComments) break;
    const capping = directories.find(
      ({ dir, maxComments: most }) => most !== null && one.anchor.path.startsWith(`${dir}/`),
    );
    if (capping !== undefined) {
      const before = inDirectory.get(capping) ?? 0;
      if (before >= (capping.maxComments ?? 0)) continue;
      inDirectory.set(capping, before + 1);
    }
    shown.push(one);
  }
  return shown;
}

/** Unique in the pull request. One that was fixed and comes back is the same again. */
function withFingerprints(findings: readonly Reported[], survey: Survey | null): readonly Published[] {
  const taken = new Set(
    (survey?.earlier ?? []).flatMap(({ finding }) =>
      finding.state === 'fixed' ? [] : [finding.fingerprint],
    ),
  );
  return findings.map((reported) => {
    const { finding, anchor } = reported;
    const quote = anchor.kind === 'inline' ? anchor.quote : finding.title;
    const parts = { path: pathOf(finding, anchor), category: finding.category, quote };
    let occurrence = 0;
    while (taken.has(fingerprintOf({ ...parts, occurrence }))) occurrence += 1;
    const fingerprint = fingerprintOf({ ...parts, occurrence });
    taken.add(fingerprint);
    return { ...reported, fingerprint };
  });
}

function readersOf(
  records: TaskRecords,
  reviews: readonly Subtask[],
): Pick<AssembledReview, 'roles' | 'failedRoles'> {
  const ended = reviews.map((subtask) => ({
    role: subtask.role,
    outcome: resultOf(records, subtask)?.outcome,
  }));
  const finished = ended.filter(({ outcome }) => outcome?.kind === 'findings').map(({ role }) => role);
  return {
    roles: [...new Set(finished)],
    failedRoles: ended.flatMap(({ role, outcome }) =>
      outcome?.kind === 'findings'
        ? []
        : [{ role, message: outcome?.kind === 'failed' ? outcome.message : 'no result was stored' }],
    ),
  };
}

function isInline(one: Published): one is Inline {
  return one.anchor.kind === 'inline';
}

function sum(amounts: readonly number[]): number {
  return amounts.reduce((total, amount) => total + amount, 0);
}
