/** A person who speaks on a pull request ends the counting of pushes, and a pause that came of it. Pure. */
import type { Change } from '../change.ts';
import type { CommentEvent, CrewEvent, ReviewEvent } from '../event.ts';
import type { Watch } from '../review/review-records.ts';
import { decided, type Facts, has, ignored, needs, type Verdict } from './facts.ts';

/** Whether the event is a person's word on a pull request; an edit is none. */
export function isSpeech(event: CrewEvent): event is CommentEvent | ReviewEvent {
  if (event.kind === 'review_submitted') return !event.sender.isBot;
  if (event.kind !== 'comment' || event.subject.kind !== 'pull_request') return false;
  return event.action === 'created' && !event.sender.isBot;
}

/** Nothing where nothing was counted. */
export function notePerson(event: CommentEvent | ReviewEvent, watch: Watch): readonly Change[] {
  if (watch.pushedHeads.length === 0 && watch.paused !== 'automatic') return [];
  const of = { repositoryId: event.repository.id, number: event.subject.number };
  return [{ kind: 'note_person', of }];
}

/** Of words that ask for nothing; `otherwise` says why. */
export function decideSpeech(event: CommentEvent | ReviewEvent, facts: Facts, otherwise: string): Verdict {
  if (!isSpeech(event)) return ignored(otherwise);
  if (!has(facts, 'watch')) return needs('watch');
  const changes = notePerson(event, facts.watch);
  if (changes.length === 0) return ignored(otherwise);
  const actor = event.sender.login;
  const reason = `${actor} spoke: pushes are counted from here on`;
  return decided({ decided: 'change', reason, actor, changes });
}
