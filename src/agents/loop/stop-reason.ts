// What a finished reply means for the run. Only `end_turn` is an answer; the SDK's tool runner would take any other
// end for one.
import type { BetaMessage } from '@anthropic-ai/sdk/resources/beta';
import type { FailureCause } from '../../core/result-records.ts';

export type Stop =
  | { readonly kind: 'answer' }
  | { readonly kind: 'tools' }
  /** The API paused a long turn: the same conversation is sent again. */
  | { readonly kind: 'resume' }
  | { readonly kind: 'failed'; readonly cause: FailureCause; readonly message: string };

export function judgeStop(message: BetaMessage, maxOutputTokens: number): Stop {
  switch (message.stop_reason) {
    case 'end_turn':
      return { kind: 'answer' };
    case 'tool_use':
      return { kind: 'tools' };
    case 'pause_turn':
      return { kind: 'resume' };
    case 'max_tokens': {
      const limit = maxOutputTokens.toLocaleString('en-US');
      return failed('model_truncated', `The model's reply was cut off at the limit of ${limit} tokens.`);
    }
    case 'model_context_window_exceeded':
      return failed(
        'model_truncated',
        "The model's reply was cut off: the conversation fills its context window.",
      );
    case 'refusal':
      return failed('model_refused', `The model refused to go on${refusalDetails(message)}.`);
    default:
      return failed(
        'invalid_answer',
        `The model stopped for a reason that is not known: ${message.stop_reason}.`,
      );
  }
}

function failed(cause: FailureCause, message: string): Stop {
  return { kind: 'failed', cause, message };
}

function refusalDetails({ stop_details }: BetaMessage): string {
  const category = stop_details?.type === 'refusal' ? stop_details.category : null;
  return category === null ? '' : ` (${category})`;
}
