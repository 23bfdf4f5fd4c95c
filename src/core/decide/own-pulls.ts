/** Pull requests of the crew's own, as decisions on what happens to them see them. Pure. */
import type { Change } from '../change.ts';
import type { CrewEvent } from '../event.ts';
import type { PullState } from '../github-ports.ts';
import { needsHumanComment } from '../messages/fix.ts';
import type { Repository, Task } from '../records.ts';
import type { PullRequestSnapshot } from '../request-records.ts';
import { comment, isOpen } from './requests.ts';

export const NEEDS_HUMAN = 'crew:needs-human';
/** Own pull requests that one event is held against, newest first. */
export const OWN_PULLS_MAX = 20;

/** One that an effect of ours opened. */
export interface OwnPull {
  readonly number: number;
  readonly branch: string;
  readonly base: string;
  /** The task that opened it, and who asked for that. */
  readonly openedBy: string;
  readonly requester: string;
  /** When they did, ISO 8601. */
  readonly askedAt: string;
  /** On it, newest first. */
  readonly tasks: readonly Task[];
}

/** What a round is begun upon, read where one is due. */
export interface RoundGround {
  readonly pullRequest: PullRequestSnapshot;
  readonly paths: readonly string[];
  /** Newest commit of its base branch. */
  readonly baseHead: string;
}

/** Whether an event may concern this one of the repository's own pull requests, as far as the event tells. */
export function concerns(event: CrewEvent, pull: Pick<OwnPull, 'number' | 'branch' | 'base'>): boolean {
  switch (event.kind) {
    case 'report':
      return event.headBranch === pull.branch;
    case 'pushed':
      return event.branch === pull.base;
    case 'pull_request_changed':
      return event.pullRequest.number === pull.number;
    case 'comment':
    case 'review_submitted':
      return event.subject.number === pull.number;
    default:
      return false;
  }
}

/** Why no round is begun by itself on it as it stands, in words that follow its number; null when one may be. */
export function whyAtRest(pull: OwnPull, state: Pick<PullState, 'open' | 'labels'>): string | null {
  if (!state.open) return 'is closed';
  if (state.labels.includes(NEEDS_HUMAN)) return `has the label ${NEEDS_HUMAN}`;
  const running = openRound(pull.tasks);
  return running === undefined ? null : `has a round that runs (task ${running.id})`;
}

export function openRound(tasks: readonly Task[]): Task | undefined {
  return tasks.find((task) => task.kind === 'fix' && isOpen(task));
}

/** The label once for each head, and why once for what was done so far: others push, and speak, until the label stands there. */
export function handOver(
  repository: Repository,
  { number, tasks, openedBy }: OwnPull,
  headSha: string,
  why: string,
): readonly Change[] {
  const key = `needs-human:${repository.id}:${number}`;
  const newest = tasks[0]?.id ?? openedBy;
  const action = { kind: 'add_labels', number, labels: [NEEDS_HUMAN] } as const;
  return [
    { kind: 'plan_effect', effect: { key: `${key}:${headSha}`, taskId: null, repository, action } },
    comment(repository, `${key}:${newest}:why`, number, needsHumanComment(why)),
  ];
}
