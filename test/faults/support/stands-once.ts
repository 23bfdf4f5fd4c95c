/** Judges what the crew wrote on GitHub by what stands there: what stands twice, and what the ledger says and is not so. */
import { execFileSync } from 'node:child_process';
import type { GitHub } from '../../../demo/github/github.ts';
import type { RepoSnapshot } from '../../../demo/github/snapshot.ts';
import type { Effect, EffectAction } from '../../../src/core/effect-records.ts';
import { hasMarker } from '../../../src/core/marker.ts';

const BOT = 'hypercode-crew[bot]';
const MARKER = /<!-- crew:[0-9a-f]+ -->\s*$/;

/** A sentence for each thing that the crew wrote twice. */
export async function doubled(github: GitHub, repository: string): Promise<readonly string[]> {
  const snapshot = await github.snapshot(repository);
  const { comments, reviews, reviewComments, reactions, pulls, labels, checkRuns } = snapshot;
  const written = [...comments, ...reviews, ...reviewComments, ...pulls].filter(({ user }) => user === BOT);
  return [
    ...twice(written, ({ body }) => MARKER.exec(body ?? '')?.[0] ?? null, 'texts with the marker'),
    ...twice(
      pulls.filter(({ user }) => user === BOT),
      ({ pull }) => pull?.head.ref ?? null,
      'pull requests of',
    ),
    ...twice(
      reactions.filter(({ user }) => user === BOT),
      ({ subjectKind, subject, content }) => `${content} on ${subjectKind} ${subject}`,
      'reactions',
    ),
    ...twice(labels, ({ name }) => name, 'labels'),
    ...twice(
      checkRuns.filter(({ name }) => name.startsWith('crew')),
      ({ name, headSha, externalId }) =>
        externalId === null ? null : `${name} on ${headSha}, ${externalId}`,
      'check runs',
    ),
    ...Object.keys(snapshot.refs)
      .filter((ref) => ref.startsWith('refs/heads/crew/'))
      .flatMap((ref) => twice(messagesOn(github.gitDir(repository), ref), (one) => one, `commits on ${ref}`)),
  ];
}

function twice<T>(all: readonly T[], nameOf: (one: T) => string | null, what: string): readonly string[] {
  const names = all.flatMap((one) => nameOf(one) ?? []);
  return [...new Set(names)].flatMap((name) => {
    const count = names.filter((other) => other === name).length;
    return count > 1 ? [`${count} ${what} ${name.trim()}`] : [];
  });
}

/** Whole messages of what is not on the default branch: each says whose task and which step it is. */
function messagesOn(gitDir: string, ref: string): readonly string[] {
  const args = [
    '--git-dir',
    gitDir,
    'log',
    '--no-merges',
    '--format=%B%x00',
    ref,
    '--not',
    'refs/heads/main',
  ];
  return execFileSync('git', args, { encoding: 'utf8' })
    .split('\0')
    .map((message) => message.trim())
    .filter((message) => message !== '');
}

/** A sentence for each effect that the ledger does not call done, or that does not stand on GitHub as it says. */
export async function lost(
  github: GitHub,
  repository: string,
  effects: readonly Effect[],
): Promise<readonly string[]> {
  const snapshot = await github.snapshot(repository);
  return effects.flatMap((effect) => {
    const { key, action, state, error, outcome } = effect;
    if (state !== 'done') return [`${key} is ${state}: ${error}`];
    if (stands(snapshot, effect)) return [];
    return [`${key}, a ${action.kind}, does not stand on GitHub; left: ${outcome?.left ?? 'nothing'}`];
  });
}

type Check<Kind extends EffectAction['kind']> = (
  snapshot: RepoSnapshot,
  action: Extract<EffectAction, { kind: Kind }>,
  effect: Effect,
) => boolean;

const CHECKS: { readonly [Kind in EffectAction['kind']]: Check<Kind> } = {
  comment: ({ comments }, _action, { key }) => comments.some(({ body }) => hasMarker(body, key)),
  sticky_comment: ({ comments }, _action, { key }) => comments.some(({ body }) => hasMarker(body, key)),
  reaction: ({ reactions }, { content }, { outcome }) =>
    reactions.some((one) => one.id === outcome?.externalId && one.content === content),
  add_labels: ({ events }, { number, labels }) =>
    labels.every((label) => events.some((one) => one.number === number && one.label?.name === label)),
  remove_label: ({ issues, pulls }, { number, label }) =>
    ![...issues, ...pulls].some((one) => one.number === number && one.labels.includes(label)),
  push_branch: ({ refs }, { branch }) => refs[`refs/heads/${branch}`] !== undefined,
  open_pull_request: ({ pulls }, { branch }) => pulls.some(({ pull }) => pull?.head.ref === branch),
  ready_for_review: ({ pulls }, { number }) =>
    pulls.some((one) => one.number === number && one.pull?.draft === false),
  rerun_failed_jobs: ({ workflowRuns }, { runId, attempt }) =>
    workflowRuns.some((run) => run.id === runId && run.runAttempt === attempt + 1),
  resolve_answered: ({ reviewComments }, { commentId }) =>
    reviewComments.some(({ id, resolvedBy }) => id === commentId && resolvedBy !== null),
  propose_standard: ({ pulls }, { branch }) => pulls.some(({ pull }) => pull?.head.ref === branch),
  review: ({ reviews }, _action, { key }) => reviews.some(({ body }) => hasMarker(body, key)),
  thread_reply: ({ reviewComments }, _action, { key }) =>
    reviewComments.some(({ body }) => hasMarker(body, key)),
  resolve_thread: ({ reviewComments }, { reply }, { key }) => {
    const said = reviewComments.find(({ body }) => hasMarker(body, key));
    if (reply === null) return true;
    return reviewComments.some(({ id, resolvedBy }) => id === said?.thread && resolvedBy !== null);
  },
  dismiss_review: ({ reviews }, { reviews: keys }) =>
    reviews.filter(({ body }) => keys.some((key) => hasMarker(body, key))).every(isNoBlock),
  check_run: ({ checkRuns }, { status, conclusion, title, annotations }, { id }) =>
    checkRuns.some(
      (run) =>
        run.externalId === id &&
        run.status === status &&
        run.conclusion === conclusion &&
        run.title === title &&
        run.annotations.length === annotations.length,
    ),
};

function stands(snapshot: RepoSnapshot, effect: Effect): boolean {
  const check = CHECKS[effect.action.kind] as Check<EffectAction['kind']>;
  return check(snapshot, effect.action, effect);
}

function isNoBlock({ state }: { readonly state: string }): boolean {
  return state === 'DISMISSED' || state === 'COMMENTED';
}
