// The part of a briefing that everyone who works on one task, or on one part of a review, shares: the repository and its
// rules, what was asked, the plan, the change under review. No ids and no times, so that it is byte for byte the same for
// all of them.
import type { AgentJob } from '../../core/agent-ports.ts';
import type { Plan, Task } from '../../core/records.ts';
import type { Revision } from '../../core/request-records.ts';
import { BRIEFING_LIMITS as LIMITS } from './limits.ts';
import { replySections } from './reply-sections.ts';
import { reviewSections } from './review-sections.ts';
import {
  commentSections,
  issueSection,
  linkedIssueSections,
  pullRequestSection,
} from './subject-sections.ts';
import { attribute, escapeTags, quoteMarkdown, quoteText } from './untrusted-text.ts';

/** A file with rules of the repository, as it stands on the default branch's side. */
export interface RuleFile {
  readonly path: string;
  readonly text: string;
}

export interface ContextInput {
  readonly job: Pick<AgentJob, 'task' | 'plan' | 'review'> & {
    readonly subtask: Pick<AgentJob['subtask'], 'files'>;
  };
  readonly rules: readonly RuleFile[];
  /** `<diff>…</diff>` for reviews and audits, else null. */
  readonly diffText: string | null;
}

export function contextBlock({ job, rules, diffText }: ContextInput): string {
  const { task, plan } = job;
  const sections = [
    repositorySection(task),
    ...ruleSections(rules),
    ...requestSections(job),
    ...(plan === null || plan.state === 'superseded' ? [] : [planSection(plan)]),
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
    const body = quoteMarkdown(text, Math.min(LIMITS.ruleFile, Math.max(leftChars, 0)));
    leftChars -= body.length;
    return `<rules path="${attribute(path)}">\n${body}\n</rules>`;
  });
}

function requestSections({ task, subtask, review }: ContextInput['job']): readonly string[] {
  const { request, requester } = task;
  switch (request.kind) {
    case 'implement': {
      const notes = [{ by: requester, note: request.note }, ...(request.revisions ?? [])];
      return [
        issueSection(request.issue),
        ...commentSections(request.issue),
        ...notes.filter(({ note }) => note.trim() !== '').map(noteSection),
      ];
    }
    case 'review':
      if (review === null) throw new Error('a review without its survey');
      return reviewSections(request, review.survey, subtask.files);
    case 'reply':
      return replySections(request);
    case 'fix':
      return [
        pullRequestSection(request.pullRequest),
        ...linkedIssueSections(request.pullRequest.linkedIssues),
      ];
    case 'gate':
      return [];
    case 'ask': {
      const question = quoteMarkdown(request.question, LIMITS.question);
      const questionSection = `<question author="${attribute(requester)}">\n${question}\n</question>`;
      return [issueSection(request.issue), ...commentSections(request.issue), questionSection];
    }
  }
}

function noteSection({ by, note }: Revision): string {
  return `<note author="${attribute(by)}">\n${quoteMarkdown(note, LIMITS.note)}\n</note>`;
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
