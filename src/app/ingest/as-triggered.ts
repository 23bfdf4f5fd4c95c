/**
 * GitHub as it stood at an event, as far as the event tells: its author may change what an issue or a pull request says after a writer
 * asked for work on it and before the delivery is handled, which may be hours. Of issues that a pull request closes the event tells
 * nothing but its own time: what strangers changed in them since is left out.
 */
import { type CrewEvent, subjectOf, textOf, timeOf } from '../../core/event.ts';
import type { GitHubReader } from '../../core/github-ports.ts';
import { linkedIssueNumbers } from '../../core/linked-issues.ts';
import type { Repository } from '../../core/records.ts';
import type { PullRequestSnapshot } from '../../core/request-records.ts';

export function asTriggered(reader: GitHubReader, event: CrewEvent): GitHubReader {
  const text = textOf(event);
  const number = subjectOf(event)?.number;
  return {
    ...reader,
    async issue(repository, asked) {
      const issue = await reader.issue(repository, asked);
      return asked === number ? { ...issue, ...text } : issue;
    },
    async pullRequest(repository, asked, askedAt = timeOf(event)) {
      const pull = await reader.pullRequest(repository, asked, askedAt);
      if (text === null || asked !== number) return pull;
      return { ...pull, ...text, ...namedIn(text.body, repository, pull) };
    },
  };
}

function namedIn(
  body: string,
  repository: Repository,
  { linkedIssues, issuesLeftOut }: PullRequestSnapshot,
): Pick<PullRequestSnapshot, 'linkedIssues' | 'issuesLeftOut'> {
  const named = linkedIssueNumbers(body, repository);
  return {
    linkedIssues: linkedIssues.filter((issue) => named.includes(issue.number)),
    ...(issuesLeftOut && { issuesLeftOut: issuesLeftOut.filter((one) => named.includes(one)) }),
  };
}
