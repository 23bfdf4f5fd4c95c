/**
 * The parts of GitHub's webhook payloads that decisions read, as lenient schemas: GitHub may add fields and Enterprise
 * Server may lack others. Source: https://docs.github.com/webhooks/webhook-events-and-payloads
 */
import { z } from 'zod';

/** Repositories named in one installation event; GitHub names all of them at installation. */
const REPOSITORIES_MAX = 10_000;

const actor = z
  .object({ login: z.string(), type: z.string().default('User') })
  .nullish()
  .transform((user) => ({ login: user?.login ?? 'ghost', isBot: user?.type === 'Bot' }));

const text = z
  .string()
  .nullish()
  .transform((body) => body ?? '');

export const onRepository = z.object({
  repository: z.object({
    id: z.int(),
    name: z.string(),
    owner: z.object({ login: z.string() }),
    private: z.boolean(),
    default_branch: z.string(),
  }),
  installation: z.object({ id: z.int() }),
  sender: actor,
});

export const issue = z.object({
  number: z.int(),
  title: z.string(),
  body: text,
  state: z.string().default('open'),
  updated_at: z.string(),
  pull_request: z.object({}).nullish(),
});

/** Its title and its body, where they are told. */
const said = { title: z.string().optional(), body: text };

export const pullRequest = z.object({
  ...said,
  number: z.int(),
  user: actor,
  state: z.string(),
  draft: z.boolean().default(false),
  updated_at: z.string(),
  head: z.object({ sha: z.string() }),
  base: z.object({ ref: z.string() }),
});

export const comment = z.object({
  id: z.int(),
  body: text,
  user: actor,
  created_at: text,
  updated_at: text,
  performed_via_github_app: z.object({ id: z.int() }).nullish(),
  in_reply_to_id: z.int().nullish(),
  path: z.string().nullish(),
  line: z.int().nullish(),
});

const from = z.object({ from: z.string() });
export const changes = z.object({ body: from.optional() }).nullish();
const label = z.object({ name: z.string() });
const repositories = z
  .array(z.object({ id: z.int(), full_name: z.string(), private: z.boolean() }))
  .max(REPOSITORIES_MAX)
  .default([]);

export const issuePayload = onRepository.extend({ issue });
export const issueLabelPayload = issuePayload.extend({ label });
export const issueCommentPayload = issuePayload.extend({ comment, changes });
export const pullRequestPayload = onRepository.extend({
  pull_request: pullRequest,
  before: z.string().nullish(),
  changes: z
    .object({ base: z.object({ ref: from }).nullish() })
    .nullish()
    .catch(null),
});
export const pullRequestLabelPayload = pullRequestPayload.extend({ label });
export const reviewCommentPayload = onRepository.extend({
  comment,
  changes,
  pull_request: z.object({ ...said, number: z.int(), state: z.string() }),
});
export const reviewPayload = onRepository.extend({
  review: z.object({ id: z.int(), body: text, submitted_at: text }),
  pull_request: z.object({ ...said, number: z.int() }),
});
export const threadPayload = onRepository.extend({
  thread: z.object({ node_id: z.string(), comments: z.array(comment).min(1) }),
  updated_at: text,
  pull_request: z.object({ number: z.int() }),
});
export const reported = z.object({
  id: z.int(),
  head_sha: z.string(),
  conclusion: text,
  head_branch: z.string().nullish(),
  check_suite: z.object({ head_branch: z.string().nullish() }).nullish(),
  app: z.object({ slug: text }).nullish(),
  name: text,
  run_attempt: z.int().nullish(),
  latest_check_runs_count: z.int().nullish(),
});
export const installationPayload = z.object({
  installation: z.object({ id: z.int() }),
  sender: actor,
  repositories,
  repositories_added: repositories,
  repositories_removed: repositories,
});

export const deploymentPayload = onRepository.extend({
  deployment: z.object({ sha: z.string(), environment: text }),
  deployment_status: z.object({ id: z.int(), state: z.string(), environment_url: text }),
});

export const pushPayload = onRepository.extend({
  ref: z.string(),
  before: z.string(),
  after: z.string(),
  deleted: z.boolean().default(false),
});

export const statusPayload = onRepository.extend({
  id: z.int().default(0),
  /** Null in a look of our own (`fix/look-again.ts`). */
  sha: z.string().nullable(),
  state: z.string(),
  context: text,
  /** Ten at most, with the commit that each stands at. */
  branches: z
    .array(z.object({ name: z.string(), commit: z.object({ sha: z.string().nullable() }) }))
    .default([]),
});

/** By the event's name, where the payload keeps what reported. */
export const reportPayloads = {
  check_suite: onRepository
    .extend({ check_suite: reported })
    .transform((p) => ({ ...p, reported: p.check_suite })),
  check_run: onRepository.extend({ check_run: reported }).transform((p) => ({ ...p, reported: p.check_run })),
  workflow_run: onRepository
    .extend({ workflow_run: reported })
    .transform((p) => ({ ...p, reported: p.workflow_run })),
};
