// One walk over every operation, with an unmodified Octokit, against GitHub's own descriptions.

import type { Octokit } from '@octokit/rest';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import {
  appOctokit,
  hasOpenapi,
  installationOctokit,
  type Local,
  personOctokit,
  receiveHooks,
  startLocal,
} from './local-github.ts';
import { walkApp, walkGit, walkIssues } from './walk.ts';
import { walkPulls } from './walk-pulls.ts';

let local: Local;
let hooks: Awaited<ReturnType<typeof receiveHooks>>;
let octokit: Octokit;

beforeAll(async () => {
  hooks = await receiveHooks();
  local = await startLocal();
  await local.github.setWebhookUrl(hooks.url);
  octokit = await installationOctokit(local.github);
});

afterAll(async () => {
  await local.stop();
  await hooks.stop();
});

describe('a walk over all operations', () => {
  it('reads and changes the App, its installation and its hook', async () => {
    await walkApp(appOctokit(local.github), octokit);
  });

  it('reads and changes issues, comments, labels and reactions', async () => {
    await walkIssues(octokit, local.github);
  });

  it('reads and writes git objects, contents, checks and statuses', async () => {
    await walkGit(octokit, local.github);
  });

  it('opens, reviews and merges a pull request', async () => {
    await walkPulls(octokit, await personOctokit(local.github, 'alice'), local.github);
  });

  it('sends only webhooks that @octokit/webhooks-schemas accepts', async () => {
    await vi.waitFor(() => expect(local.github.idle()).toBe(true), { timeout: 10_000 });

    expect(local.github.violations().filter((one) => one.kind === 'webhook')).toEqual([]);
    expect([...new Set(hooks.received.map((one) => one.event))].sort()).toEqual([
      'check_run',
      'check_suite',
      'create',
      'delete',
      'deployment',
      'deployment_status',
      'issue_comment',
      'issues',
      'label',
      'pull_request',
      'pull_request_review',
      'pull_request_review_comment',
      'pull_request_review_thread',
      'push',
      'status',
      'workflow_job',
      'workflow_run',
    ]);
  });

  it.skipIf(!hasOpenapi)(
    "stays inside GitHub's OpenAPI description (needs ../shared/github/openapi.json)",
    () => {
      expect(local.github.violations().filter((one) => one.kind !== 'webhook')).toEqual([]);
    },
  );
});
