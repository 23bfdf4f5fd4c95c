/** Speaks as our own App, with a token of its installation, as somebody would who has got hold of one. */
import { expect } from 'vitest';
import type { EventStage } from './event-stage.ts';

/** Answers the comment's id. */
export async function asApp(
  { github }: Pick<EventStage, 'github'>,
  repository: string,
  number: number,
  body: string,
): Promise<number> {
  const { repo } = await github.snapshot(repository);
  const found = github
    .tokens()
    .findLast(({ permissions, repoIds }) => permissions.issues === 'write' && repoIds?.includes(repo.id));
  const token = found?.token ?? '';
  const answer = await fetch(`${github.apiUrl}/repos/${repository}/issues/${number}/comments`, {
    method: 'POST',
    headers: { authorization: `token ${token}`, 'content-type': 'application/json' },
    body: JSON.stringify({ body }),
  });
  expect(answer.status).toBe(201);
  return ((await answer.json()) as { readonly id: number }).id;
}
