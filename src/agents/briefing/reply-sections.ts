// What a reviewer is shown who answers a person about one of the crew's findings.
import type { ReplyRequest } from '../../core/request-records.ts';
import type { TrackedFinding } from '../../core/review/review-records.ts';
import { BRIEFING_LIMITS as LIMITS } from './limits.ts';
import { newestOf, pullRequestSection } from './subject-sections.ts';
import { attribute, quoteMarkdown, quoteText } from './untrusted-text.ts';

export function replySections({ pullRequest, finding, thread }: ReplyRequest): readonly string[] {
  const messages = thread.map(({ author, ours, body }) => {
    const from = `author="${attribute(author)}" ours="${ours}"`;
    return `<message ${from}>\n${quoteMarkdown(body, LIMITS.comment)}\n</message>`;
  });
  const shown = newestOf(messages, LIMITS.comments, 'messages');
  return [
    pullRequestSection(pullRequest),
    findingSection(finding),
    ['<thread>', ...shown, '</thread>'].join('\n'),
  ];
}

/** As it was said; `quote` is the code that it stood on then. */
function findingSection(finding: TrackedFinding): string {
  const { anchor } = finding;
  const line = anchor.kind === 'inline' ? ` side="${anchor.side}" line="${anchor.line}"` : '';
  const quote =
    anchor.kind === 'inline' ? [`<quote>\n${quoteText(anchor.quote, LIMITS.findingText)}\n</quote>`] : [];
  const what = `severity="${finding.severity}" category="${attribute(finding.category)}"`;
  const head = `roles="${attribute(finding.roles.join(', '))}" path="${attribute(finding.path)}"${line} ${what}`;
  return [`<finding ${head} state="${finding.state}">`, ...findingText(finding), ...quote, '</finding>'].join(
    '\n',
  );
}

/** Title and body of something that the crew found. */
export function findingText({
  title,
  body,
}: {
  readonly title: string;
  readonly body: string;
}): readonly string[] {
  return [
    `<title>${quoteText(title, LIMITS.title).replace(/\s+/g, ' ')}</title>`,
    `<body>\n${quoteText(body, LIMITS.findingText)}\n</body>`,
  ];
}
