/** GitHub's webhooks by the issue or pull request that they are about. */
import type { EventStage, SignedBody } from './event-stage.ts';

/** Oldest first: what was not taken before, of all or of one alone. Those about a repository have the number 0. */
export function takeBodies(
  stage: Pick<EventStage, 'bodies'>,
  taken: Set<SignedBody['body']>,
  only?: number,
): ReadonlyMap<number, readonly SignedBody[]> {
  const found = new Map<number, SignedBody[]>();
  for (const signed of stage.bodies()) {
    if (taken.has(signed.body)) continue;
    const { pull_request, issue } = JSON.parse(signed.body) as {
      readonly pull_request?: { readonly number: number };
      readonly issue?: { readonly number: number };
    };
    const number = pull_request?.number ?? issue?.number ?? 0;
    if (only !== undefined && only !== number) continue;
    taken.add(signed.body);
    found.set(number, [...(found.get(number) ?? []), signed]);
  }
  return found;
}
