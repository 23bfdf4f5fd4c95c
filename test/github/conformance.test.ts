// The conformance check itself: that it finds what is outside GitHub's descriptions.
import { describe, expect, it } from 'vitest';
import { Conformance } from '../../demo/github/conformance.ts';
import { hasOpenapi, openapiPath, owner, repoName, startLocal } from './local-github.ts';

const seen = {
  method: 'POST',
  template: '/repos/{owner}/{repo}/issues/{issue_number}/comments',
  path: '/repos/o/r/issues/1/comments',
  query: new URLSearchParams(),
  params: { owner: 'o', repo: 'r', issue_number: '1' },
  body: { body: 'hi' },
};

describe('webhooks', () => {
  it('are held against their schema', () => {
    const conformance = new Conformance(undefined);
    conformance.checkWebhook('issues', 'opened', { action: 'opened' });
    conformance.checkWebhook('issues', 'sneezed', {});

    expect(conformance.violations()).toMatchObject([
      {
        kind: 'webhook',
        where: 'issues.opened',
        problem: expect.stringContaining('must have required property'),
      },
      { kind: 'webhook', where: 'issues.sneezed' },
    ]);
  });

  it('of an installation and its end are sent and keep to theirs', async () => {
    const local = await startLocal();
    await local.github.seedRepository({ owner, name: 'second', announce: true });
    await local.github.seedRepository({ owner: 'else', name: 'third', announce: true });
    await local.github.as(owner).uninstallApp(repoName);

    const sent = local.github.deliveries().map((one) => `${one.event}.${one.action}`);
    expect(sent).toEqual(
      expect.arrayContaining([
        'installation_repositories.added',
        'installation.created',
        'installation.deleted',
      ]),
    );
    expect(local.github.violations()).toEqual([]);
    await local.stop();
  });
});

describe.skipIf(!hasOpenapi)('requests and responses (needs ../shared/github/openapi.json)', () => {
  const problemOf = (check: (conformance: Conformance) => void): string | undefined => {
    const conformance = new Conformance(openapiPath);
    check(conformance);
    return conformance.violations()[0]?.problem;
  };

  it.each([
    ['an unknown path', { ...seen, template: null }, 'no such operation'],
    ['a missing body', { ...seen, body: undefined }, 'a body is required'],
    ['a body of another type', { ...seen, body: { body: 1 } }, 'must be string'],
    ['an unknown body property', { ...seen, body: { body: 'x', text: 'y' } }, 'unknown body property text'],
    [
      'an unknown query parameter',
      { ...seen, query: new URLSearchParams('loud=1') },
      'unknown query parameter loud',
    ],
    [
      'a path parameter that is no number',
      { ...seen, params: { ...seen.params, issue_number: 'x' } },
      'must be integer',
    ],
  ])('%s is a violation', (_, request, problem) => {
    expect(problemOf((conformance) => conformance.checkRequest(request))).toContain(problem);
  });

  it.each([
    ['an undocumented status', { status: 299, body: {} }, 'status is not documented'],
    ['a body outside the schema', { status: 201, body: { id: 'one' } }, 'must'],
  ])('%s is a violation', (_, response, problem) => {
    expect(problemOf((conformance) => conformance.checkResponse(seen, response))).toContain(problem);
  });

  it('a good request is none', () => {
    expect(problemOf((conformance) => conformance.checkRequest(seen))).toBeUndefined();
  });
});
