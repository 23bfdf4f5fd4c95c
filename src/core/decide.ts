/**
 * From an event and facts to what the crew does about it, always with the reason. Pure: it changes nothing, and what it
 * needs to know and is not given it asks for (see `decide/facts.ts`).
 */
import { newCommands } from './command-line.ts';
import { decideConflicts } from './decide/conflicts.ts';
import {
  decided,
  type Facts,
  has,
  ignored,
  needs,
  refuseBot,
  together,
  type Verdict,
} from './decide/facts.ts';
import { decideFeedback, isOnFinding } from './decide/feedback.ts';
import { decideDeployment, decidePushedGates } from './decide/gates.ts';
import { decideInstallation } from './decide/installations.ts';
import { labelRequestKey } from './decide/label-requests.ts';
import { decideIssueLabelled, decideIssueUnlabelled, decidePullRequestLabelled } from './decide/labels.ts';
import { decidePullRequest } from './decide/pull-requests.ts';
import { decideReply, isReply } from './decide/replies.ts';
import { decideReport } from './decide/reports.ts';
import { commentKey, stopAll } from './decide/requests.ts';
import { decideWord } from './decide/steering.ts';
import { decideThread } from './decide/threads.ts';
import type { CommentEvent, CrewEvent, IssueChangeEvent, PullRequestEvent, ReportEvent } from './event.ts';

export function decide(event: CrewEvent, facts: Facts): Verdict {
  if (event.kind === 'other') return ignored(otherReason(event.name, event.problem));
  if (event.sender.login === facts.app.login && !isByOthers(event))
    return ignored('the crew does not act on what it did itself');
  switch (event.kind) {
    case 'issue_labelled':
      return decideIssueLabelled(event, facts);
    case 'issue_unlabelled':
      return decideIssueUnlabelled(event, facts);
    case 'issue_changed':
      return decideIssueChange(event, facts);
    case 'comment':
      return decideComment(event, facts);
    case 'pull_request_changed':
      return decidePullRequestChange(event, facts);
    case 'pull_request_labelled':
      return decidePullRequestLabelled(event, facts);
    case 'review_submitted':
      return decideFeedback(event, facts, 'commands are read in comments, not in the summary of a review');
    case 'thread_changed':
      return decideThread(event, facts);
    case 'report':
      return event.headSha === null ? decideLook(event, facts) : decideReport(event, facts);
    case 'deployment':
      return decideDeployment(event, facts);
    case 'pushed':
      return together(decidePushedGates(event, facts), decideConflicts(event, facts));
    case 'installation':
      return decideInstallation(event, facts);
    case 'repository_moved': {
      const { repository, sender } = event;
      const reason = `the repository was ${event.action}: it is now ${repository.owner}/${repository.name}`;
      const changes = [{ kind: 'save_repository', repository } as const];
      return decided({ decided: 'change', reason, actor: sender.login, changes });
    }
  }
}

/** A conflict first: what cannot be merged is not checked as it would be merged. */
function decideLook(event: ReportEvent, facts: Facts): Verdict {
  const conflicts = decideConflicts(event, facts);
  const isConflict =
    conflicts.kind !== 'decided' || conflicts.decisions.some(({ changes }) => changes.length > 0);
  return isConflict ? conflicts : decideReport(event, facts);
}

/**
 * GitHub names whoever set a check or a deployment off as its sender, which is us for what our pushes set off; `decideReport` knows
 * our own. A gate that branch protection requires is asked for on our branches as on any other: it tells a commit, and sets nothing off.
 */
function isByOthers({ kind }: CrewEvent): boolean {
  return kind === 'report' || kind === 'deployment' || kind === 'pushed';
}

/** Key under which an accepted request is marked, of a comment as an answer; null for events that ask for nothing by themselves. */
export function requestKeyOf(event: CrewEvent): string | null {
  switch (event.kind) {
    case 'issue_labelled':
    case 'pull_request_labelled':
      return labelRequestKey(event);
    case 'comment':
      return commentKey(event);
    default:
      return null;
  }
}

function otherReason(name: string, problem: string | null): string {
  return problem === null ? `the crew does not act on ${name}` : `${name} cannot be acted on: ${problem}`;
}

function decideIssueChange(event: IssueChangeEvent, facts: Facts): Verdict {
  if (event.action === 'opened')
    return ignored('labels and comments ask the crew for work, not the opening itself');
  if (event.action === 'edited') return ignored('a task keeps the issue as it stood when it was asked for');
  if (!has(facts, 'tasks')) return needs('tasks');
  const working = facts.tasks.filter((task) => task.kind === 'implement');
  const changes = stopAll(working, `${event.sender.login} closed the issue.`);
  if (changes.length === 0) return ignored('the issue was closed; no task of it runs');
  if (!has(facts, 'standing')) return needs('standing');
  if (facts.standing.open) return ignored('the issue was closed and is open again');
  const reason = 'the issue was closed: the work on it stops';
  return decided({ decided: 'change', reason, actor: event.sender.login, changes });
}

/** A push, or another base, may also be what makes a pull request of the crew's own conflict. */
function decidePullRequestChange(event: PullRequestEvent, facts: Facts): Verdict {
  const isOwn = event.pullRequest.author.login === facts.app.login;
  const moves = event.action === 'synchronize' || event.action === 'base_changed';
  const verdict = decidePullRequest(event, facts);
  return isOwn && moves ? together(verdict, decideConflicts(event, facts)) : verdict;
}

/** A thread of a finding is answered by whoever found it; others on a pull request of the crew's own ask for a change. */
function decideInThread(event: CommentEvent & { readonly inReplyTo: number }, facts: Facts): Verdict {
  if (!has(facts, 'own')) return needs('own');
  if (facts.own.length === 0) return decideReply(event, facts);
  const isOn = isOnFinding(facts);
  if (isOn === null) return needs('findings', 'root');
  return isOn ? decideReply(event, facts) : decideFeedback(event, facts, 'the comment holds no command');
}

function decideComment(event: CommentEvent, facts: Facts): Verdict {
  if (event.author.login === facts.app.login || event.appId === facts.app.id) {
    return ignored('the crew does not act on its own comments');
  }
  const commands = newCommands(event.before, event.body);
  if (commands.length === 0) {
    if (event.action === 'edited') return ignored('the edit adds no command');
    if (isReply(event)) return decideInThread(event, facts);
    const otherwise = 'the comment holds no command';
    return event.subject.kind === 'issue'
      ? decideWord(event, facts, otherwise)
      : decideFeedback(event, facts, otherwise);
  }
  // Whoever edits another's comment speaks in that person's name: only the author's own edit counts.
  if (event.sender.login !== event.author.login) {
    return ignored(`${event.sender.login} edited a comment by ${event.author.login}`, event.sender.login);
  }
  const refusal = event.sender.isBot ? refuseBot(event.sender, facts) : null;
  return refusal ?? { kind: 'commands', commands };
}
