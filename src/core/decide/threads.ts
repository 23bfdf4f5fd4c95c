/**
 * What the resolving of a finding's thread means, and its taking back. The thread as it stands now decides, in whichever
 * order the deliveries come. Pure.
 */
import type { ThreadEvent } from '../event.ts';
import { unwantedFinding } from '../messages/memories.ts';
import { allows } from '../permissions.ts';
import type { Task } from '../records.ts';
import { fingerprintIn } from '../review/fingerprint.ts';
import type { Memory, ReviewThread, TrackedFinding } from '../review/review-records.ts';
import { dismissal, threadOf } from './dismissals.ts';
import { decided, type Facts, has, ignored, needs, type Verdict } from './facts.ts';

export function decideThread(event: ThreadEvent, facts: Facts): Verdict {
  const { sender, root } = event;
  const isOurs = root.author.login === facts.app.login || root.appId === facts.app.id;
  const fingerprint = isOurs ? fingerprintIn(root.body) : null;
  if (fingerprint === null) return ignored('the thread was not begun by a finding of the crew');
  if (sender.isBot) return ignored(`${sender.login} is a bot: it settles no finding`, sender.login);
  if (!has(facts, 'findings')) return needs('findings');
  const finding = facts.findings.find((known) => known.fingerprint === fingerprint);
  if (finding === undefined) return ignored('the finding of the thread is not known here');
  if (!has(facts, 'permission')) return needs('permission');
  if (!allows(facts.permission, 'write')) {
    return ignored(`${sender.login} lacks write access: the finding stays as it is`, sender.login);
  }
  if (!has(facts, 'threads', 'tasks')) return needs('threads', 'tasks');
  const thread = facts.threads.find(({ id }) => id === event.threadId);
  if (thread === undefined || thread.resolved !== (event.action === 'resolved')) {
    return ignored(`the thread is not ${event.action} any more`, sender.login);
  }
  if (thread !== threadOf(finding, facts)) {
    return ignored('the finding was raised anew after this thread', sender.login);
  }
  return event.action === 'resolved'
    ? decideResolved(event, finding, thread, facts.tasks)
    : decideUnresolved(event, finding, facts);
}

function decideResolved(
  event: ThreadEvent,
  finding: TrackedFinding,
  thread: ReviewThread,
  tasks: readonly Task[],
): Verdict {
  const actor = event.sender.login;
  if (finding.state !== 'open') return ignored(`the finding is ${finding.state} already`, actor);
  if (thread.outdated && !wasJudgedAgain(finding, tasks, event.updatedAt)) {
    return ignored('the lines of the thread changed: the next review decides', actor);
  }
  // Others may have resolved it before: whoever did last, in whichever order it is told.
  const changes = dismissal(finding, thread, thread.resolvedBy ?? actor, 'resolved the thread');
  return decided({ decided: 'change', reason: `${actor} dismissed a finding`, actor, changes });
}

/** Whether the newest review came to its end after the one that said it, and left it open: what changed was judged already, before `at` where that is told. */
function wasJudgedAgain({ taskId }: TrackedFinding, tasks: readonly Task[], at: string): boolean {
  const newest = tasks.find(({ kind }) => kind === 'review');
  if (newest === undefined || newest.id === taskId || newest.state !== 'done') return false;
  return at === '' || newest.finishedAt === null || Date.parse(newest.finishedAt) <= Date.parse(at);
}

/** What was learned by the dismissal was learned wrongly. */
function decideUnresolved(event: ThreadEvent, finding: TrackedFinding, facts: Facts): Verdict {
  const actor = event.sender.login;
  if (finding.state === 'open') return ignored('the finding is open already', actor);
  if (!has(facts, 'memories')) return needs('memories');
  const { repositoryId, number, fingerprint } = finding;
  const changes = [
    {
      kind: 'settle_finding',
      of: { repositoryId, number },
      fingerprint,
      state: 'open',
      by: actor,
      reason: `${actor} opened the thread again.`,
    } as const,
    ...facts.memories
      .filter((memory) => isOf(memory, finding))
      .map(({ id }) => ({ kind: 'forget_memory', repositoryId, memoryId: id }) as const),
  ];
  return decided({ decided: 'change', reason: `${actor} opened a finding again`, actor, changes });
}

function isOf({ kind, text, evidence, path }: Memory, finding: TrackedFinding): boolean {
  return (
    kind === 'dismissed' &&
    text === unwantedFinding(finding) &&
    path === finding.path &&
    evidence.number === finding.number
  );
}
