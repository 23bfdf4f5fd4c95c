import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { Task } from '../../src/core/records.ts';
import { trackedFinding } from '../support/records.ts';
import { webhookExample } from '../support/webhook-examples.ts';
import { REPOSITORY } from './conversation.ts';
import { type Intake, startIntake } from './intake-parts.ts';

const person = { login: 'mona', type: 'User' };
let intake: Intake;
let number = 900;

beforeAll(async () => {
  intake = await startIntake();
});
afterAll(() => intake.close());
beforeEach(() => {
  number += 1;
});

const of = () => ({ repositoryId: REPOSITORY, number });
const tasks = () => intake.store.tasks.onSubject(REPOSITORY, number);

function pushed(headSha: string, before: string): Promise<string> {
  intake.github.pullRequest = { headSha };
  const example = webhookExample('pull_request', 'opened');
  const pull = { ...(example.pull_request as object), number, head: { sha: headSha } };
  const payload = { ...example, action: 'synchronize', number, pull_request: pull, sender: person, before };
  return intake.deliver('pull_request', payload);
}

/** As sent to GitHub, with these findings as comments. */
async function publishReview({ id, repository, subject }: Task, commented: readonly string[]): Promise<void> {
  const said = { headSha: '1'.repeat(40), event: 'COMMENT', body: '', comments: [] } as const;
  const action = { kind: 'review', number: subject.number, ...said } as const;
  const [planned] = await intake.store.effects.plan([
    { key: `review:${id}`, taskId: id, repository, action },
  ]);
  const claimed = await intake.store.effects.claim(planned?.id ?? '', 'test', 60_000);
  if (claimed === null) throw new Error('the review cannot be claimed');
  const outcome = { url: null, externalId: 21, commented };
  await intake.store.effects.done(claimed.effect.id, claimed.token, claimed.effect.revision, outcome);
}

describe('a pull request', () => {
  it('pushed back to a head that was reviewed before another is reviewed again, once', async () => {
    const [first, second] = ['1'.repeat(40), '2'.repeat(40)];
    const done = async () => {
      const [newest] = await tasks();
      await intake.store.tasks.move(newest?.id ?? '', 'done', { reason: null, actor: 'system' });
      return newest?.id ?? '';
    };
    await pushed(first, '0'.repeat(40));
    await done();
    await pushed(second, first);
    const between = await done();

    await pushed(first, second);
    await pushed(first, second);
    const again = await tasks();
    await done();
    await pushed(first, second);

    expect(await tasks()).toHaveLength(3);
    expect(again).toMatchObject([
      { state: 'queued', request: { pullRequest: { headSha: first }, since: { taskId: between } } },
      { request: { pullRequest: { headSha: second } } },
      { request: { pullRequest: { headSha: first } } },
    ]);
  });

  it('whose finding’s comment was deleted has that finding dismissed with the next push', async () => {
    await pushed('1'.repeat(40), '0'.repeat(40));
    const [review] = await tasks();
    if (review === undefined) throw new Error('there is no review');
    const finding = trackedFinding({ ...of(), taskId: review.id });
    await intake.store.findings.raise([finding], 'crew:backend');
    await publishReview(review, [finding.fingerprint]);
    await intake.store.tasks.move(review.id, 'done', { reason: null, actor: 'system' });
    intake.advance(61_000);

    await pushed('2'.repeat(40), '1'.repeat(40));

    expect(await intake.store.findings.ofPull(of())).toMatchObject([
      { state: 'dismissed', settledBy: 'system', reason: 'Its comment was deleted.' },
    ]);
    const learned = await intake.store.memories.list(REPOSITORY, 100);
    expect(learned.filter(({ evidence }) => evidence.number === number)).toEqual([]);
  });
});
