/** What a task leaves behind for later reviews of the same repository: findings raised and settled, and what was learned. Pure. */
import { bodyWithAll } from './candidates.ts';
import { pathOf } from './finding-place.ts';
import { titleOf } from './messages/finding-comment.ts';
import type { NewFinding, NewMemory, TaskRecords, Tracking } from './ports.ts';
import type { ReplyRequest, Task } from './records.ts';
import { assembledOf, type Published } from './review-assembly.ts';

const NOTHING: Tracking = { raised: [], settled: [], memories: [] };
const TITLE_MAX_CHARS = 300;
const BODY_MAX_CHARS = 6_000;
const CATEGORY_MAX_CHARS = 100;
const PATH_MAX_CHARS = 1_000;
/** Of a memory's text and of what it quotes. */
const MEMORY_MAX_CHARS = 500;

export function trackingOf(records: TaskRecords): Tracking {
  const { request } = records.task;
  switch (request.kind) {
    case 'review':
      return trackedReview(records, request.pullRequest.headSha);
    case 'reply':
      return trackedReply(records, request);
    case 'implement':
    case 'ask':
      return NOTHING;
  }
}

function trackedReview(records: TaskRecords, headSha: string): Tracking {
  const { task } = records;
  const { inline, folded, earlier } = assembledOf(records);
  return {
    raised: [...inline, ...folded].map((published) => raisedBy(task, headSha, published)),
    settled: earlier.fixed.map(({ finding, role }) => ({
      repositoryId: task.repository.id,
      number: task.subject.number,
      fingerprint: finding.fingerprint,
      state: 'fixed',
      by: `crew:${role}`,
      reason: `fixed in ${headSha.slice(0, 7)}`,
    })),
    memories: [],
  };
}

function raisedBy(task: Task, headSha: string, published: Published): NewFinding {
  const { fingerprint, finding, anchor, roles } = published;
  return {
    fingerprint,
    repositoryId: task.repository.id,
    number: task.subject.number,
    taskId: task.id,
    headSha,
    roles,
    path: cut(pathOf(finding, anchor), PATH_MAX_CHARS),
    anchor,
    severity: finding.severity,
    category: cut(finding.category, CATEGORY_MAX_CHARS),
    title: cut(titleOf(finding), TITLE_MAX_CHARS),
    body: cut(bodyWithAll(published), BODY_MAX_CHARS),
  };
}

function trackedReply(records: TaskRecords, request: ReplyRequest): Tracking {
  const replied = records.results.find(({ outcome }) => outcome.kind === 'reply')?.outcome;
  if (replied?.kind !== 'reply') return NOTHING;
  const { verdict, lesson } = replied.answer;
  const { finding } = request;
  const person = request.thread.findLast(({ ours }) => !ours);
  const by = person?.author ?? records.task.requester;
  const role = records.subtasks.find(({ kind }) => kind === 'reply')?.role ?? finding.roles[0] ?? 'crew';
  const { repositoryId, number, fingerprint } = finding;
  const settled = { repositoryId, number, fingerprint };
  const memory = {
    repositoryId,
    path: finding.path,
    evidence: { by, number, url: null, quote: cut(person?.body ?? '', MEMORY_MAX_CHARS) },
  };
  return {
    raised: [],
    settled:
      verdict === 'stands'
        ? []
        : verdict === 'withdrawn'
          ? [
              {
                ...settled,
                state: 'withdrawn',
                by: `crew:${role}`,
                reason: `withdrawn after what ${by} replied`,
              },
            ]
          : [{ ...settled, state: 'dismissed', by, reason: 'dismissed in a reply' }],
    memories: [
      ...(verdict === 'dismissed' ? [dismissal(request, memory)] : []),
      ...(lesson === null || lesson.trim() === '' ? [] : [taught(request, lesson, memory)]),
    ],
  };
}

type Learned = Pick<NewMemory, 'repositoryId' | 'path' | 'evidence'>;

/** One a finding, however often it is refused. */
function dismissal({ finding }: ReplyRequest, learned: Learned): NewMemory {
  const { repositoryId, number, fingerprint, title, category } = finding;
  return {
    ...learned,
    key: `dismissed:${repositoryId}:${number}:${fingerprint}`,
    kind: 'dismissed',
    text: cut(`Findings such as "${title.trim()}" (${category.trim()}) are not wanted.`, MEMORY_MAX_CHARS),
  };
}

function taught(request: ReplyRequest, lesson: string, learned: Learned): NewMemory {
  const { repositoryId, number, fingerprint } = request.finding;
  const said = request.thread.at(-1)?.id ?? request.commentId;
  return {
    ...learned,
    key: `lesson:${repositoryId}:${number}:${fingerprint}:${said}`,
    kind: 'lesson',
    text: cut(lesson.trim().replace(/\s+/g, ' '), MEMORY_MAX_CHARS),
  };
}

function cut(text: string, limit: number): string {
  return text.length <= limit ? text : `${text.slice(0, limit - 1).toWellFormed()}…`;
}
