/** Asks the local GitHub with tokens that are wider than what they are used for, as the App does not: it is to refuse each. */
import { Octokit } from '@octokit/rest';
import { installationToken, type Local, owner, quiet, repo, repoName } from '../../github/local-github.ts';
import type { Random } from '../../support/random.ts';

type Permissions = Readonly<Record<string, string>>;

interface Asked {
  /** What it needs, and no more. */
  readonly needs: Permissions;
  /** Answers the status. */
  ask(octokit: Octokit, token: string): Promise<number>;
}

const at = { owner, repo } as const;
/** What the App was granted. */
const GRANTED = ['actions', 'checks', 'contents', 'issues', 'pull_requests', 'statuses'];

function askings({ github }: Local, main: string, issue: number): Readonly<Record<string, Asked>> {
  const git = (service: string) => async (_: Octokit, token: string) => {
    const address = `${github.url}/${repoName}.git/info/refs?service=${service}`;
    const authorization = `Basic ${Buffer.from(`x-access-token:${token}`).toString('base64')}`;
    return (await fetch(address, { headers: { authorization } })).status;
  };
  return {
    'a comment': {
      needs: { issues: 'write', pull_requests: 'write' },
      ask: async ({ rest }) =>
        (await rest.issues.createComment({ ...at, issue_number: issue, body: 'Yes.' })).status,
    },
    'a check run': {
      needs: { checks: 'write' },
      ask: async ({ rest }) => (await rest.checks.create({ ...at, name: 'crew', head_sha: main })).status,
    },
    'a blob': {
      needs: { contents: 'write' },
      ask: async ({ rest }) => (await rest.git.createBlob({ ...at, content: 'one' })).status,
    },
    'a push': { needs: { contents: 'write' }, ask: git('git-receive-pack') },
    'a clone': { needs: { contents: 'read' }, ask: git('git-upload-pack') },
    'a read': {
      needs: { issues: 'read' },
      ask: async ({ rest }) => (await rest.issues.get({ ...at, issue_number: issue })).status,
    },
  };
}

/** What each was answered: with what it needs, and with each kind of more. */
export async function askWide(local: Local, other: string, random: Random) {
  const { github } = local;
  const { refs } = await github.snapshot(repoName);
  const { number } = await github.as('alice').openIssue(repoName, { title: 'Price', body: '' });
  const answers: Record<string, number> = {};
  for (const [name, { needs, ask }] of Object.entries(
    askings(local, refs['refs/heads/main'] ?? '', number),
  )) {
    const spare = random.pick(GRANTED.filter((permission) => !(permission in needs)));
    const isRead = Object.values(needs).every((level) => level === 'read');
    const narrow = { permissions: needs, repositories: [repo] };
    const tokens = {
      narrow,
      'another repository': { ...narrow, repositories: [repo, other] },
      'all repositories': { permissions: needs },
      // Whoever writes may look with the same token: what a read may hold beside is not judged.
      ...(name === 'a read'
        ? {}
        : { 'another permission': { ...narrow, permissions: { ...needs, [spare]: 'write' } } }),
      ...(isRead && name !== 'a read'
        ? { 'a right to write': { ...narrow, permissions: { contents: 'write' } } }
        : {}),
    };
    for (const [width, wish] of Object.entries(tokens)) {
      const token = await installationToken(github, wish);
      const octokit = new Octokit({ baseUrl: github.apiUrl, auth: token, log: quiet });
      answers[`${name} with ${width}`] = await ask(octokit, token).catch(
        (error: { readonly status?: number }) => error.status ?? 0,
      );
    }
  }
  return answers;
}
