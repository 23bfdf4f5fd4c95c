/** What decisions on the crew's own pull requests rest on: which they are, how they stand, what their checks say. */
import { concerns, OWN_PULLS_MAX, type OwnPull, type RoundGround } from '../../core/decide/own-pulls.ts';
import { type CrewEvent, subjectOf } from '../../core/event.ts';
import { areShown, failedOf, rerunKey, runsToRepeat } from '../../core/fix/head-checks.ts';
import type { ChecksReading, GitHubReader, HeadCheck, PullState } from '../../core/github-ports.ts';
import type { Clock } from '../../core/ports.ts';
import type { Repository, Task } from '../../core/records.ts';
import type { FailedCheck } from '../../core/request-records.ts';
import type { Store } from '../../core/store-ports.ts';
import { patiently } from './patiently.ts';

/** Failed checks that one round is shown. */
const FAILURES_MAX = 10;
/** GitHub finds out whether a pull request can be merged when it is asked, which takes it some seconds. */
const MERGEABLE_LOOKS_MAX = 4;
/** What a webhook told of may be shown some seconds later. */
const LAG_LOOKS_MAX = 3;

type OwnStore = Pick<Store, 'tasks' | 'effects'>;

interface Reading {
  readonly reader: GitHubReader;
  readonly clock: Clock;
}

export async function findOwn(
  event: CrewEvent,
  repository: Repository,
  store: OwnStore,
): Promise<readonly OwnPull[]> {
  const about = subjectOf(event);
  const number = about?.kind === 'pull_request' ? [about.number] : [];
  const opened = await store.effects.opened(repository.id, ...number);
  const found: OwnPull[] = [];
  for (const { action, outcome, taskId } of opened) {
    const number = outcome?.number;
    if (action.kind !== 'open_pull_request' || number === undefined || taskId === null) continue;
    if (!concerns(event, { number, branch: action.branch, base: action.base })) continue;
    const task = await store.tasks.get(taskId);
    if (task === null) continue;
    const tasks = await store.tasks.onSubject(repository.id, number);
    const { branch, base } = action;
    const { requester, askedAt, createdAt } = task;
    const asked = { openedBy: taskId, requester, askedAt: askedAt ?? createdAt };
    found.push({ number, branch, base, ...asked, tasks });
    if (found.length === OWN_PULLS_MAX) break;
  }
  return found;
}

/** For whom `mergeable` counts it is asked for a few times; where GitHub does not find out in time, nothing is begun, and the next push asks again. */
export async function readStates(
  event: CrewEvent,
  own: readonly OwnPull[],
  { repository, reader, clock }: Reading & { readonly repository: Repository },
): Promise<ReadonlyMap<number, PullState>> {
  const told = event.kind === 'report' ? event.headSha : null;
  const stateOf = ({ number, tasks }: OwnPull): Promise<PullState | null> =>
    patiently(
      () => reader.pullState(repository, number),
      (state) => {
        // We opened it, so it is there.
        if (state === null) return told === null;
        if (!state.open) return true;
        return told === null ? state.mergeable !== null : state.headSha === told || isEarlier(told, tasks);
      },
      { looks: told === null ? MERGEABLE_LOOKS_MAX : LAG_LOOKS_MAX, clock },
    );
  // A report is on the newest of its branch.
  const found = await Promise.all((told === null ? own : own.slice(0, 1)).map(stateOf));
  return new Map(found.flatMap((state) => (state === null ? [] : [[state.number, state] as const])));
}

/** Its jobs may end, or be cancelled, long after a round has pushed: nobody waits for each of them. */
function isEarlier(headSha: string, tasks: readonly Task[]): boolean {
  return tasks.some(({ request }) => request.kind === 'fix' && request.pullRequest.headSha === headSha);
}

/** Of those that are open, and where that was asked: of those that cannot be merged or are the only one. */
export async function readGrounds(
  repository: Repository,
  own: readonly OwnPull[],
  states: ReadonlyMap<number, PullState> | null,
  reader: GitHubReader,
): Promise<ReadonlyMap<number, RoundGround>> {
  const grounds = new Map<number, RoundGround>();
  const baseHeads = new Map<string, string>();
  for (const { number, askedAt } of own) {
    const state = states?.get(number);
    const isConcerned = own.length === 1 || state?.mergeable === false;
    if (!isConcerned || (states !== null && state?.open !== true)) continue;
    const [pullRequest, paths] = await Promise.all([
      // A check that fails, or a push, asks for nothing new: a stranger's issue says what it did when a person asked.
      reader.pullRequest(repository, number, askedAt),
      reader.changedPaths(repository, number),
    ]);
    const { baseRef } = pullRequest;
    const baseHead = baseHeads.get(baseRef) ?? (await reader.branchHead(repository, baseRef));
    baseHeads.set(baseRef, baseHead);
    grounds.set(number, { pullRequest, paths, baseHead });
  }
  return grounds;
}

/** Without its run a job of Actions would be taken for somebody else's check, which nobody can have run again. */
export function readChecks(
  event: CrewEvent,
  { repository, headSha }: { readonly repository: Repository; readonly headSha: string },
  { reader, clock }: Reading,
): Promise<ChecksReading> {
  const isReport = event.kind === 'report' && event.headSha !== null;
  return patiently(
    () => reader.checksOf(repository, headSha),
    ({ checks, complete, runMissing }) =>
      !complete || (!runMissing && (!isReport || areShown(event, checks))),
    { looks: LAG_LOOKS_MAX, clock },
  );
}

export async function findRepeated(
  repository: Repository,
  checks: readonly HeadCheck[],
  store: OwnStore,
): Promise<ReadonlyMap<number, 'asked' | 'refused'>> {
  const runs = runsToRepeat(failedOf(checks));
  const repeated = new Map<number, 'asked' | 'refused'>();
  for (const { id } of runs) {
    const effect = await store.effects.byKey(rerunKey(repository.id, id));
    if (effect !== null) repeated.set(id, effect.state === 'failed' ? 'refused' : 'asked');
  }
  return repeated;
}

/** With the log of its job, or with what it says itself. */
export async function readFailures(
  repository: Repository,
  checks: readonly HeadCheck[],
  { reader, clock }: Reading,
): Promise<readonly FailedCheck[]> {
  const logOf = (jobId: number): Promise<string | null> =>
    patiently(
      () => reader.jobLog(repository, jobId),
      (log) => log !== null,
      { looks: LAG_LOOKS_MAX, clock },
    );
  return Promise.all(
    failedOf(checks)
      .slice(0, FAILURES_MAX)
      .map(async ({ name, conclusion, url, said, run }) => {
        const log = run === null ? null : await logOf(run.jobId);
        return { name, conclusion, url, log: log ?? said };
      }),
  );
}
