// The part of a briefing that everyone who works on one task shares: the repository and its rules, what was asked,
// the change under review, the plan. No ids and no times, so that it is byte for byte the same for the whole crew.
import type { AgentJob } from '../../core/ports.ts';
import type { IssueSnapshot, Plan, PullRequestSnapshot, Task } from '../../core/records.ts';
import { BRIEFING_LIMITS as LIMITS } from './limits.ts';
import { attribute, count, escapeTags, quoteText } from './untrusted-text.ts';

/** A file with rules of the repository, as it stands on the default branch's side. */
export interface RuleFile {
  readonly path: string;
  readonly text: string;
}

export interface ContextInput {
  readonly job: Pick<AgentJob, 'task' | 'plan'>;
  readonly rules: readonly RuleFile[];
  /** `<diff>…</diff>` for reviews, else null. */
  readonly diffText: string | null;
}

export function contextBlock({ job, rules, diffText }: ContextInput): string {
  const { task, plan } = job;
  const sections = [
    repositorySection(task),
    ...ruleSections(rules),
    ...requestSections(task),
    ...(plan === null ? [] : [planSection(plan)]),
    ...(diffText === null ? [] : [diffText]),
  ];
  return sections.join('\n\n');
}

function repositorySection({ repository }: Task): string {
  const name = attribute(`${repository.owner}/${repository.name}`);
  return `<repository name="${name}" default_branch="${attribute(repository.defaultBranch)}"></repository>`;
}

function ruleSections(rules: readonly RuleFile[]): readonly string[] {
  let leftChars: number = LIMITS.rules;
  return rules.map(({ path, text }) => {
    const body = quoteText(text, Math.min(LIMITS.ruleFile, Math.max(leftChars, 0)));
    leftChars -= body.length;
    return `<rules path="${attribute(path)}">\n${body}\n</rules>`;
  });
}

function requestSections({ request, requester }: Task): readonly string[] {
  switch (request.kind) {
    case 'implement': {
      const note = quoteText(request.note, LIMITS.note);
      const noteSection = `<note author="${attribute(requester)}">\n${note}\n</note>`;
      return [
        issueSection(request.issue),
        ...commentSections(request.issue),
        ...(note === '' ? [] : [noteSection]),
      ];
    }
    case 'review':
      return [pullRequestSection(request.pullRequest), ...commentSections(request.pullRequest)];
    case 'ask': {
      const question = quoteText(request.question, LIMITS.question);
      const questionSection = `<question author="${attribute(requester)}">\n${question}\n</question>`;
      return [issueSection(request.issue), ...commentSections(request.issue), questionSection];
    }
  }
}

function issueSection(issue: IssueSnapshot): string {
  const author = `author="${attribute(issue.author)}" writer="${issue.authorIsWriter}"`;
  return `<issue number="${issue.number}" ${author}>\n${titleAndBody(issue)}\n</issue>`;
}

function pullRequestSection(pullRequest: PullRequestSnapshot): string {
  const shas = `head="${attribute(pullRequest.headSha)}" base="${attribute(pullRequest.baseSha)}"`;
  return `<pull_request number="${pullRequest.number}" ${shas}>\n${titleAndBody(pullRequest)}\n</pull_request>`;
}

function titleAndBody({ title, body }: IssueSnapshot): string {
  const head = quoteText(title, LIMITS.title).replace(/\s+/g, ' ');
  return `<title>${head}</title>\n<body>\n${quoteText(body, LIMITS.body)}\n</body>`;
}

/** Oldest first; when they are too long together, the oldest are left out and that is said. */
function commentSections({ comments }: IssueSnapshot): readonly string[] {
  const all = comments.map(
    ({ author, body }) =>
      `<comment author="${attribute(author)}">\n${quoteText(body, LIMITS.comment)}\n</comment>`,
  );
  let chars = 0;
  const firstKept = all.findLastIndex((section) => {
    chars += section.length;
    return chars > LIMITS.comments;
  });
  const kept = all.slice(firstKept + 1);
  if (kept.length === all.length) return kept;
  return [`[cut: the newest ${count(kept.length)} of ${count(all.length)} comments shown]`, ...kept];
}

function planSection({ answer }: Plan): string {
  const subtasks = answer.subtasks.map(({ key, role, title, goal, depends_on }) => {
    const after = depends_on.length === 0 ? '' : ` (after ${depends_on.join(', ')})`;
    return `- ${key}, ${role}: ${title}${after}. ${goal}`;
  });
  const risks = answer.risks.map((risk) => `- risk: ${risk}`);
  const text = [answer.summary, '', ...subtasks, ...risks].join('\n');
  return `<plan>\n${escapeTags(quoteText(text, LIMITS.plan))}\n</plan>`;
}
