/** What is decided about a delivery that cannot be handled: the reason, and a comment for whoever asked for something. Pure. */
import type { Decision } from '../../core/change.ts';
import { newCommands } from '../../core/command-line.ts';
import { comment } from '../../core/decide/requests.ts';
import { digest } from '../../core/digest.ts';
import type { UserError } from '../../core/errors.ts';
import { type CrewEvent, repositoryOf, subjectOf } from '../../core/event.ts';
import { commandFailed, deliveryGivenUp } from '../../core/messages/commands.ts';
import { parseEvent } from '../../core/parse-event.ts';
import type { Delivery } from '../../core/records.ts';

/** A person can mend it. */
export function refusalOf(delivery: Delivery, error: UserError): Decision {
  return answer(delivery, 'refusal', error.message, commandFailed(error.message));
}

/** It was tried for as long as that has any use. */
export function givenUpOf(delivery: Delivery, cause: string): Decision {
  const reason = `given up after ${delivery.attempts} attempts: ${cause}`;
  return answer(delivery, 'given-up', reason, deliveryGivenUp(cause));
}

function answer(delivery: Delivery, why: string, reason: string, body: string): Decision {
  const event = parseEvent(delivery.event, delivery.action, delivery.payload);
  const decision = { decided: 'ignored', reason, actor: 'system' } as const;
  const repository = repositoryOf(event);
  const subject = subjectOf(event);
  if (repository === null || subject === null || !asksForWork(event)) return { ...decision, changes: [] };
  const key = `${why}:${repository.id}:${subject.number}:${requestOf(event, delivery)}:${digest(body)}`;
  return { ...decision, changes: [comment(repository, key, subject.number, body)] };
}

/** Each request is answered for itself, and its replay under another GUID is not answered again where that can be told. */
function requestOf(event: CrewEvent, delivery: Delivery): string {
  return event.kind === 'comment' ? `comment-${event.commentId}` : delivery.guid;
}

/** Other events than these ask for nothing, so nobody waits for an answer. */
function asksForWork(event: CrewEvent): boolean {
  switch (event.kind) {
    case 'comment':
      return newCommands(event.before, event.body).length > 0;
    case 'issue_labelled':
    case 'issue_unlabelled':
    case 'pull_request_labelled':
      return /^crew(?::|$)/.test(event.label);
    case 'pull_request_changed':
      return event.action !== 'closed' && event.action !== 'unlabelled';
    default:
      return false;
  }
}
