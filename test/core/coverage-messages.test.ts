import { expect, it } from 'vitest';
import { reviewBody } from '../../src/core/messages/review-body.ts';
import { reviewCheck } from '../../src/core/messages/review-check.ts';
import { assembledOf } from '../../src/core/review/review-assembly.ts';
import { pullRequest } from '../support/records.ts';
import { fault, reviewRecords } from './review-parts.ts';

it('tells in the body and in the check which linked issues were not read, and why', () => {
  const told =
    'Not read of the issues that this closes: #3, #9. Somebody without write access wrote or changed it after the review was asked for.';
  const of = (change: object) =>
    reviewRecords({
      reviews: { backend: [fault('Token is written to the log', 10)] },
      request: { pullRequest: { ...pullRequest, ...change } },
    });
  const records = of({ issuesLeftOut: [3, 9] });
  const without = of({});

  expect(reviewBody(records, assembledOf(records))).toContain(told);
  const done = { ...records, task: { ...records.task, state: 'done' } } as const;
  expect(reviewCheck(done, pullRequest.headSha)).toMatchObject({ summary: expect.stringContaining(told) });
  expect(reviewBody(without, assembledOf(without))).not.toContain('Not read of');
});
