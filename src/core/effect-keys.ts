/**
 * Natural keys of effects: what must exist on GitHub at most once has one key, whoever asks for it and however often.
 * The repository goes in by id, which a rename does not change.
 */
import type { ReactionContent, ReactionTarget } from './records.ts';

/** One reaction of each kind on one thing: GitHub itself keeps no more. */
export function reactionKey(repositoryId: number, target: ReactionTarget, content: ReactionContent): string {
  const id = target.on === 'issue' ? target.number : target.commentId;
  return `reaction:${repositoryId}:${target.on}:${id}:${content}`;
}

/** One comment on an issue or pull request that is kept up to date; `topic` tells several apart (`progress`). */
export function stickyCommentKey(repositoryId: number, number: number, topic: string): string {
  return `sticky:${repositoryId}:${number}:${topic}`;
}

/** One comment in answer to `cause`: a delivery's semantic key, a task's id, a comment's id. */
export function commentKey(repositoryId: number, number: number, cause: string): string {
  return `comment:${repositoryId}:${number}:${cause}`;
}

/** `cause` makes the same change of labels possible again later on. */
export function addLabelsKey(repositoryId: number, number: number, cause: string): string {
  return `labels:${repositoryId}:${number}:add:${cause}`;
}

export function removeLabelKey(repositoryId: number, number: number, label: string, cause: string): string {
  return `labels:${repositoryId}:${number}:remove:${label}:${cause}`;
}

/** A branch at a commit: the same commit is pushed once. */
export function pushBranchKey(repositoryId: number, branch: string, headSha: string): string {
  return `push:${repositoryId}:${branch}:${headSha}`;
}

/** One pull request a branch. */
export function pullRequestKey(repositoryId: number, branch: string): string {
  return `pull:${repositoryId}:${branch}`;
}

/** One review of a commit by a task. */
export function reviewKey(taskId: string, headSha: string): string {
  return `review:${taskId}:${headSha}`;
}

/** One check run of a name on a commit by a task; its status changes as revisions. */
export function checkRunKey(taskId: string, headSha: string, name: string): string {
  return `check:${taskId}:${headSha}:${name}`;
}
