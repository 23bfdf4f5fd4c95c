/** One round on a pull request of the crew's own: work on its head, the repository's own checks, the push and the answers. Pure. */
import { fixerOf } from '../fix/fix-role.ts';
import { answersOf, isAnswering, unansweredOf } from '../fix/words.ts';
import { fixEffects, pushOf } from '../fix-effects.ts';
import { withDependencies } from '../implement/plan-rules.ts';
import { verifyOf } from '../implement/planned-subtasks.ts';
import { workBaseOf } from '../implement/work-base.ts';
import { nothingToFix, roundWithoutChange } from '../messages/fix.ts';
import type { Subtask, Task } from '../records.ts';
import type { FixRequest } from '../request-records.ts';
import type { NewSubtask, TaskRecords } from '../store-ports.ts';
import { checkSteps } from './check.ts';
import { type Checks, checkedOf } from './checked.ts';
import { publishSteps } from './publish.ts';
import { add, inState, move, ofKind, QUIET_MS, type Step, type StepContext } from './step.ts';

/** Times that a specialist is asked anew for words that came while another was answering. */
const ANSWERINGS_MAX = 5;
/** A conversation that does not fall silent is answered all the same. */
const QUIET_TIMES_MAX = 10;

export function firstOfFix(task: Task, request: FixRequest, context: StepContext): readonly Step[] {
  const waitMs = request.cause.kind === 'feedback' ? untilQuietMs(task, request, context) : 0;
  if (waitMs > 0) return [{ kind: 'wait', ms: waitMs }];
  return [move('working'), add(workOf(request, 1, [], context))];
}

function untilQuietMs(
  { createdAt }: Task,
  { feedback }: FixRequest,
  { now, quietMs = QUIET_MS }: StepContext,
): number {
  const begunMs = Date.parse(createdAt);
  // What GitHub calls the time of a word is another clock's; a word whose time cannot be read is as old as the task.
  const spokenMs = feedback.map(({ at }) => Date.parse(at)).filter((ms) => !Number.isNaN(ms));
  const newestMs = Math.max(begunMs, ...spokenMs);
  const quietAtMs = Math.min(newestMs + quietMs, begunMs + QUIET_TIMES_MAX * quietMs);
  return quietAtMs - now.getTime();
}

export function fixSteps(records: TaskRecords, context: StepContext): readonly Step[] {
  const { request } = records.task;
  if (request.kind !== 'fix') return [];
  const work = ofKind(records, 'work');
  if (work.some(({ state }) => state !== 'done')) return inState(records.task, 'working');
  const answerings = work.filter(({ key }) => isAnswering(key));
  const open = unansweredOf(request, answersOf(records));
  const isPublishing = records.effects.some(({ key }) => key.startsWith(`branch:${records.task.id}`));
  if (open.length > 0 && answerings.length < ANSWERINGS_MAX && !isPublishing) {
    const keys = work.map(({ key }) => key);
    return [move('working'), add(workOf(request, answerings.length + 1, keys, context))];
  }
  if (!isChanged(records, work, request)) return publishSteps(records, withoutChange(records, request));
  if (!isVerified(records, work)) return [addVerify(records, work)];
  const checking = checkSteps(records, context);
  const checked = checkedOf(records);
  if (checking !== null || checked === null) return checking ?? [];
  return publishRound(records, request, checked);
}

/** The push first: what is said afterwards names its commit. */
function publishRound(records: TaskRecords, request: FixRequest, checked: Checks): readonly Step[] {
  if (checked.headSha === workBaseOf(records.task).checkout.baseSha) {
    return publishSteps(records, withoutChange(records, request));
  }
  const push = pushOf(records, request, checked);
  const pushed = records.effects.find(({ key }) => key === push.key);
  if (pushed?.state !== 'done') return publishSteps(records, { effects: [push] });
  const sha = String(pushed.outcome?.externalId ?? checked.headSha);
  return publishSteps(records, { effects: [push, ...fixEffects(records, request, sha)] });
}

function withoutChange(records: TaskRecords, request: FixRequest) {
  const reason = request.feedback.length > 0 ? null : reasonOf(request);
  return { effects: fixEffects(records, request, null), reason };
}

function reasonOf({ cause }: FixRequest): string {
  return cause.kind === 'feedback' ? nothingToFix : roundWithoutChange;
}

/** What is brought onto a new base changes even where nobody had to work on it. */
function isChanged({ results }: TaskRecords, work: readonly Subtask[], { cause }: FixRequest): boolean {
  if (cause.kind === 'conflict') return true;
  const ids = new Set(work.map(({ id }) => id));
  return results.some(({ subtaskId, outcome }) => {
    return ids.has(subtaskId) && outcome.kind === 'patch' && outcome.patch !== '';
  });
}

/** Whether the newest checks were of all the work that there is. */
function isVerified(records: TaskRecords, work: readonly Subtask[]): boolean {
  const newest = ofKind(records, 'verify').at(-1);
  if (newest === undefined) return false;
  const covered = new Set(withDependencies(records.subtasks, newest.dependsOn).map(({ key }) => key));
  return work.every(({ key }) => covered.has(key));
}

function addVerify(records: TaskRecords, work: readonly Subtask[]): Step {
  const earlier = ofKind(records, 'verify').length;
  const key = earlier === 0 ? 'verify' : `verify-${earlier + 1}`;
  return add(verifyOf({ planId: null, key, dependsOn: work.map((one) => one.key) }));
}

function workOf(
  request: FixRequest,
  round: number,
  dependsOn: readonly string[],
  { roles }: StepContext,
): Pick<NewSubtask, 'key' | 'kind' | 'role' | 'title' | 'goal' | 'dependsOn'> {
  return {
    key: round === 1 ? 'work' : `work-${round}`,
    kind: 'work',
    role: fixerOf(request, roles),
    ...(round === 1 ? WHAT[request.cause.kind](request) : FURTHER),
    dependsOn,
  };
}

interface What {
  readonly title: string;
  readonly goal: string;
}

const FURTHER: What = {
  title: 'Answer what was said meanwhile',
  goal: 'Answer the comments that nobody has answered yet, and change what they rightly ask for.',
};

const WHAT: Readonly<Record<FixRequest['cause']['kind'], (request: FixRequest) => What>> = {
  checks: () => ({
    title: 'Mend the failing checks',
    goal: 'Find out why the checks failed on this head, and mend the cause in the code.',
  }),
  feedback: () => ({
    title: 'Answer the review',
    goal: 'Change what the comments rightly ask for, and answer each of them.',
  }),
  conflict: ({ pullRequest }) => ({
    title: `Bring the changes onto ${pullRequest.baseRef}`,
    goal: 'Bring the changes that did not apply onto the new base, with what they were for unchanged.',
  }),
  asked: ({ cause }) => ({
    title: 'Fix what was asked for',
    goal:
      cause.kind === 'asked' && cause.note !== ''
        ? cause.note
        : 'Look for what keeps this pull request from being merged, and mend it.',
  }),
};
