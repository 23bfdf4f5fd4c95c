/**
 * GitHub as it stood at an event, as far as the event tells: its author may change what an issue or a pull request says after a writer
 * asked for work on it and before the delivery is handled, which may be hours.
 */
import { type CrewEvent, subjectOf, textOf } from '../../core/event.ts';
import type { GitHubReader } from '../../core/github-ports.ts';
import { linkedIssueNumbers } from '../../core/linked-issues.ts';

export function asTriggered(reader: GitHubReader, event: CrewEvent): GitHubReader {
  const text = textOf(event);
  const number = subjectOf(event)?.number;
  if (text === null) return reader;
  return {
    ...reader,
    async issue(repository, asked) {
      const issue = await reader.issue(repository, asked);
      return asked === number ? { ...issue, ...text } : issue;
    },
    async pullRequest(repository, asked) {
      const pull = await reader.pullRequest(repository, asked);
      if (asked !== number) return pull;
      const named = linkedIssueNumbers(text.body, repository);
      return {
        ...pull,
        ...text,
        linkedIssues: pull.linkedIssues.filter((issue) => named.includes(issue.number)),
      };
    },
  };
}
