// What a simulated person does on GitHub's pages. Every deed is one transaction and sends the same signed webhooks as the
// real one; what the person may not do is refused as the pages would not offer it.
import { addComment, deleteComment, editComment, react, type Subject } from './deeds/comments.ts';
import { deleteRepository, forkRepository } from './deeds/forks.ts';
import {
  addLabels,
  editIssue,
  type IssueChange,
  type NewIssue,
  openIssue,
  removeLabel,
  setAssignees,
} from './deeds/issues.ts';
import { type MergeWish, mergePull, type NewPull, openPull, setDraft, setReviewers } from './deeds/pulls.ts';
import { replyTo, resolves, setResolved } from './deeds/review-comments.ts';
import { createReview, dismissReview, type NewReview } from './deeds/reviews.ts';
import { Developer } from './developer.ts';
import { found, type Made, type MadeIssue } from './person.ts';
import type { IssueDoc, ReactionContent } from './records.ts';
import { findIssue, GitHubError } from './world.ts';

export class Human extends Developer {
  openIssue(repo: string, wanted: NewIssue): Promise<MadeIssue> {
    return this.do(repo, 'read', async (deed) => short(await openIssue(deed, deed.repo, wanted)));
  }

  editIssue(repo: string, number: number, change: Pick<IssueChange, 'title' | 'body'>): Promise<void> {
    return this.onIssue(
      repo,
      number,
      'read',
      async (deed, issue) => void (await editIssue(deed, issue, change)),
    );
  }

  closeIssue(repo: string, number: number, reason: 'completed' | 'not_planned' = 'completed'): Promise<void> {
    const change: IssueChange = { state: 'closed', stateReason: reason };
    return this.onIssue(
      repo,
      number,
      'read',
      async (deed, issue) => void (await editIssue(deed, issue, change)),
    );
  }

  reopenIssue(repo: string, number: number): Promise<void> {
    return this.onIssue(
      repo,
      number,
      'read',
      async (deed, issue) => void (await editIssue(deed, issue, { state: 'open' })),
    );
  }

  label(repo: string, number: number, ...names: string[]): Promise<void> {
    return this.onIssue(
      repo,
      number,
      'triage',
      async (deed, issue) => void (await addLabels(deed, issue, names)),
    );
  }

  unlabel(repo: string, number: number, name: string): Promise<void> {
    return this.onIssue(
      repo,
      number,
      'triage',
      async (deed, issue) => void (await removeLabel(deed, issue, name)),
    );
  }

  assign(repo: string, number: number, ...logins: string[]): Promise<void> {
    return this.onIssue(
      repo,
      number,
      'triage',
      async (deed, issue) => void (await setAssignees(deed, issue, logins)),
    );
  }

  comment(repo: string, number: number, body: string): Promise<Made> {
    return this.onIssue(repo, number, 'read', (deed, issue) => ({ id: addComment(deed, issue, body).id }));
  }

  editComment(repo: string, id: number, body: string): Promise<void> {
    return this.do(repo, 'read', (deed) => void editComment(deed, found(deed.tx.get('comment', id)), body));
  }

  deleteComment(repo: string, id: number): Promise<void> {
    return this.do(repo, 'read', (deed) => deleteComment(deed, found(deed.tx.get('comment', id))));
  }

  /** `on` names an issue or pull request by number, or a comment by id. */
  react(
    repo: string,
    on: { readonly issue: number } | { readonly comment: number } | { readonly reviewComment: number },
    content: ReactionContent,
  ): Promise<void> {
    return this.do(repo, 'read', (deed) => {
      const kind = 'issue' in on ? 'issue' : 'comment' in on ? 'comment' : 'reviewComment';
      const id = 'issue' in on ? found(findIssue(deed.tx, deed.repo, on.issue)).id : Object.values(on)[0];
      const subject: Subject = { kind, id: found(id), repo: deed.repo.id };
      react(deed, subject, content);
    });
  }

  /** Gives the fork's `owner/name`. */
  fork(repo: string): Promise<string> {
    return this.do(repo, 'read', async (deed) => {
      const { owner, name } = await forkRepository(deed, deed.repo);
      return `${owner}/${name}`;
    });
  }

  deleteRepository(repo: string): Promise<void> {
    return this.do(repo, 'admin', (deed) => deleteRepository(deed, deed.repo));
  }

  /** `head` is a branch, or `login:branch` of a fork. */
  openPull(repo: string, wanted: NewPull): Promise<MadeIssue> {
    return this.do(repo, 'read', async (deed) => short(await openPull(deed, deed.repo, wanted)));
  }

  setDraft(repo: string, number: number, draft: boolean): Promise<void> {
    return this.onPull(repo, number, 'read', async (deed, pull) => void (await setDraft(deed, pull, draft)));
  }

  requestReview(repo: string, number: number, ...logins: string[]): Promise<void> {
    return this.onPull(
      repo,
      number,
      'triage',
      async (deed, pull) => void (await setReviewers(deed, pull, logins, true)),
    );
  }

  mergePull(repo: string, number: number, wish: MergeWish = { method: 'merge' }): Promise<string> {
    return this.onPull(repo, number, 'write', (deed, pull) => mergePull(deed, pull, wish));
  }

  review(repo: string, number: number, wanted: NewReview): Promise<Made> {
    return this.onPull(repo, number, 'read', async (deed, pull) => ({
      id: (await createReview(deed, pull, wanted)).id,
    }));
  }

  dismissReview(repo: string, number: number, id: number): Promise<void> {
    return this.onPull(
      repo,
      number,
      'write',
      (deed, pull) => void dismissReview(deed, pull, found(deed.tx.get('review', id))),
    );
  }

  /** Replies in the thread that the review comment belongs to. */
  reviewReply(repo: string, number: number, commentId: number, body: string): Promise<Made> {
    return this.onPull(repo, number, 'read', (deed, pull) => ({
      id: replyTo(deed, pull, found(deed.tx.get('reviewComment', commentId)), body).id,
    }));
  }

  /** The thread is named by any of its comments. */
  resolveThread(repo: string, number: number, commentId: number, resolved = true): Promise<void> {
    return this.onPull(repo, number, 'read', (deed, pull) => {
      if (!resolves(deed.repo, pull, deed.actor.login)) {
        throw new GitHubError(403, `${this.login} may not resolve threads of #${number}`);
      }
      setResolved(deed, pull, found(deed.tx.get('reviewComment', commentId)).thread, resolved);
    });
  }
}

const short = (issue: IssueDoc): MadeIssue => ({ id: issue.id, number: issue.number });
