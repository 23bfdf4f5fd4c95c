/** What GitHub is told when a round on a pull request is complete: the push, then answers that name its commit. Pure. */
import { NEEDS_HUMAN } from './decide/own-pulls.ts';
import type { NewEffect } from './effect-ports.ts';
import { isByBot } from './fix/rounds.ts';
import { answered, answersOf } from './fix/words.ts';
import {
  type Answered,
  conversationAnswer,
  needsHumanComment,
  roundWithoutChange,
  threadAnswer,
} from './messages/fix.ts';
import type { Checks } from './next-steps/checked.ts';
import { effectOf } from './outcome-effects.ts';
import type { FixRequest } from './request-records.ts';
import type { TaskRecords } from './store-ports.ts';

export function pushOf(
  records: TaskRecords,
  { pullRequest, cause, config }: FixRequest,
  { headSha, treeSha }: Checks,
): NewEffect {
  const rebase = cause.kind === 'conflict';
  return {
    ...effectOf(records, `branch:${records.task.id}:${headSha}`),
    action: {
      kind: 'push_branch',
      branch: pullRequest.headRef,
      baseSha: rebase ? cause.ontoSha : pullRequest.headSha,
      treeSha,
      how: config.commits,
      onto: pullRequest.headSha,
      force: rebase,
    },
  };
}

/** `sha`: what was pushed; null: nothing. A round that nobody asked for and that changed nothing leaves the rest to a person. */
export function fixEffects(
  records: TaskRecords,
  request: FixRequest,
  sha: string | null,
): readonly NewEffect[] {
  const all = answered(request, answersOf(records));
  const threads = Map.groupBy(
    all.filter(({ word }) => word.on === 'thread'),
    ({ word }) => word.rootId ?? word.id,
  );
  return [
    ...[...threads].flatMap(([rootId, words]) => threadEffects(records, { rootId, words, sha })),
    ...conversationEffects(
      records,
      all.filter(({ word }) => word.on !== 'thread'),
      sha,
    ),
    ...(sha === null && isByBot(request) ? handedOver(records) : []),
  ];
}

interface Thread {
  readonly rootId: number;
  readonly words: readonly Answered[];
  readonly sha: string | null;
}

/** Resolved where all that was asked in it is done, and left to the person where something is not. */
function threadEffects(records: TaskRecords, { rootId, words, sha }: Thread): readonly NewEffect[] {
  const { id, subject } = records.task;
  const { number } = subject;
  const reply = effectOf(records, `fix-reply:${id}:${rootId}`);
  const body = threadAnswer(words, roleOf(records), sha);
  const answer: NewEffect = {
    ...reply,
    action: { kind: 'thread_reply', number, commentId: rootId, body },
  };
  if (!words.every(({ done }) => done)) return [answer];
  const resolve: NewEffect = {
    ...effectOf(records, `fix-resolve:${id}:${rootId}`),
    after: reply.key,
    action: { kind: 'resolve_answered', number, commentId: rootId },
  };
  return [answer, resolve];
}

function conversationEffects(
  records: TaskRecords,
  words: readonly Answered[],
  sha: string | null,
): readonly NewEffect[] {
  if (words.length === 0) return [];
  const body = conversationAnswer(words, roleOf(records), sha);
  const { id, subject } = records.task;
  return [
    {
      ...effectOf(records, `fix-answer:${id}`),
      action: { kind: 'comment', number: subject.number, body },
    },
  ];
}

function handedOver(records: TaskRecords): readonly NewEffect[] {
  const { id, subject } = records.task;
  const { number } = subject;
  return [
    {
      ...effectOf(records, `fix-needs-human:${id}`),
      action: { kind: 'add_labels', number, labels: [NEEDS_HUMAN] },
    },
    {
      ...effectOf(records, `fix-needs-human-why:${id}`),
      action: { kind: 'comment', number, body: needsHumanComment(roundWithoutChange) },
    },
  ];
}

function roleOf({ subtasks }: TaskRecords): string {
  return subtasks.find(({ kind }) => kind === 'work')?.role ?? 'crew';
}
