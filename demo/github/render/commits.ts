// Commits as GitHub's JSON, read from git, with the account and the verification GitHub adds.
import type { Commit } from '../commits.ts';
import type { RepoDoc } from '../records.ts';
import type { View } from '../state.ts';
import { nodeId, type World } from '../world.ts';
import { type Rendered, renderUser, userByEmail } from './accounts.ts';
import { repoApiUrl, repoHtmlUrl } from './repos.ts';

function verificationOf(repo: RepoDoc, commit: Commit): Rendered {
  const verified = repo.verifiedShas.includes(commit.sha);
  return {
    verified,
    reason: verified ? 'valid' : 'unsigned',
    signature: null,
    payload: null,
    verified_at: verified ? commit.committer.date : null,
  };
}

const person = (who: Commit['author']): Rendered => ({ name: who.name, email: who.email, date: who.date });

function accountOf(world: World, view: View, email: string): Rendered | null {
  const user = userByEmail(view, email);
  return user ? renderUser(world, user) : null;
}

export function renderCommit(world: World, view: View, repo: RepoDoc, commit: Commit): Rendered {
  const url = `${repoApiUrl(world, repo)}/commits/${commit.sha}`;
  const gitUrl = `${repoApiUrl(world, repo)}/git`;
  return {
    sha: commit.sha,
    node_id: nodeId('C', repo.id, commit.sha),
    commit: {
      author: person(commit.author),
      committer: person(commit.committer),
      message: commit.message,
      tree: { sha: commit.tree, url: `${gitUrl}/trees/${commit.tree}` },
      url: `${gitUrl}/commits/${commit.sha}`,
      comment_count: 0,
      verification: verificationOf(repo, commit),
    },
    url,
    html_url: `${repoHtmlUrl(world, repo)}/commit/${commit.sha}`,
    comments_url: `${url}/comments`,
    author: accountOf(world, view, commit.author.email),
    committer: accountOf(world, view, commit.committer.email),
    parents: commit.parents.map((sha) => ({
      sha,
      url: `${repoApiUrl(world, repo)}/commits/${sha}`,
      html_url: `${repoHtmlUrl(world, repo)}/commit/${sha}`,
    })),
  };
}

export function renderGitCommit(world: World, repo: RepoDoc, commit: Commit): Rendered {
  const gitUrl = `${repoApiUrl(world, repo)}/git`;
  return {
    sha: commit.sha,
    node_id: nodeId('C', repo.id, commit.sha),
    url: `${gitUrl}/commits/${commit.sha}`,
    html_url: `${repoHtmlUrl(world, repo)}/commit/${commit.sha}`,
    author: person(commit.author),
    committer: person(commit.committer),
    tree: { sha: commit.tree, url: `${gitUrl}/trees/${commit.tree}` },
    message: commit.message,
    parents: commit.parents.map((sha) => ({
      sha,
      url: `${gitUrl}/commits/${sha}`,
      html_url: `${repoHtmlUrl(world, repo)}/commit/${sha}`,
    })),
    verification: verificationOf(repo, commit),
  };
}

/** The short form inside check suites and workflow runs. */
export function renderSimpleCommit(commit: Commit): Rendered {
  return {
    id: commit.sha,
    tree_id: commit.tree,
    message: commit.message,
    timestamp: commit.committer.date,
    author: { name: commit.author.name, email: commit.author.email },
    committer: { name: commit.committer.name, email: commit.committer.email },
  };
}
