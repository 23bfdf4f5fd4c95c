// The calls of the walk, grouped as the routes are. They assert what matters beyond the shape, which the server checks.
import type { Octokit } from '@octokit/rest';
import { expect } from 'vitest';
import type { GitHub } from '../../demo/github/github.ts';
import { owner, repo, repoName } from './local-github.ts';

const at = { owner, repo };

export async function walkApp(asApp: Octokit, octokit: Octokit): Promise<void> {
  const { data: self } = await asApp.rest.apps.getAuthenticated();
  expect(self?.slug).toBe('hypercode-crew');
  const { data: installations } = await asApp.rest.apps.listInstallations();
  expect(installations).toHaveLength(1);
  const id = installations[0]?.id ?? 0;
  await asApp.rest.apps.getInstallation({ installation_id: id });
  await asApp.rest.apps.getUserInstallation({ username: owner });
  const { data: repos } = await octokit.rest.apps.listReposAccessibleToInstallation();
  expect(repos.repositories.map((one) => one.full_name)).toEqual([repoName]);
  await asApp.rest.apps.getWebhookConfigForApp();
  await asApp.rest.apps.listWebhookDeliveries({ per_page: 5 });
  await octokit.rest.rateLimit.get();
  await octokit.rest.meta.get();
  const { data: bot } = await octokit.rest.users.getByUsername({ username: 'hypercode-crew[bot]' });
  expect(bot.type).toBe('Bot');
}

export async function walkIssues(octokit: Octokit, github: GitHub): Promise<void> {
  const opened = await github
    .as('rita')
    .openIssue(repoName, { title: 'The cart loses items', body: 'See *title*.' });
  const issue = { ...at, issue_number: opened.number };
  await github.as('tina').label(repoName, opened.number, 'crew');
  await github.as('tina').assign(repoName, opened.number, 'bob');
  const { data: read } = await octokit.rest.issues.get(issue);
  expect(read).toMatchObject({ title: 'The cart loses items', user: { login: 'rita' }, state: 'open' });
  expect((await octokit.rest.issues.listForRepo({ ...at, labels: 'crew', state: 'open' })).data).toHaveLength(
    1,
  );
  const { data: comment } = await octokit.rest.issues.createComment({ ...issue, body: 'Looking.' });
  expect(comment).toMatchObject({
    user: { login: 'hypercode-crew[bot]', type: 'Bot' },
    performed_via_github_app: { slug: 'hypercode-crew' },
  });
  await octokit.rest.issues.updateComment({ ...at, comment_id: comment.id, body: 'Looked.' });
  await octokit.rest.issues.getComment({ ...at, comment_id: comment.id });
  await octokit.rest.issues.listComments({ ...issue, per_page: 100 });
  await octokit.rest.issues.listCommentsForRepo({ ...at, since: '2020-01-01T00:00:00Z' });
  const first = await octokit.rest.reactions.createForIssueComment({
    ...at,
    comment_id: comment.id,
    content: 'eyes',
  });
  const again = await octokit.rest.reactions.createForIssueComment({
    ...at,
    comment_id: comment.id,
    content: 'eyes',
  });
  expect([first.status, again.status, again.data.id]).toEqual([201, 200, first.data.id]);
  await octokit.rest.reactions.listForIssueComment({ ...at, comment_id: comment.id });
  await octokit.rest.reactions.deleteForIssueComment({
    ...at,
    comment_id: comment.id,
    reaction_id: first.data.id,
  });
  const { data: reaction } = await octokit.rest.reactions.createForIssue({ ...issue, content: 'rocket' });
  await octokit.rest.reactions.listForIssue(issue);
  await octokit.rest.reactions.deleteForIssue({ ...issue, reaction_id: reaction.id });
  await walkLabels(octokit, issue);
  await octokit.rest.issues.addAssignees({ ...issue, assignees: ['alice'] });
  await octokit.rest.issues.removeAssignees({ ...issue, assignees: ['alice'] });
  await octokit.rest.issues.listAssignees(at);
  await octokit.rest.issues.update({
    ...issue,
    title: 'The cart loses its items',
    state: 'closed',
    state_reason: 'completed',
  });
  await octokit.rest.issues.update({ ...issue, state: 'open' });
  await octokit.rest.issues.listEvents(issue);
  await octokit.rest.issues.listEventsForTimeline(issue);
  await octokit.rest.issues.deleteComment({ ...at, comment_id: comment.id });
  await octokit.rest.issues.create({ ...at, title: 'Follow-up', body: 'From the crew', labels: ['crew'] });
}

async function walkLabels(octokit: Octokit, issue: typeof at & { issue_number: number }): Promise<void> {
  const { data: labels } = await octokit.rest.issues.addLabels({
    ...issue,
    labels: ['crew:plan', 'never seen'],
  });
  expect(labels.map((label) => label.name)).toEqual(['crew', 'crew:plan', 'never seen']);
  await octokit.rest.issues.removeLabel({ ...issue, name: 'never seen' });
  await octokit.rest.issues.listLabelsOnIssue(issue);
  await octokit.rest.issues.setLabels({ ...issue, labels: ['crew'] });
  await octokit.rest.issues.createLabel({
    ...at,
    name: 'crew:review',
    color: '1f6feb',
    description: 'Ask for a review',
  });
  await octokit.rest.issues.updateLabel({ ...at, name: 'crew:review', color: '0e8a16' });
  await octokit.rest.issues.getLabel({ ...at, name: 'crew:review' });
  await octokit.rest.issues.listLabelsForRepo(at);
  await octokit.rest.issues.deleteLabel({ ...at, name: 'crew:review' });
}

export async function walkGit(octokit: Octokit, github: GitHub): Promise<void> {
  const { data: about } = await octokit.rest.repos.get(at);
  const { data: main } = await octokit.rest.repos.getBranch({ ...at, branch: about.default_branch });
  const sha = main.commit.sha;
  await octokit.rest.repos.listBranches(at);
  await octokit.rest.repos.getCommit({ ...at, ref: 'main' });
  await octokit.rest.repos.listCommits({ ...at, path: 'src/cart.js', per_page: 1 });
  await octokit.rest.repos.getContent({ ...at, path: 'src' });
  const { data: root } = await octokit.rest.repos.getContent({ ...at, path: '' });
  expect(root).toMatchObject([
    { name: 'README.md', type: 'file' },
    { name: 'src', type: 'dir' },
  ]);
  const { data: raw } = await octokit.rest.repos.getContent({
    ...at,
    path: 'README.md',
    mediaType: { format: 'raw' },
  });
  expect(raw).toBe('# Shop\n');
  const { data: blob } = await octokit.rest.git.createBlob({ ...at, content: 'hello\n', encoding: 'utf-8' });
  await octokit.rest.git.getBlob({ ...at, file_sha: blob.sha });
  const { data: tree } = await octokit.rest.git.createTree({
    ...at,
    base_tree: main.commit.commit.tree.sha,
    tree: [{ path: 'docs/a.txt', mode: '100644', type: 'blob', sha: blob.sha }],
  });
  await octokit.rest.git.getTree({ ...at, tree_sha: tree.sha, recursive: '1' });
  const { data: commit } = await octokit.rest.git.createCommit({
    ...at,
    message: 'Add a',
    tree: tree.sha,
    parents: [sha],
  });
  expect(commit.verification.verified).toBe(true);
  await octokit.rest.git.getCommit({ ...at, commit_sha: commit.sha });
  await octokit.rest.git.createRef({ ...at, ref: 'refs/heads/crew/walk/a', sha: commit.sha });
  await octokit.rest.git.getRef({ ...at, ref: 'heads/crew/walk/a' });
  await octokit.rest.git.listMatchingRefs({ ...at, ref: 'heads/crew/' });
  await octokit.rest.git.updateRef({ ...at, ref: 'heads/crew/walk/a', sha, force: true });
  await expect(
    octokit.rest.git
      .updateRef({ ...at, ref: 'heads/main', sha: commit.sha })
      .then(() => octokit.rest.git.updateRef({ ...at, ref: 'heads/main', sha })),
  ).rejects.toMatchObject({ status: 422, message: expect.stringContaining('not a fast forward') });
  await octokit.rest.repos.compareCommitsWithBasehead({ ...at, basehead: `${sha}...main` });
  await octokit.rest.git.deleteRef({ ...at, ref: 'heads/crew/walk/a' });
  await octokit.rest.repos.createOrUpdateFileContents({
    ...at,
    path: 'docs/b c.txt',
    message: 'Add b',
    content: Buffer.from('b\n').toString('base64'),
    branch: 'main',
  });
  await octokit.rest.repos.listCollaborators(at);
  await octokit.rest.repos.getCollaboratorPermissionLevel({ ...at, username: 'tina' });
  await walkChecks(octokit, github);
}

async function walkChecks(octokit: Octokit, github: GitHub): Promise<void> {
  const { main } = { main: (await octokit.rest.repos.getBranch({ ...at, branch: 'main' })).data.commit.sha };
  const { data: run } = await octokit.rest.checks.create({
    ...at,
    name: 'crew',
    head_sha: main,
    status: 'in_progress',
    output: { title: 'Working', summary: 'Reading' },
  });
  const { data: done } = await octokit.rest.checks.update({
    ...at,
    check_run_id: run.id,
    conclusion: 'neutral',
    output: {
      title: 'Done',
      summary: 'One note',
      annotations: [
        { path: 'src/cart.js', start_line: 1, end_line: 1, annotation_level: 'notice', message: 'Hm' },
      ],
    },
  });
  expect(done).toMatchObject({ status: 'completed', conclusion: 'neutral' });
  await octokit.rest.checks.get({ ...at, check_run_id: run.id });
  expect((await octokit.rest.checks.listAnnotations({ ...at, check_run_id: run.id })).data).toHaveLength(1);
  await octokit.rest.checks.listForRef({ ...at, ref: 'main', check_name: 'crew' });
  await octokit.rest.checks.listSuitesForRef({ ...at, ref: 'main' });
  await octokit.rest.repos.createCommitStatus({ ...at, sha: main, state: 'success', context: 'crew/lint' });
  await octokit.rest.repos.getCombinedStatusForRef({ ...at, ref: 'main' });
  await octokit.rest.repos.listCommitStatusesForRef({ ...at, ref: 'main' });
  await github.as('bob').deploy(repoName, {
    ref: 'main',
    environment: 'staging',
    state: 'success',
    url: 'https://staging.example',
  });
  const { data: deployments } = await octokit.rest.repos.listDeployments(at);
  await octokit.rest.repos.listDeploymentStatuses({ ...at, deployment_id: deployments[0]?.id ?? 0 });
  await github.as('bob').workflowRun(repoName, {
    name: 'CI',
    branch: 'main',
    conclusion: 'failure',
    jobs: [{ name: 'test', conclusion: 'failure', log: 'expected 1 to be 2\n' }],
  });
  const { data: runs } = await octokit.rest.actions.listWorkflowRunsForRepo({ ...at, branch: 'main' });
  const run_id = runs.workflow_runs[0]?.id ?? 0;
  await octokit.rest.actions.getWorkflowRun({ ...at, run_id });
  const { data: jobs } = await octokit.rest.actions.listJobsForWorkflowRun({ ...at, run_id });
  const log = await octokit.rest.actions.downloadJobLogsForWorkflowRun({
    ...at,
    job_id: jobs.jobs[0]?.id ?? 0,
  });
  expect(String(log.data)).toContain('expected 1 to be 2');
  await octokit.rest.actions.reRunWorkflowFailedJobs({ ...at, run_id });
  const { data: again } = await octokit.rest.actions.getWorkflowRun({ ...at, run_id });
  expect(again).toMatchObject({ run_attempt: 2, status: 'in_progress', conclusion: null });
  await github.as('bob').finishRun(repoName, run_id, {
    conclusion: 'success',
    jobs: [{ name: 'test', conclusion: 'success', log: 'ok\n' }],
  });
  const { data: all } = await octokit.rest.actions.listJobsForWorkflowRun({ ...at, run_id, filter: 'all' });
  expect(all.jobs.map((job) => [job.run_attempt, job.conclusion])).toEqual([
    [1, 'failure'],
    [2, 'success'],
  ]);
}
