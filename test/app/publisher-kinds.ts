/** Every kind of effect on the local GitHub: an action to perform, and a count of what it left there. */
import { randomUUID } from 'node:crypto';
import type { Effect, EffectAction } from '../../src/core/effect-records.ts';
import { hasMarker } from '../../src/core/marker.ts';
import { fingerprintMarker } from '../../src/core/review/fingerprint.ts';
import { type Local, narrowOctokit, owner, repo, repoName } from '../github/local-github.ts';

export const openIssue = (local: Local) =>
  local.github.as('rita').openIssue(repoName, { title: 'The cart loses items' });

export async function openPull(local: Local): Promise<{ number: number; headSha: string; branch: string }> {
  const branch = `feature-${randomUUID()}`;
  const alice = local.github.as('alice');
  const headSha = await alice.commit(repoName, {
    branch,
    message: 'Change',
    files: { 'src/new.js': 'one\ntwo\nthree\n' },
  });
  const { number } = await alice.openPull(repoName, { title: 'Change', head: branch, base: 'main' });
  return { number, headSha, branch };
}

/** A pull request with a thread that a finding of ours began; `outdate` takes its line away. */
export async function openThread(local: Local): Promise<{
  number: number;
  branch: string;
  commentId: number;
  fingerprint: string;
  outdate: () => Promise<void>;
}> {
  const { number, branch } = await openPull(local);
  const fingerprint = randomUUID().replaceAll('-', '').slice(0, 16);
  const octokit = await narrowOctokit(local.github, { pull_requests: 'write' });
  const pull = { owner, repo, pull_number: number };
  const body = `Wrong.\n\n${fingerprintMarker(fingerprint)}`;
  const comments = [{ path: 'src/new.js', line: 2, body }];
  const review = await octokit.rest.pulls.createReview({ ...pull, event: 'COMMENT', comments });
  const { data } = await octokit.rest.pulls.listCommentsForReview({ ...pull, review_id: review.data.id });
  const outdate = async () => {
    const files = { 'src/new.js': 'one\n2\nthree\n' };
    await local.github.as('alice').commit(repoName, { branch, message: 'Fix', files });
  };
  return { number, branch, commentId: data[0]?.id ?? 0, fingerprint, outdate };
}

export interface KindOfEffect {
  readonly kind: EffectAction['kind'];
  /** Path of the request that makes it, as a regular expression. */
  readonly write: string;
  /** Makes what it needs; `count` is how often the effect stands on GitHub. */
  readonly prepare: (
    local: Local,
  ) => Promise<{ action: EffectAction; count: (effect: Effect) => Promise<number> }>;
}

export const KINDS: readonly KindOfEffect[] = [
  {
    kind: 'reaction',
    write: 'reactions$',
    prepare: async (local) => {
      const { id, number } = await openIssue(local);
      const count = async () =>
        (await local.github.snapshot(repoName)).reactions.filter((reaction) =>
          JSON.stringify(reaction).includes(`${id}`),
        ).length;
      return { action: { kind: 'reaction', target: { on: 'issue', number }, content: 'eyes' }, count };
    },
  },
  ...(['comment', 'sticky_comment'] as const).map(
    (kind): KindOfEffect => ({
      kind,
      write: 'comments$',
      prepare: async (local) => {
        const { number } = await openIssue(local);
        const count = async ({ key }: Effect) =>
          (await local.github.snapshot(repoName)).comments.filter(({ body }) => hasMarker(body, key)).length;
        return { action: { kind, number, body: 'Hello' }, count };
      },
    }),
  ),
  {
    kind: 'add_labels',
    write: 'labels$',
    prepare: async (local) => {
      const { number } = await openIssue(local);
      const label = `crew:${randomUUID()}`;
      const count = async () =>
        (await local.github.snapshot(repoName)).issues.filter(({ labels }) => labels.includes(label)).length;
      return { action: { kind: 'add_labels', number, labels: [label] }, count };
    },
  },
  {
    kind: 'remove_label',
    write: 'labels/',
    prepare: async (local) => {
      const { number } = await openIssue(local);
      await local.github.as('alice').label(repoName, number, 'crew', 'bug');
      const count = async () =>
        (await local.github.snapshot(repoName)).issues.filter(
          (issue) => issue.number === number && issue.labels.join() === 'bug',
        ).length;
      return { action: { kind: 'remove_label', number, label: 'crew' }, count };
    },
  },
  {
    kind: 'open_pull_request',
    write: 'pulls$',
    prepare: async (local) => {
      const branch = `crew/${randomUUID()}`;
      await local.github.as('alice').commit(repoName, { branch, message: 'Work', files: { [branch]: 'x' } });
      const count = async ({ key }: Effect) =>
        (await local.github.snapshot(repoName)).pulls.filter(({ body }) => hasMarker(body ?? '', key)).length;
      return {
        action: { kind: 'open_pull_request', branch, base: 'main', title: 'Work', body: 'Done', draft: true },
        count,
      };
    },
  },
  {
    kind: 'review',
    write: 'reviews$',
    prepare: async (local) => {
      const { number, headSha } = await openPull(local);
      const comments = [{ path: 'src/new.js', side: 'RIGHT' as const, startLine: 1, line: 2, body: 'Here' }];
      const count = async ({ key }: Effect) =>
        (await local.github.snapshot(repoName)).reviews.filter(({ body }) => hasMarker(body, key)).length;
      return {
        action: { kind: 'review', number, headSha, event: 'COMMENT', body: 'One finding.', comments },
        count,
      };
    },
  },
  {
    kind: 'thread_reply',
    write: 'replies$',
    prepare: async (local) => {
      const { number, commentId } = await openThread(local);
      const count = async ({ key }: Effect) =>
        (await local.github.snapshot(repoName)).reviewComments.filter(
          (one) => one.thread === commentId && hasMarker(one.body, key),
        ).length;
      return { action: { kind: 'thread_reply', number, commentId, body: 'Right.' }, count };
    },
  },
  // Dies or is hindered at its first write, the reply; and at its second, the resolving.
  ...(['replies$', '^/graphql/mutation$'] as const).map(
    (write): KindOfEffect => ({
      kind: 'resolve_thread',
      write,
      prepare: async (local) => {
        const { number, commentId, fingerprint, outdate } = await openThread(local);
        await outdate();
        const count = async ({ key }: Effect) => {
          const { reviewComments } = await local.github.snapshot(repoName);
          const first = reviewComments.find(({ id }) => id === commentId);
          const replies = reviewComments.filter(
            (one) => one.thread === commentId && hasMarker(one.body, key),
          );
          return first?.resolvedBy == null ? 0 : replies.length;
        };
        const action: EffectAction = {
          kind: 'resolve_thread',
          number,
          fingerprint,
          when: 'outdated',
          reply: 'Fixed.',
        };
        return { action, count };
      },
    }),
  ),
  {
    kind: 'resolve_answered',
    write: '^/graphql/mutation$',
    prepare: async (local) => {
      const { number } = await openPull(local);
      const bob = local.github.as('bob');
      const comments = [{ path: 'src/new.js', line: 2, body: 'Why two?' }];
      await bob.review(repoName, number, { event: 'COMMENT', comments });
      const thread = (await local.github.snapshot(repoName)).reviewComments.findLast(
        ({ user }) => user === 'bob',
      );
      const commentId = thread?.id ?? 0;
      const count = async () =>
        (await local.github.snapshot(repoName)).reviewComments.filter(
          ({ id, resolvedBy }) => id === commentId && resolvedBy !== null,
        ).length;
      return { action: { kind: 'resolve_answered', number, commentId }, count };
    },
  },
  {
    kind: 'ready_for_review',
    write: '^/graphql/mutation$',
    prepare: async (local) => {
      const { number, headSha } = await openPull(local);
      await local.github.as('alice').setDraft(repoName, number, true);
      const count = async () =>
        (await local.github.snapshot(repoName)).pulls.filter(
          (one) => one.number === number && one.pull?.draft === false,
        ).length;
      return { action: { kind: 'ready_for_review', number, headSha }, count };
    },
  },
  {
    kind: 'rerun_failed_jobs',
    write: 'rerun-failed-jobs$',
    prepare: async (local) => {
      const { branch } = await openPull(local);
      const jobs = [{ name: 'test', conclusion: 'failure', log: 'no\n' }] as const;
      const wish = { name: 'CI', branch, conclusion: 'failure', jobs } as const;
      const { id } = await local.github.as('alice').workflowRun(repoName, wish);
      const count = async () => {
        const { workflowRuns } = await local.github.snapshot(repoName);
        return (workflowRuns.find((run) => run.id === id)?.runAttempt ?? 0) - 1;
      };
      return { action: { kind: 'rerun_failed_jobs', runId: id, attempt: 1 }, count };
    },
  },
  // Hindered at each of its writes.
  ...(['git/trees$', 'git/commits$', 'git/refs$', 'pulls$'] as const).map(
    (write): KindOfEffect => ({
      kind: 'propose_standard',
      write,
      prepare: async (local) => {
        const branch = `crew/standard-${randomUUID()}`;
        const path = `.github/crew/standards/${randomUUID()}.md`;
        const count = async ({ key }: Effect) => {
          const { pulls, refs } = await local.github.snapshot(repoName);
          const own = pulls.filter((one) => one.pull?.head.ref === branch && hasMarker(one.body ?? '', key));
          return refs[`refs/heads/${branch}`] === own[0]?.pull?.head.sha ? own.length : -1;
        };
        const action: EffectAction = {
          kind: 'propose_standard',
          branch,
          base: 'main',
          path,
          content: '# Prices\n\nAmounts are integers, in cents.\n',
          title: 'Propose a standard on prices',
          body: 'What the crew learned.',
        };
        return { action, count };
      },
    }),
  ),
  {
    kind: 'check_run',
    write: 'check-runs',
    prepare: async (local) => {
      const { headSha } = await openPull(local);
      const annotations = Array.from({ length: 60 }, (_, index) => ({
        path: 'src/new.js',
        startLine: index + 1,
        endLine: index + 1,
        level: 'notice' as const,
        title: 'T',
        message: 'M',
      }));
      const action: EffectAction = {
        kind: 'check_run',
        name: 'crew',
        headSha,
        status: 'completed',
        conclusion: 'neutral',
        title: 'Done',
        summary: 'Read.',
        annotations,
      };
      const count = async ({ id }: Effect) =>
        (await local.github.snapshot(repoName)).checkRuns.filter(
          (run) => run.externalId === id && run.annotations.length === 60,
        ).length;
      return { action, count };
    },
  },
];
