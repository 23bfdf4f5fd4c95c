/** What must stand at the demo's end; everything that does not is said, and the demo then fails. */
import type { Task } from '../src/core/records.ts';
import { readSampleTexts } from './sample.ts';
import type { Stage } from './stage.ts';
import { REPOSITORY } from './stage.ts';

/** Specialists that the plan must bring together. */
const SPECIALISTS_MINIMUM = 3;

export async function shortcomings(
  stage: Stage,
  told: { readonly issue: Task; readonly review: Task },
): Promise<readonly string[]> {
  const checks = [
    ...(await afterIssue(stage, told.issue)),
    ...(await afterReview(stage, told.review)),
    ...(await afterWork(stage, told.issue)),
    ...(await afterWork(stage, told.review)),
  ];
  const violations = [...stage.github.violations(), ...(stage.model?.violations() ?? [])];
  const broken = checks.filter(([holds]) => !holds).map(([, what]) => what);
  return [
    ...broken,
    ...violations.map((violation) => `outside a published description: ${JSON.stringify(violation)}`),
  ];
}

type Check = readonly [holds: boolean, what: string];

async function afterIssue(stage: Stage, task: Task): Promise<readonly Check[]> {
  if (task.state !== 'done')
    return [[false, `the issue's task is ${task.state}: ${task.reason ?? 'no reason given'}`]];
  const snapshot = await stage.github.snapshot(REPOSITORY);
  const records = await stage.crew.store.tasks.records(task.id);
  const closing = `Closes #${task.subject.number}`;
  const opened = snapshot.pulls.filter((pull) => pull.body?.includes(closing) === true);
  const roles = new Set(
    records?.subtasks.filter((subtask) => subtask.kind === 'work').map((subtask) => subtask.role),
  );
  const runs =
    records?.results.flatMap(({ outcome }) => (outcome.kind === 'checks' ? outcome.runs : [])) ?? [];
  const eyes = snapshot.reactions.filter(
    (reaction) => reaction.content === 'eyes' && reaction.subjectKind === 'issue',
  );
  const progress = snapshot.comments.filter(
    ({ number, user }) => number === task.subject.number && user.endsWith('[bot]'),
  );
  return [
    [opened.length === 1, `${opened.length} pull requests say ${closing}; one should`],
    [opened.every((pull) => pull.pull?.draft === true), 'the pull request is no draft'],
    [
      roles.size >= SPECIALISTS_MINIMUM,
      `${roles.size} specialists worked; at least ${SPECIALISTS_MINIMUM} should`,
    ],
    [runs.length > 0 && runs.every((run) => run.exitCode === 0), 'the tests of the repository did not pass'],
    [eyes.length === 1, `${eyes.length} reactions of 👀 on the issue; one should be`],
    [progress.length === 1, `${progress.length} comments by the crew on the issue; one should be`],
  ];
}

async function afterReview(stage: Stage, task: Task): Promise<readonly Check[]> {
  if (task.state !== 'done')
    return [[false, `the review's task is ${task.state}: ${task.reason ?? 'no reason given'}`]];
  const snapshot = await stage.github.snapshot(REPOSITORY);
  const { pull } = await readSampleTexts();
  const number = snapshot.pulls.find((open) => open.title === pull.title)?.number;
  const reviews = snapshot.reviews.filter((review) => review.number === number);
  const findings = snapshot.reviewComments.filter((comment) => comment.number === number);
  return [
    [reviews.length === 1, `${reviews.length} reviews of #${number}; one should be`],
    [findings.length > 0, 'the review has no finding'],
    [snapshot.checkRuns.length === 1, `${snapshot.checkRuns.length} check runs; one should be`],
    [snapshot.checkRuns.every((run) => run.status === 'completed'), 'the check run is not completed'],
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
