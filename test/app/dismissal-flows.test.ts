import { randomUUID } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { repoName } from '../github/local-github.ts';
import { openPull } from './publisher-kinds.ts';
import { publishingFlows } from './publishing-flows.ts';

const flows = publishingFlows();
const { plan, settle, dieAfterSending } = flows;

type Opened = Awaited<ReturnType<typeof openPull>>;

async function requestChanges({ number, headSha }: Opened): Promise<string> {
  const key = `review:${randomUUID()}`;
  const said = { body: 'One finding.', comments: [] };
  await settle(await plan({ kind: 'review', number, headSha, event: 'REQUEST_CHANGES', ...said }, key));
  return key;
}

const dismissal = ({ number }: Opened, reviews: readonly string[]) =>
  plan({ kind: 'dismiss_review', number, reviews, message: 'Nothing calls for changes any more.' });

async function states({ number }: Opened): Promise<readonly string[]> {
  const { reviews } = await flows.local.github.snapshot(repoName);
  return reviews.filter((one) => one.number === number).map(({ state }) => state);
}

describe('dismissing reviews on GitHub', () => {
  it('ends the block of those that are named, and of no later one', async () => {
    const opened = await openPull(flows.local);
    const earlier = [await requestChanges(opened), await requestChanges(opened)];
    await requestChanges(opened);

    const settled = await settle(await dismissal(opened, earlier));

    expect(settled).toMatchObject({ state: 'done', outcome: { url: expect.any(String) } });
    expect(settled.outcome?.left).toBeUndefined();
    expect(await states(opened)).toEqual(['DISMISSED', 'DISMISSED', 'CHANGES_REQUESTED']);
  });

  it.each(['lost-answer', 'error'] as const)('is tried again until it stands: %s', async (kind) => {
    const opened = await openPull(flows.local);
    const effect = await dismissal(opened, [await requestChanges(opened)]);
    flows.local.github.setFaults([{ kind, method: 'PUT', path: 'dismissals$', times: 1 }]);

    const settled = await settle(effect);

    expect(settled).toMatchObject({ state: 'done', attempts: 2 });
    expect(await states(opened)).toEqual(['DISMISSED']);
  });

  it('by a process that died is found done by the next', async () => {
    const opened = await openPull(flows.local);
    const effect = await dismissal(opened, [await requestChanges(opened)]);
    await dieAfterSending(effect);

    expect((await settle(effect)).outcome).toMatchObject({
      left: 'none of its reviews requests changes or approves',
    });
    expect(await states(opened)).toEqual(['DISMISSED']);
  });
});
