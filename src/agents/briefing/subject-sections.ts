// The sections on what a person wrote: an issue, a pull request, the comments on them. Hostile text, quoted.
import type { IssueSnapshot, LinkedIssue, PullRequestSnapshot } from '../../core/request-records.ts';
import { BRIEFING_LIMITS as LIMITS } from './limits.ts';
import { attribute, count, quoteMarkdown, quoteText } from './untrusted-text.ts';

export function issueSection(issue: IssueSnapshot): string {
  return section('issue', issue, LIMITS.body);
}

/** `fork="true"`: its code was written by someone who cannot write to the repository. */
export function pullRequestSection(pullRequest: PullRequestSnapshot): string {
  const { number, headSha, baseSha, fromFork } = pullRequest;
  const shas = `head="${attribute(headSha)}" base="${attribute(baseSha)}"`;
  const text = titleAndBody(pullRequest, LIMITS.body);
  return `<pull_request number="${number}" ${shas} fork="${fromFork}" ${by(pullRequest)}>\n${text}\n</pull_request>`;
}

export function linkedIssueSections(issues: readonly LinkedIssue[]): readonly string[] {
  const shown = issues
    .slice(0, LIMITS.linkedIssues)
    .map((issue) => section('linked_issue', issue, LIMITS.linkedIssue));
  if (shown.length === issues.length) return shown;
  return [...shown, `[cut: ${count(shown.length)} of ${count(issues.length)} linked issues shown]`];
}

/** Oldest first; when they are too long together, the oldest are left out and that is said. */
export function commentSections({ comments }: Pick<IssueSnapshot, 'comments'>): readonly string[] {
  const all = comments.map(
    ({ author, body }) =>
      `<comment author="${attribute(author)}">\n${quoteMarkdown(body, LIMITS.comment)}\n</comment>`,
  );
  return newestOf(all, LIMITS.comments, 'comments');
}

/** The last of some sections that fit together, behind a mark that says how many do not. */
export function newestOf(all: readonly string[], maxChars: number, what: string): readonly string[] {
  let chars = 0;
  const firstKept = all.findLastIndex((section) => {
    chars += section.length;
    return chars > maxChars;
  });
  const kept = all.slice(firstKept + 1);
  if (kept.length === all.length) return kept;
  return [`[cut: the newest ${count(kept.length)} of ${count(all.length)} ${what} shown]`, ...kept];
}

function section(tag: string, issue: LinkedIssue, maxChars: number): string {
  return `<${tag} number="${issue.number}" ${by(issue)}>\n${titleAndBody(issue, maxChars)}\n</${tag}>`;
}

function by({ author, authorIsWriter }: LinkedIssue): string {
  return `author="${attribute(author)}" writer="${authorIsWriter}"`;
}

function titleAndBody({ title, body }: LinkedIssue, bodyMaxChars: number): string {
  const head = quoteText(title, LIMITS.title).replace(/\s+/g, ' ');
  return `<title>${head}</title>\n<body>\n${quoteMarkdown(body, bodyMaxChars)}\n</body>`;
}
