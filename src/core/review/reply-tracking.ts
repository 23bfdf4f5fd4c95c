/** What a reply to a finding settles, and what the crew learns from it. Pure. */

import type { NewMemory, Tracking } from '../memory-ports.ts';
import { unwantedFinding } from '../messages/memories.ts';
import type { ReplyRequest } from '../request-records.ts';
import { shorten } from '../shorten.ts';
import type { TaskRecords } from '../store-ports.ts';

export const NOTHING: Tracking = { raised: [], settled: [], memories: [] };
/** Of a memory's text and of what it quotes. */
const MEMORY_MAX_CHARS = 500;

export function trackedReply(records: TaskRecords, request: ReplyRequest): Tracking {
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
    evidence: { by, number, url: null, quote: shorten(person?.body ?? '', MEMORY_MAX_CHARS) },
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
  const { repositoryId, number, fingerprint } = finding;
  return {
    ...learned,
    key: `dismissed:${repositoryId}:${number}:${fingerprint}`,
    kind: 'dismissed',
    text: shorten(unwantedFinding(finding), MEMORY_MAX_CHARS),
  };
}

function taught(request: ReplyRequest, lesson: string, learned: Learned): NewMemory {
  const { repositoryId, number, fingerprint } = request.finding;
  const said = request.thread.at(-1)?.id ?? request.commentId;
  return {
    ...learned,
    key: `lesson:${repositoryId}:${number}:${fingerprint}:${said}`,
    kind: 'lesson',
    text: shorten(lesson.trim().replace(/\s+/g, ' '), MEMORY_MAX_CHARS),
  };
}
