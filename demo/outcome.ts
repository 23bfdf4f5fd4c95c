/** What must stand at the demo's end; everything that does not is said, and the demo then fails. */
import type { Task } from '../src/core/records.ts';
import { pullsClosing, type RepoSnapshot } from './github/snapshot.ts';
import { DISCUSSED, DISMISSED } from './review-story.ts';
import type { SpecialistTask } from './specialists-story.ts';
import type { Stage } from './stage.ts';
import { REPOSITORY } from './stage.ts';
import { type Tried, whyNotGood } from './try-pull-requests.ts';

/** Titles of findings, as the scripted reviewers word them: what the second push mends, moves and brings. */
const FIXED = 'SQL injection through the search term';
const MOVED = 'The body is read without await';
const ADDED = 'Searches repeat what was cached before';
/** Specialists that the plan must bring together. */
const SPECIALISTS_MINIMUM = 3;

/** What came of the stories. */
export interface Told {
  readonly issue: Task;
  readonly reviews: readonly Task[];
  readonly specialists: readonly SpecialistTask[];
  readonly tried: readonly Tried[];
}

export async function shortcomings(stage: Stage, told: Told): Promise<readonly string[]> {
  const { tried } = told;
  const alone = told.specialists.map(({ role, task }) => afterIssue(stage, task, tried, [role]));
  const all = [told.issue, ...told.reviews, ...told.specialists.map(({ task }) => task)];
  const checks = [
    ...(await afterIssue(stage, told.issue, tried, null)),
    ...(await Promise.all(alone)).flat(),
    ...(await afterReviews(stage, told.reviews)),
    ...(await Promise.all(all.map((task) => afterWork(stage, task)))).flat(),
    ...afterTries(tried),
  ];
  const violations = [...stage.github.violations(), ...(stage.model?.violations() ?? [])];
  const broken = checks.filter(([holds]) => !holds).map(([, what]) => what);
  return [
    ...broken,
    ...violations.map((violation) => `outside a published description: ${JSON.stringify(violation)}`),
  ];
}

type Check = readonly [holds: boolean, what: string];

/** `alone`: the specialists who were asked for; null: the plan was to bring several together. */
async function afterIssue(
  stage: Stage,
  task: Task,
  tried: readonly Tried[],
  alone: readonly string[] | null,
): Promise<readonly Check[]> {
  const { number } = task.subject;
  if (task.state !== 'done')
    return [[false, `the task of #${number} is ${task.state}: ${task.reason ?? 'no reason given'}`]];
  const snapshot = await stage.github.snapshot(REPOSITORY);
  const records = await stage.crew.store.tasks.records(task.id);
  const opened = pullsClosing(snapshot, number);
  const roles = [
    ...new Set(records?.subtasks.filter(({ kind }) => kind === 'work').map((subtask) => subtask.role)),
  ];
  const runs =
    records?.results.flatMap(({ outcome }) => (outcome.kind === 'checks' ? outcome.runs : [])) ?? [];
  const issue = snapshot.issues.find((one) => one.number === number);
  const eyes = snapshot.reactions.filter(
    ({ content, subject, subjectKind }) =>
      content === 'eyes' && subjectKind === 'issue' && subject === issue?.id,
  );
  const progress = snapshot.comments.filter(
    (comment) => comment.number === number && comment.user.endsWith('[bot]'),
  );
  return [
    [opened.length === 1, `${opened.length} pull requests close #${number}; one should`],
    [opened.every(({ pull }) => pull?.draft === true), `the pull request for #${number} is no draft`],
    [
      opened.every(({ pull }) => pull !== null && snapshot.repo.verifiedShas.includes(pull.head.sha)),
      `the head of the pull request for #${number} is not Verified`,
    ],
    [
      opened.every((pull) => tried.some((one) => one.pull === pull.number)),
      `the tests of the pull request for #${number} were not run`,
    ],
    [
      alone === null ? roles.length >= SPECIALISTS_MINIMUM : alone.every((role) => roles.includes(role)),
      `on #${number} worked: ${roles.join(', ') || 'nobody'}; ${alone?.join(', ') ?? `at least ${SPECIALISTS_MINIMUM} specialists`} should have`,
    ],
    [
      runs.length > 0 && runs.every((run) => run.exitCode === 0),
      `the tests of the repository did not pass for #${number}`,
    ],
    [eyes.length === 1, `${eyes.length} reactions of 👀 on #${number}; one should be`],
    [progress.length === 1, `${progress.length} comments by the crew on #${number}; one should be`],
  ];
}

function afterTries(tried: readonly Tried[]): readonly Check[] {
  const usual = tried.find(({ pull }) => pull === null)?.tests ?? 0;
  return tried.map((one) => {
    const why = whyNotGood(one, usual);
    return [why === null, `${one.branch}: ${why}\n${one.output}`];
  });
}

/** What the reviews left on the pull request: one for each head that had something new, and threads in their right state. */
async function afterReviews(stage: Stage, tasks: readonly Task[]): Promise<readonly Check[]> {
  const undone = tasks.filter((task) => task.state !== 'done');
  if (undone.length > 0) {
    return undone.map(({ kind, state, reason }) => [
      false,
      `a ${kind} is ${state}: ${reason ?? 'no reason'}`,
    ]);
  }
  const snapshot = await stage.github.snapshot(REPOSITORY);
  const heads = tasks.flatMap(({ request }) =>
    request.kind === 'review' ? [request.pullRequest.headSha] : [],
  );
  const runs = snapshot.checkRuns.filter(({ headSha }) => heads.includes(headSha));
  const written = stage.model === null ? [] : whatIsScripted(snapshot, heads);
  return [
    [snapshot.reviewComments.some(({ viaApp }) => viaApp), 'the reviews have no finding'],
    [runs.length === heads.length, `${runs.length} check runs; one a head, ${heads.length}, should be`],
    [runs.every((run) => run.status === 'completed'), 'a check run is not completed'],
    ...written,
  ];
}

/** What the pushes and the maintainer's word come to, with the scripted model: every finding is known there. */
function whatIsScripted(snapshot: RepoSnapshot, heads: readonly string[]): readonly Check[] {
  const reviews = snapshot.reviews.filter(({ viaApp, body }) => viaApp && body !== '');
  const ours = snapshot.reviewComments.filter(({ viaApp }) => viaApp);
  const findings = ours.filter(({ id, thread }) => id === thread);
  const saying = (title: string) => findings.filter(({ body }) => body.includes(title));
  const replies = (title: string) =>
    ours.filter(({ id, thread }) => id !== thread && saying(title).some((finding) => finding.id === thread));
  const on = (headSha: string | undefined) =>
    findings.filter((finding) => finding.originalCommitId === headSha);
  const [first, second, third] = heads;
  return [
    [reviews.length === 2, `${reviews.length} reviews; the first and the second head should have one each`],
    [on(first).length > 1, `${on(first).length} findings on the first head`],
    [
      on(second).length === 1 && saying(ADDED).length === 1,
      `the second head has ${on(second).length} new findings, "${ADDED}" ${saying(ADDED).length} times; it alone should be new, once`,
    ],
    [on(third).length === 0, `${on(third).length} findings on the third head; what was dismissed came back`],
    [saying(MOVED).length === 1, `"${MOVED}" was said ${saying(MOVED).length} times; it only moved`],
    [
      saying(FIXED).every(({ resolvedBy }) => resolvedBy?.endsWith('[bot]')) && replies(FIXED).length === 1,
      `the thread of "${FIXED}" was not resolved by the crew with one reply`,
    ],
    [replies(DISCUSSED).length === 1, `${replies(DISCUSSED).length} answers of the crew to "${DISCUSSED}"`],
    [saying(DISMISSED).length === 1, `"${DISMISSED}" was said ${saying(DISMISSED).length} times`],
  ];
}

/** A specialist who failed is made up for by the others, but not in a demo. */
async function afterWork(stage: Stage, task: Task): Promise<readonly Check[]> {
  const records = await stage.crew.store.tasks.records(task.id);
  return (records?.subtasks ?? []).map((subtask) => {
    const outcome = records?.results.find((result) => result.subtaskId === subtask.id)?.outcome;
    const why = outcome?.kind === 'failed' ? outcome.message : 'no result';
    return [subtask.state === 'done', `${subtask.key} (${subtask.role}) is ${subtask.state}: ${why}`];
  });
}
