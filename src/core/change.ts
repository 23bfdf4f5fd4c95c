/**
 * What a decision may change, as data. Intake and commands answer with these; one place (`app/apply-changes.ts`)
 * carries them out in the transaction that marks the delivery handled.
 */

import type { NewEffect } from './effect-ports.ts';
import type { NewMemory, PullRequestKey } from './memory-ports.ts';
import type { Repository } from './records.ts';
import type { Feedback, ImplementRequest } from './request-records.ts';
import type { TrackedState } from './review/review-records.ts';
import type { NewTask } from './store-ports.ts';

/** `taskId` is the request key of a task that an earlier change of the same delivery creates: it has no id yet. */
export type Change =
  | { readonly kind: 'create_task'; readonly task: NewTask }
  | { readonly kind: 'stop_task'; readonly taskId: string; readonly reason: string }
  /** `from`: this subtask and all that builds on it are done anew, too. */
  | {
      readonly kind: 'reopen_task';
      readonly taskId: string;
      readonly budgetUsd?: number;
      /** The repository's limit of a month as it is now; left out: as it was when the task was asked for. */
      readonly monthUsd?: number | null;
      readonly from?: string;
    }
  | { readonly kind: 'approve_plan'; readonly taskId: string; readonly hash: string }
  /** A plan that waits, or a question, is answered: the Strategist plans anew, upon what GitHub tells now. */
  | {
      readonly kind: 'revise_plan';
      readonly taskId: string;
      readonly note: string;
      readonly request: ImplementRequest;
    }
  /** Further words join a round that runs. */
  | { readonly kind: 'add_feedback'; readonly taskId: string; readonly feedback: readonly Feedback[] }
  | { readonly kind: 'set_budget'; readonly taskId: string; readonly budgetUsd: number }
  /** `to`: a role; left out, everybody on the task. */
  | { readonly kind: 'send_message'; readonly taskId: string; readonly body: string; readonly to?: string }
  | { readonly kind: 'plan_effect'; readonly effect: NewEffect }
  | { readonly kind: 'save_repository'; readonly repository: Repository }
  | { readonly kind: 'remove_repository'; readonly repositoryId: number }
  /** `open` takes a settling back. Nothing happens to a finding that is not tracked. */
  | {
      readonly kind: 'settle_finding';
      readonly of: PullRequestKey;
      readonly fingerprint: string;
      readonly state: TrackedState;
      /** Login of whose doing it is; left out: the decision's actor. */
      readonly by?: string;
      readonly reason: string;
    }
  | { readonly kind: 'pause_reviews'; readonly of: PullRequestKey; readonly why: 'asked' | 'automatic' }
  | { readonly kind: 'resume_reviews'; readonly of: PullRequestKey }
  /** Counted once a head, until a person speaks. */
  | { readonly kind: 'note_push'; readonly of: PullRequestKey; readonly headSha: string }
  | { readonly kind: 'note_person'; readonly of: PullRequestKey }
  /** The actor asked for something there. */
  | { readonly kind: 'note_ask'; readonly of: PullRequestKey }
  | { readonly kind: 'remember'; readonly memory: NewMemory }
  | { readonly kind: 'forget_memory'; readonly repositoryId: number; readonly memoryId: string };

/** A decision: what to change and why; an empty `changes` is an ignored event. `actor` is a login or `system`. */
export interface Decision {
  readonly decided: 'task' | 'command' | 'change' | 'ignored';
  readonly reason: string;
  readonly actor: string;
  /** When that happened which is decided on, by GitHub's clock; left out where nobody tells. */
  readonly at?: string;
  readonly changes: readonly Change[];
}
