/** One review of a local range, from the request to the end of its task. */
import type { Foundation } from '../foundation.ts';
import { LOCAL_DEFAULT_BRANCH } from './clone-staging.ts';
import { type LocalTaskEnd, runLocalTask } from './local-task.ts';
import { LOCAL_NUMBER, type LocalRange } from './read-range.ts';

export interface LocalReviewWanted {
  /** Its folder stays in place for as long as the review takes. */
  readonly range: LocalRange;
  /** Aborted: the wait is given up with its reason; `LocalCrew.close` ends the work. */
  readonly signal: AbortSignal;
  /** Told what is wrong in `.github/crew.yml`, a line each, before the review begins. */
  readonly onProblem: (problem: string) => void;
}

interface Placed extends LocalReviewWanted {
  readonly id: number;
}

export async function reviewRange(
  foundation: Foundation,
  roles: readonly string[],
  { id, range, signal, onProblem }: Placed,
): Promise<LocalTaskEnd> {
  const { config: local, name, pullRequest } = range;
  return runLocalTask(foundation, roles, {
    id,
    name,
    defaultBranch: LOCAL_DEFAULT_BRANCH,
    config: local,
    onProblem,
    signal,
    request: (config) => ({
      kind: 'review',
      subject: { kind: 'pull_request', number: LOCAL_NUMBER },
      requestKey: `review:${id}:${LOCAL_NUMBER}:${pullRequest.headSha}`,
      request: { kind: 'review', pullRequest, since: null, config },
    }),
  });
}
