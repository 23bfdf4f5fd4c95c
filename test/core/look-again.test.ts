import { describe, expect, it } from 'vitest';
import { branchToLookAt, lookAt } from '../../src/core/fix/look-again.ts';
import { parseEvent } from '../../src/core/parse-event.ts';
import type { Task, TaskState } from '../../src/core/records.ts';
import { fixTask, implementTask, recordsOf, repository, reviewTask } from '../support/records.ts';
import { pullSnapshot } from './decide-parts.ts';

const BRANCH = 'crew/12-favourites-first';
const reviewOf = (author: string, fromFork = false): Task =>
  reviewTask({ request: { pullRequest: { ...pullSnapshot, headRef: BRANCH, author, fromFork } } });

describe('a task that ends is followed by a look at its pull request', () => {
  it.each<[string, Task, TaskState, string | null]>([
    ['a round', fixTask(), 'done', BRANCH],
    ['a round that failed', fixTask(), 'failed', BRANCH],
    ['a round that was stopped', fixTask(), 'stopped', null],
    ['a round that ran out of money', fixTask(), 'over_budget', null],
    ['a review of what a bot opened, as the crew is one', reviewOf('crew[bot]'), 'done', BRANCH],
    ['a review of what a person opened', reviewOf('mona'), 'done', null],
    ['a review of a fork', reviewOf('crew[bot]', true), 'done', null],
    ['work that opened none', implementTask(), 'done', null],
  ])('%s', (_what, task, to, branch) => {
    expect(branchToLookAt(recordsOf(task), to)).toBe(branch);
  });
});

it('a look is read as a report on the head, whichever that is', () => {
  const { event, action, body } = lookAt(repository, BRANCH, 'look-1');

  expect(parseEvent(event, action, JSON.parse(body))).toMatchObject({
    kind: 'report',
    repository,
    headSha: null,
    headBranch: BRANCH,
  });
});
