/** A round on a pull request of the crew's own, as changes: begun, or handed over to a person where there were enough. Pure. */

import type { Change, Decision } from '../change.ts';
import { whyNoRound } from '../fix/rounds.ts';
import type { Repository } from '../records.ts';
import type { ParsedConfig } from '../repo-config.ts';
import { toTaskConfig } from '../repo-config.ts';
import type { Feedback, FixCause, FixRequest } from '../request-records.ts';
import { handOver, type OwnPull, type RoundGround } from './own-pulls.ts';
import { createTask } from './requests.ts';

export interface Round {
  readonly repository: Repository;
  readonly pull: OwnPull;
  readonly ground: RoundGround;
  readonly config: ParsedConfig;
  readonly requestKey: string;
  /** Login; for a round that nobody asked for, of whoever asked for the pull request. */
  readonly requester: string;
  readonly cause: FixCause;
  readonly feedback: readonly Feedback[];
}

export function fixTask(round: Round): readonly Change[] {
  const { repository, pull, ground, config, requestKey, requester, cause, feedback } = round;
  const request: FixRequest = {
    kind: 'fix',
    pullRequest: ground.pullRequest,
    openedBy: pull.openedBy,
    cause,
    feedback,
    paths: ground.paths,
    config: toTaskConfig(config.config),
  };
  const subject = { kind: 'pull_request', number: pull.number } as const;
  return createTask({ repository, requestKey, requester, config }, { kind: 'fix', subject, request });
}

/** `first` stands in either case. */
export function beginRound(
  round: Round,
  why: { readonly reason: string; readonly actor: string; readonly first?: readonly Change[] },
): Decision {
  const { repository, pull, ground } = round;
  const { reason, actor, first = [] } = why;
  const enough = whyNoRound(round, pull.tasks);
  if (enough === null) {
    return { decided: 'task', reason, actor, changes: [...first, ...fixTask(round)] };
  }
  const { headSha } = ground.pullRequest;
  const changes = [...first, ...handOver(repository, pull, headSha, enough)];
  return { decided: 'change', reason: `${reason}; a person has to look: ${enough}`, actor, changes };
}
