import { describe, expect, it } from 'vitest';
import { asTriggered } from '../../src/app/ingest/as-triggered.ts';
import type { CrewEvent } from '../../src/core/event.ts';
import type { GitHubReader } from '../../src/core/github-ports.ts';
import { parseEvent } from '../../src/core/parse-event.ts';
import { pullRequest, repository } from '../support/records.ts';

const LATER = { title: 'Changed later', body: 'Changed later. Closes #9.' };
const [EARLIER, AT] = ['2026-01-01T09:00:00Z', '2026-01-01T10:00:00Z'] as const;
const linked = (number: number) => ({ number, title: 't', body: 'b', author: 'a', authorIsWriter: false });
const pull = { ...pullRequest, ...LATER, number: 7, linkedIssues: [linked(3), linked(9)] };
const reader = { issue: async () => pull, pullRequest: async () => pull } as unknown as GitHubReader;

const payloadOf = (more: object) => ({
  repository: {
    id: repository.id,
    name: repository.name,
    owner: { login: repository.owner },
    private: false,
    default_branch: 'main',
  },
  installation: { id: 2 },
  sender: { login: 'mona' },
  ...more,
});
const text = { title: 'As it was', body: 'As it was. Closes #3.' };
const pullPayload = {
  number: 7,
  state: 'open',
  user: { login: 'x' },
  updated_at: '',
  head: { sha: 's' },
  base: { ref: 'main' },
  ...text,
};
const comment = { id: 1, body: 'please', user: { login: 'mona' }, created_at: '' };

describe('what an issue or a pull request says', () => {
  it.each([
    ['issues', { action: 'labeled', issue: { ...text, number: 7, updated_at: '' }, label: { name: 'crew' } }],
    ['issue_comment', { action: 'created', issue: { ...text, number: 7, updated_at: '' }, comment }],
    ['pull_request', { action: 'opened', pull_request: pullPayload }],
    ['pull_request', { action: 'labeled', pull_request: pullPayload, label: { name: 'crew:review' } }],
    [
      'pull_request_review',
      { action: 'submitted', pull_request: pullPayload, review: { id: 1, body: 'x', submitted_at: '' } },
    ],
    ['pull_request_review_comment', { action: 'created', pull_request: pullPayload, comment }],
  ])('is what it said at %s, with the issues that it named then', async (name, more) => {
    const event: CrewEvent = parseEvent(name, more.action, payloadOf(more));

    const then = asTriggered(reader, event);

    expect(await then.issue(repository, 7)).toMatchObject(text);
    const read = await then.pullRequest(repository, 7);
    expect(read).toMatchObject(text);
    expect(read.linkedIssues.map(({ number }) => number)).toEqual([3]);
  });

  it.each([
    [
      'issue_comment',
      {
        action: 'created',
        issue: { ...text, number: 7, updated_at: '' },
        comment: { ...comment, created_at: AT },
      },
      undefined,
      AT,
    ],
    ['pull_request', { action: 'opened', pull_request: { ...pullPayload, updated_at: AT } }, undefined, AT],
    [
      'pull_request_review',
      { action: 'submitted', pull_request: pullPayload, review: { id: 1, body: 'x', submitted_at: AT } },
      undefined,
      AT,
    ],
    // Of a round, what began the work counts.
    [
      'pull_request',
      { action: 'opened', pull_request: { ...pullPayload, updated_at: AT } },
      EARLIER,
      EARLIER,
    ],
    ['pull_request', { action: 'opened', pull_request: pullPayload }, undefined, null],
    ['push', { ref: 'refs/heads/main', before: 'a', after: 'b', deleted: false }, undefined, null],
  ])('comes with issues as they stood at the time of %s', async (name, more, askedAt, expected) => {
    const told: (string | null | undefined)[] = [];
    const left = {
      ...pull,
      linkedIssues: [],
      issuesLeftOut: [3, 9],
    };
    const asking = {
      pullRequest: async (_repository: unknown, _number: unknown, time?: string | null) => {
        told.push(time);
        return left;
      },
    } as unknown as GitHubReader;
    const action = 'action' in more ? more.action : null;

    const then = asTriggered(asking, parseEvent(name, action, payloadOf(more)));
    const read = await then.pullRequest(repository, 7, askedAt);

    expect(told).toEqual([expected]);
    expect(read.issuesLeftOut).toEqual(name === 'push' ? [3, 9] : [3]);
  });

  it('is read where the event tells of another, or of none', async () => {
    const event = parseEvent(
      'issues',
      'labeled',
      payloadOf({
        action: 'labeled',
        issue: { ...text, number: 8, updated_at: '' },
        label: { name: 'crew' },
      }),
    );

    expect(await asTriggered(reader, event).issue(repository, 7)).toMatchObject(LATER);
    expect(await asTriggered(reader, parseEvent('ping', null, {})).pullRequest(repository, 7)).toBe(pull);
  });
});
