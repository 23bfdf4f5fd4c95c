/** A pull request of the crew's own that can no longer be merged into its base is brought onto the base's newest commit. Pure. */
import type { Decision } from '../change.ts';
import type { PullRequestEvent, PushEvent, ReportEvent } from '../event.ts';
import { conflictStays } from '../messages/fix.ts';
import type { Repository, Task } from '../records.ts';
import { type Facts, has, ignored, needs, type Verdict } from './facts.ts';
import { handOver, type OwnPull, whyAtRest } from './own-pulls.ts';
import { beginRound } from './rounds.ts';

type MovingEvent = PushEvent | PullRequestEvent | ReportEvent;

export function decideConflicts(event: MovingEvent, facts: Facts): Verdict {
  if (event.kind === 'pushed' && event.headSha === null) return ignored('the branch was deleted');
  if (!has(facts, 'own')) return needs('own');
  if (facts.own.length === 0) return ignored('no pull request of the crew is concerned');
  if (!has(facts, 'config', 'states')) return needs('config', 'states');
  if (!facts.config.config.keep_green) return ignored('keep_green is off');
  const conflicting = facts.own.filter((pull) => conflicts(pull, facts.states));
  if (conflicting.length === 0) return ignored('no pull request of the crew conflicts with its base');
  if (!has(facts, 'grounds')) return needs('grounds');
  const decisions = conflicting.flatMap((pull) => begun(event, pull, facts));
  if (decisions.length === 0) return ignored('the conflicts had their rounds');
  return { kind: 'decided', decisions };
}

function conflicts(pull: OwnPull, states: NonNullable<Facts['states']>): boolean {
  const state = states.get(pull.number);
  return state !== undefined && state.mergeable === false && whyAtRest(pull, state) === null;
}

/** One for each pair of head and base, however often either is told. */
function begun(
  { repository }: MovingEvent,
  pull: OwnPull,
  facts: Facts & Required<Pick<Facts, 'config' | 'grounds'>>,
): readonly Decision[] {
  const ground = facts.grounds.get(pull.number);
  if (ground === undefined) return [];
  const { pullRequest, baseHead: ontoSha } = ground;
  const { headSha, baseRef } = pullRequest;
  const failed = pull.tasks.find((task) => failedOn(task, headSha));
  if (failed !== undefined) return [handedOver(repository, pull, headSha, failed)];
  const requestKey = `fix:${repository.id}:${pull.number}:conflict:${headSha}:${ontoSha}`;
  if (pull.tasks.some((task) => task.requestKey === requestKey)) return [];
  const cause = { kind: 'conflict', ontoSha } as const;
  const { requester } = pull;
  const round = { repository, pull, ground, requestKey, requester, cause, feedback: [] };
  const reason = `pull request #${pull.number} conflicts with ${baseRef} at ${ontoSha.slice(0, 7)}`;
  return [beginRound({ ...round, config: facts.config }, { reason, actor: 'system' })];
}

/** What cannot be made anew upon one commit of the base, for somebody else's commit in it, cannot be upon the next. */
function failedOn({ state, request }: Task, headSha: string): boolean {
  if (request.kind !== 'fix' || request.cause.kind !== 'conflict') return false;
  return state === 'failed' && request.pullRequest.headSha === headSha;
}

function handedOver(repository: Repository, pull: OwnPull, headSha: string, { reason }: Task): Decision {
  const why = conflictStays(reason ?? '');
  const changes = handOver(repository, pull, headSha, why);
  const said = `pull request #${pull.number} could not be brought onto its base`;
  return { decided: 'change', reason: said, actor: 'system', changes };
}
