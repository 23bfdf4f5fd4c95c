/** The contract of a handler: one file in `handlers/`, which exports `handler`. */
import type { EmitterWebhookEventName } from '@octokit/webhooks';
import type { Decision } from '../../core/change.ts';
import type { CrewEvent } from '../../core/event.ts';
import type { Desk } from '../ingest/desk.ts';

export interface Handler {
  readonly on: readonly EmitterWebhookEventName[];
  /** Answers at least one decision, each with its reason. Throws what `errors.ts` names. */
  handle(event: CrewEvent, desk: Desk): Promise<readonly Decision[]>;
}
