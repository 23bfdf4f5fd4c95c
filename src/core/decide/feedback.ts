/**
 * Words on a pull request of the crew's own, by people with write access and bots that are listed: they begin a round, or join
 * the one that runs. Those of one burst are one round, which waits a while before it starts. Pure.
 */
import type { Change } from '../change.ts';
import type { CommentEvent, ReviewEvent } from '../event.ts';
import { allows } from '../permissions.ts';
import type { Task } from '../records.ts';
import type { Feedback } from '../request-records.ts';
import { shorten } from '../shorten.ts';
import { decided, type Facts, has, needs, type Verdict } from './facts.ts';
import { NEEDS_HUMAN, type OwnPull, openRound } from './own-pulls.ts';
import { decideSpeech, isSpeech, notePerson } from './persons.ts';
import { findingOf } from './replies.ts';
import { mark } from './requests.ts';
import { beginRound } from './rounds.ts';

/** Words that one round answers. */
const WORDS_MAX = 50;
const WORD_MAX_CHARS = 20_000;

type Spoken = CommentEvent | ReviewEvent;

export function decideFeedback(event: Spoken, facts: Facts, otherwise: string): Verdict {
  if (event.subject.kind !== 'pull_request') return decideSpeech(event, facts, otherwise);
  if (!has(facts, 'own')) return needs('own');
  const [pull] = facts.own;
  if (pull === undefined) return decideSpeech(event, facts, otherwise);
  const word = wordOf(event);
  if (word === null) return decideSpeech(event, facts, 'it asks for nothing in words');
  if (wasTaken(word, pull)) return decideSpeech(event, facts, 'these words were taken up before');
  const notBy = whyNotBy(event, facts);
  if (notBy !== null) return typeof notBy === 'string' ? decideSpeech(event, facts, notBy) : notBy;
  if (!has(facts, 'standing')) return needs('standing');
  if (!facts.standing.open) return decideSpeech(event, facts, 'the pull request is closed');
  const running = openRound(pull.tasks);
  if (running !== undefined) return join(event, facts, { pull, running, word });
  if (facts.standing.labels.includes(NEEDS_HUMAN)) {
    return decideSpeech(event, facts, `the pull request has the label ${NEEDS_HUMAN}`);
  }
  return begin(event, facts, pull, word);
}

/** Why nobody is answered who says it, or what has to be known for that; null where they are. A look-up that fails answers no. */
function whyNotBy({ sender }: Spoken, facts: Facts): string | Verdict | null {
  if (!has(facts, 'config')) return needs('config');
  const { config } = facts.config;
  if (!config.keep_green) return 'keep_green is off; `/crew fix` asks for a round';
  if (sender.isBot) {
    const isListed = config.bots.includes(sender.login);
    return isListed ? null : `${sender.login} is a bot that the configuration does not list`;
  }
  if (!has(facts, 'permission')) return needs('permission');
  return allows(facts.permission, 'write') ? null : `${sender.login} lacks write access`;
}

function join(
  event: Spoken,
  facts: Facts,
  { pull, running, word }: { readonly pull: OwnPull; readonly running: Task; readonly word: Feedback },
): Verdict {
  const { request } = running;
  if (request.kind === 'fix' && request.feedback.length >= WORDS_MAX) {
    return decideSpeech(event, facts, `the round that runs answers ${WORDS_MAX} words, which is all`);
  }
  const add: Change = { kind: 'add_feedback', taskId: running.id, feedback: [word] };
  const actor = event.sender.login;
  const reason = `${actor} spoke: task ${running.id} answers it`;
  return taken(event, facts, pull, (first) =>
    decided({ decided: 'change', reason, actor, changes: [...first, add] }),
  );
}

function begin(event: Spoken, facts: Facts, pull: OwnPull, word: Feedback): Verdict {
  if (!has(facts, 'grounds', 'config')) return needs('grounds', 'config');
  const ground = facts.grounds.get(pull.number);
  if (ground === undefined) return decideSpeech(event, facts, 'the pull request is not there any more');
  const { repository, sender } = event;
  const requestKey = `fix:${repository.id}:${pull.number}:${word.on}:${word.id}`;
  const round = {
    repository,
    pull,
    ground,
    config: facts.config,
    requestKey,
    requester: sender.login,
    cause: { kind: 'feedback' } as const,
    feedback: [word],
  };
  return taken(event, facts, pull, (first) =>
    decided(
      beginRound(round, {
        reason: `${sender.login} spoke on pull request #${pull.number}`,
        actor: sender.login,
        first,
      }),
    ),
  );
}

/** With the sign that the words were seen; GitHub knows none for a review. */
function taken(
  event: Spoken,
  facts: Facts,
  { number }: OwnPull,
  decide: (first: readonly Change[]) => Verdict,
): Verdict {
  if (isSpeech(event) && !has(facts, 'watch')) return needs('watch');
  const spoke = isSpeech(event) && facts.watch !== undefined ? notePerson(event, facts.watch) : [];
  if (event.kind === 'review_submitted') return decide(spoke);
  const { repository, commentId, on } = event;
  const key = `feedback:${repository.id}:${number}:${on}:${commentId}`;
  return decide([...spoke, mark(repository, key, { on, commentId }, 'eyes')]);
}

function wasTaken(word: Feedback, { tasks }: OwnPull): boolean {
  return tasks.some(
    ({ request }) =>
      request.kind === 'fix' && request.feedback.some(({ on, id }) => on === word.on && id === word.id),
  );
}

/** Null for an approval, or any other review, without words. */
function wordOf(event: Spoken): Feedback | null {
  if (event.body.trim() === '') return null;
  const by = { author: event.sender.login, isBot: event.sender.isBot };
  const body = shorten(event.body, WORD_MAX_CHARS);
  if (event.kind === 'review_submitted') {
    const at = event.submittedAt;
    return { on: 'review', id: event.reviewId, rootId: null, ...by, body, path: null, line: null, at };
  }
  const { commentId: id, createdAt: at, path, line, inReplyTo } = event;
  if (event.on === 'issue_comment') {
    return { on: 'comment', id, rootId: null, ...by, body, path: null, line: null, at };
  }
  return { on: 'thread', id, rootId: inReplyTo ?? id, ...by, body, path, line, at };
}

/** Whether it goes on with the thread of a finding of ours: then whoever found it answers. Null while that is not known. */
export function isOnFinding(facts: Facts): boolean | null {
  if (facts.findings === undefined) return null;
  if (facts.findings.length === 0) return false;
  if (facts.root === undefined) return null;
  return findingOf(facts.root, facts.findings) !== undefined;
}
