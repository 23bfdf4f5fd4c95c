/** How a pull request stands now, and which paths it changes. */
import type { Octokit } from '@octokit/rest';
import type { PullState } from '../../core/github-ports.ts';
import { changedFilesAnswer, parseAnswer, pullStateAnswer } from './answers.ts';
import { nullOn404 } from './when-gone.ts';

const PATHS_MAX = 100;

type At = { readonly owner: string; readonly repo: string; readonly pull_number: number };

export async function readPullState(github: Octokit, at: At): Promise<PullState | null> {
  const answer = await nullOn404(github.rest.pulls.get(at));
  if (answer === null) return null;
  const found = parseAnswer(pullStateAnswer, answer.data, 'a pull request');
  return {
    number: found.number,
    open: found.state === 'open',
    merged: found.merged ?? false,
    draft: found.draft ?? false,
    headSha: found.head.sha,
    headRef: found.head.ref,
    baseRef: found.base.ref,
    mergeable: found.mergeable ?? null,
    labels: found.labels.map(({ name }) => name),
  };
}

export async function readChangedPaths(github: Octokit, at: At): Promise<readonly string[]> {
  const answer = await github.rest.pulls.listFiles({ ...at, per_page: PATHS_MAX });
  const files = parseAnswer(changedFilesAnswer, answer.data, 'a list of files');
  return files.map(({ filename }) => filename);
}
