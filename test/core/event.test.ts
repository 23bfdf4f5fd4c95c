import { describe, expect, it } from 'vitest';
import type { CrewEvent } from '../../src/core/event.ts';
import { parseEvent } from '../../src/core/parse-event.ts';
import { webhookExample } from '../support/webhook-examples.ts';

describe('parsing a webhook', () => {
  it.each([
    ['issues', 'labeled', { kind: 'issue_labelled', label: 'bug', issue: { number: 1, open: true } }],
    ['issues', 'unlabeled', { kind: 'issue_unlabelled' }],
    ['issues', 'opened', { kind: 'issue_changed', action: 'opened' }],
    ['issue_comment', 'created', { kind: 'comment', on: 'issue_comment', before: null }],
    ['issue_comment', 'edited', { kind: 'comment', action: 'edited' }],
    ['pull_request', 'opened', { kind: 'pull_request_changed', action: 'opened', previousHeadSha: null }],
    [
      'pull_request',
      'closed',
      { kind: 'pull_request_changed', action: 'closed', pullRequest: { open: false } },
    ],
    ['pull_request', 'labeled', { kind: 'pull_request_labelled' }],
    ['pull_request_review', 'submitted', { kind: 'review_submitted', subject: { kind: 'pull_request' } }],
    [
      'pull_request_review_comment',
      'edited',
      { kind: 'comment', on: 'review_comment', before: '', subject: { kind: 'pull_request', number: 2 } },
    ],
    [
      'pull_request_review_comment',
      'created',
      { kind: 'comment', on: 'review_comment', inReplyTo: null, createdAt: '2019-05-15T15:20:37Z' },
    ],
    [
      'pull_request_review_thread',
      'resolved',
      {
        kind: 'thread_changed',
        action: 'resolved',
        threadId: 'PRRT_kwDOEL39TM4w7XDQ',
        subject: { kind: 'pull_request', number: 118 },
        root: { author: { login: 'jide2020', isBot: false }, appId: null, body: 'sup' },
      },
    ],
    ['pull_request_review_thread', 'unresolved', { kind: 'thread_changed', action: 'unresolved' }],
    ['pull_request', 'unlabeled', { kind: 'pull_request_changed', action: 'unlabelled', label: 'bug' }],
    ['check_suite', 'completed', { kind: 'report', source: { kind: 'check_suite', id: 118578147, runs: 1 } }],
    [
      'check_run',
      'completed',
      { kind: 'report', source: { kind: 'check_run', id: 128620228, name: 'Octocoders-linter' } },
    ],
    [
      'workflow_run',
      'completed',
      { kind: 'report', source: { kind: 'workflow_run', id: 1_589_141_559, attempt: 1 } },
    ],
    ['status', null, { kind: 'report', source: { kind: 'status', id: 6_805_126_730, name: 'default' } }],
    ['deployment_status', 'created', { kind: 'deployment' }],
    ['repository', 'renamed', { kind: 'repository_moved', action: 'renamed' }],
  ])('reads %s.%s', (name, action, expected) => {
    expect(parseEvent(name, action, webhookExample(name, action))).toMatchObject(expected);
  });

  it('names the repository by what later steps need', () => {
    const event = parseEvent('issues', 'opened', webhookExample('issues', 'opened')) as Extract<
      CrewEvent,
      { kind: 'issue_changed' }
    >;

    expect(event.repository).toEqual({
      id: 186853002,
      owner: 'Codertocat',
      name: 'Hello-World',
      installationId: 7,
      defaultBranch: 'master',
      private: false,
    });
  });

  it('tells a reply in a diff by the comment that it answers', () => {
    const payload = webhookExample('pull_request_review_comment', 'created');
    const comment = { ...(payload.comment as object), in_reply_to_id: 77 };

    expect(parseEvent('pull_request_review_comment', 'created', { ...payload, comment })).toMatchObject({
      inReplyTo: 77,
    });
  });

  it('tells another target from other edits of a pull request, which ask for nothing', () => {
    const payload = webhookExample('pull_request', 'opened');
    const edited = (changes: object) => parseEvent('pull_request', 'edited', { ...payload, changes });

    expect(edited({ base: { ref: { from: 'dev' }, sha: { from: 'x' } } })).toMatchObject({
      kind: 'pull_request_changed',
      action: 'base_changed',
      previousBaseRef: 'dev',
    });
    expect(edited({ title: { from: 'Old' } })).toEqual({
      kind: 'other',
      name: 'pull_request.edited',
      problem: null,
    });
  });

  it('knows a bot by its type, and a deleted account as ghost', () => {
    const payload = webhookExample('issues', 'opened');

    expect(
      parseEvent('issues', 'opened', { ...payload, sender: { login: 'x[bot]', type: 'Bot' } }),
    ).toMatchObject({
      sender: { login: 'x[bot]', isBot: true },
    });
    expect(parseEvent('issues', 'opened', { ...payload, sender: null })).toMatchObject({
      sender: { login: 'ghost', isBot: false },
    });
  });

  it('tells a comment on a pull request from one on an issue', () => {
    const payload = webhookExample('issue_comment', 'created');
    const issue = { ...(payload.issue as object), pull_request: {} };

    expect(parseEvent('issue_comment', 'created', { ...payload, issue })).toMatchObject({
      subject: { kind: 'pull_request' },
    });
  });

  it('takes all repositories of a removed installation away', () => {
    expect(parseEvent('installation', 'deleted', webhookExample('installation', 'deleted'))).toMatchObject({
      kind: 'installation',
      change: 'gone',
      added: [],
    });
    expect(
      parseEvent('installation_repositories', 'added', webhookExample('installation_repositories', 'added')),
    ).toMatchObject({
      change: 'repositories',
      added: [{ owner: 'Codertocat', defaultBranch: 'HEAD' }],
    });
  });

  it('says what a payload lacks instead of failing', () => {
    expect(parseEvent('issues', 'labeled', { repository: 'x' })).toMatchObject({
      kind: 'other',
      problem: expect.stringContaining('the payload lacks repository'),
    });
    expect(parseEvent('issues', 'labeled', null)).toMatchObject({ kind: 'other' });
  });

  it.each(['star.created', 'constructor', 'toString', '__proto__'])('knows %s as none of its own', (name) => {
    const [event = '', action = null] = name.split('.');

    expect(parseEvent(event, action, {})).toEqual({ kind: 'other', name, problem: null });
  });
});
