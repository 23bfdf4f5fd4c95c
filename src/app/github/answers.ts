/** The parts of GitHub's answers that we use, as schemas: an answer that does not fit (a proxy's page, say) is passing trouble. */
import { z } from 'zod';
import { TransientError } from '../../core/errors.ts';

const actorSchema = z.object({ login: z.string(), type: z.string() });
const viaAppSchema = z.object({ id: z.number() }).nullish();

export const tokenAnswer = z.object({
  token: z.string().min(1),
  expires_at: z.iso.datetime({ offset: true }),
});
export const appAnswer = z.object({ id: z.number(), slug: z.string().min(1) });
const idAnswer = z.object({ id: z.number() });

export const permissionAnswer = z.object({ permission: z.string(), role_name: z.string().optional() });
export const refAnswer = z.object({ object: z.object({ sha: z.string() }) });

/** An object of git's that was made: a blob, a tree. */
export const shaAnswer = z.object({ sha: z.string() });
export const gitCommitAnswer = z.object({
  sha: z.string(),
  message: z.string(),
  tree: z.object({ sha: z.string() }),
  verification: z.object({ verified: z.boolean(), reason: z.string() }).optional(),
});
export const userAnswer = z.object({ id: z.number() });
export const workflowRunAnswer = z.object({
  html_url: z.string(),
  run_attempt: z.number().optional(),
  status: z.string().nullish(),
});

export const issueAnswer = z.object({
  number: z.number(),
  title: z.string(),
  body: z.string().nullish(),
  /** Null for a deleted account. */
  user: actorSchema.nullish(),
});

export const linkedIssueAnswer = issueAnswer.extend({
  updated_at: z.string(),
  /** A pull request is answered as an issue with this part. */
  pull_request: z.unknown().optional(),
});

/** Pull requests are issues too, with the same labels and state. */
export const standingAnswer = z.object({
  state: z.string(),
  updated_at: z.string(),
  labels: z.array(z.object({ name: z.string() })),
});

export const commentAnswer = z.object({
  id: z.number(),
  html_url: z.string(),
  body: z.string().nullish(),
  created_at: z.string(),
  user: actorSchema.nullish(),
  performed_via_github_app: viaAppSchema,
});
export const commentsAnswer = z.array(commentAnswer);

export const reviewCommentAnswer = z.object({
  id: z.number(),
  html_url: z.string(),
  body: z.string(),
  user: actorSchema.nullish(),
  /** The comment that began the thread. */
  in_reply_to_id: z.number().nullish(),
});
export const reviewCommentsAnswer = z.array(reviewCommentAnswer);

export const pullRequestAnswer = issueAnswer.extend({
  draft: z.boolean().optional(),
  head: z.object({ ref: z.string(), sha: z.string(), repo: idAnswer.nullish() }),
  base: z.object({ ref: z.string(), sha: z.string(), repo: idAnswer }),
});

/** What was made: a comment, review, check run or reaction. */
export const createdAnswer = z.object({
  id: z.number(),
  html_url: z.string().nullish(),
});

export const openedPullAnswer = z.object({ id: z.number(), number: z.number(), html_url: z.string() });
export const pullsAnswer = z.array(
  openedPullAnswer.extend({ state: z.string(), body: z.string().nullish(), user: actorSchema.nullish() }),
);

export const reviewsAnswer = z.array(
  z.object({
    id: z.number(),
    html_url: z.string(),
    body: z.string().nullish(),
    state: z.string(),
    commit_id: z.string().nullish(),
    user: actorSchema.nullish(),
  }),
);

export const pullHeadAnswer = z.object({
  state: z.string(),
  head: z.object({ sha: z.string() }),
  user: z.object({ login: z.string() }).nullish(),
});
export const draftAnswer = pullHeadAnswer.extend({
  id: z.number(),
  node_id: z.string(),
  html_url: z.string(),
  draft: z.boolean().optional(),
});
export const pullFilesAnswer = z.array(z.object({ filename: z.string(), patch: z.string().optional() }));

export const pullStateAnswer = z.object({
  number: z.number(),
  state: z.string(),
  merged: z.boolean().nullish(),
  draft: z.boolean().nullish(),
  mergeable: z.boolean().nullish(),
  head: z.object({ sha: z.string(), ref: z.string() }),
  base: z.object({ ref: z.string() }),
  labels: z.array(z.object({ name: z.string() })),
});
export const changedFilesAnswer = z.array(z.object({ filename: z.string() }));

/** Checks of others: of theirs no more is relied on than this. */
export const headCheckRunsAnswer = z.object({
  check_runs: z.array(
    z.object({
      id: z.number(),
      name: z.string(),
      status: z.string(),
      conclusion: z.string().nullish(),
      details_url: z.string().nullish(),
      app: z.object({ id: z.number(), slug: z.string().nullish() }).nullish(),
      check_suite: z.object({ id: z.number() }).nullish(),
      output: z
        .object({ title: z.string().nullish(), summary: z.string().nullish(), text: z.string().nullish() })
        .nullish(),
    }),
  ),
});
export const headStatusesAnswer = z.object({
  statuses: z.array(
    z.object({
      id: z.number(),
      context: z.string(),
      state: z.string(),
      target_url: z.string().nullish(),
      description: z.string().nullish(),
    }),
  ),
});

export const checkRunAnswer = z.object({
  id: z.number(),
  html_url: z.string().nullish(),
  external_id: z.string().nullish(),
  head_sha: z.string(),
  name: z.string(),
  status: z.string(),
  conclusion: z.string().nullish(),
  output: z.object({
    title: z.string().nullish(),
    summary: z.string().nullish(),
    annotations_count: z.number(),
  }),
});
export const checkRunsAnswer = z.object({ check_runs: z.array(checkRunAnswer) });

export function parseAnswer<Schema extends z.ZodType>(
  schema: Schema,
  data: unknown,
  what: string,
): z.output<Schema> {
  const parsed = schema.safeParse(data);
  if (parsed.success) return parsed.data;
  const message = `GitHub's answer is not ${what}: ${parsed.error.issues[0]?.message ?? 'it is empty'}`;
  throw new TransientError(message, { cause: parsed.error });
}
