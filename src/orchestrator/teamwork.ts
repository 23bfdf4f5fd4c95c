/**
 * What an agent does beside its own work: mail to teammates, decisions on the task board, standards proposed to people. Bounded,
 * redacted, and only under the lease: whoever lost it speaks for nobody.
 */

import type { ProposedStandard, Teamwork } from '../core/agent-ports.ts';
import { LeaseLostError, UserError } from '../core/errors.ts';
import * as say from '../core/messages/teamwork.ts';
import { isEnded } from '../core/next-steps.ts';
import type { Clock, Doorbell } from '../core/ports.ts';
import type { Message } from '../core/records.ts';
import type { Store, StoreOperations, TaskRecords } from '../core/store-ports.ts';
import type { Claimed } from './keep-lease.ts';
import type { Ring } from './ring-effects.ts';
import { ringAll, ringEffects } from './ring-effects.ts';

export interface TeamworkOptions {
  readonly store: Store;
  readonly doorbell: Doorbell;
  readonly clock: Clock;
  readonly subtask: Claimed;
  readonly redact: (text: string) => Promise<string>;
}

/** `sent` is told the id of each message of this run, so that its own words do not come back as mail. */
export function teamworkOf(options: TeamworkOptions, sent: (id: number) => void): Teamwork {
  const { store, doorbell, subtask, redact } = options;
  let messages = 0;
  return {
    async send({ to, kind, body }) {
      const message = { from: senderOf(subtask), to, kind, body: await redact(body) };
      await underLease(options, async (tx, records) => {
        refuseMessage(records, subtask, message, messages);
        const id = await tx.messages.send(subtask.taskId, message);
        if (id !== null) sent(id);
      });
      if (kind === 'message') messages += 1;
      return say.messageTaken(message);
    },
    async board() {
      const records = await store.tasks.records(subtask.taskId);
      if (records === null) throw new LeaseLostError(`the task of ${subtask.key} is gone`);
      return {
        subtasks: records.subtasks,
        decisions: records.messages.filter(({ kind }) => kind === 'decision'),
      };
    },
    async proposeStandard(standard) {
      const text = await redact(standard.text);
      const why = await redact(standard.why);
      const rings = await underLease(options, (tx, records) =>
        planStandard(options, tx, records, { ...standard, text, why }),
      );
      await ringAll(doorbell, rings);
      return say.standardTaken(standard.name);
    },
  };
}

export function senderOf({ role }: Pick<Claimed, 'role'>): string {
  return `crew:${role}`;
}

/** The task locked, and the run one that still counts. */
function underLease<T>(
  { store, subtask }: TeamworkOptions,
  body: (tx: StoreOperations, records: TaskRecords) => Promise<T>,
): Promise<T> {
  return store.transaction(async (tx) => {
    const task = await tx.tasks.lock(subtask.taskId);
    const now = await tx.subtasks.get(subtask.id);
    const holds = now?.state === 'running' && now.lease?.token === subtask.lease.token;
    const records = task === null || isEnded(task) || !holds ? null : await tx.tasks.records(subtask.taskId);
    if (records === null) throw new LeaseLostError(`${subtask.key} was stopped or taken over`);
    return body(tx, records);
  });
}

function refuseMessage(
  { subtasks, messages }: TaskRecords,
  subtask: Claimed,
  { to, kind }: Pick<Message, 'to' | 'kind'>,
  sentByRun: number,
): void {
  const decisions = messages.filter((message) => message.kind === 'decision').length;
  const full =
    kind === 'decision' ? decisions >= say.DECISIONS_PER_TASK_MAX : sentByRun >= say.MESSAGES_PER_SUBTASK_MAX;
  if (full) throw new UserError(say.tooManyMessages(kind));
  if (to === null) return;
  const mates = subtasks.filter(({ kind: job, id }) => job === 'work' && id !== subtask.id);
  if (mates.some(({ role }) => role === to)) return;
  const roles = [...new Set(mates.map(({ role }) => role))];
  throw new UserError(to === subtask.role ? say.notToYourself : say.notOnTask(to, roles));
}

async function planStandard(
  { clock, subtask }: TeamworkOptions,
  tx: StoreOperations,
  { task, effects }: TaskRecords,
  { name, text, why }: ProposedStandard,
): Promise<readonly Ring[]> {
  const key = `standard:${subtask.id}`;
  if (effects.some((effect) => effect.key === key)) throw new UserError(say.standardProposedBefore);
  const proposed = effects.filter(({ action }) => action.kind === 'propose_standard').length;
  if (proposed >= say.STANDARDS_PER_TASK_MAX) throw new UserError(say.standardsAreEnough);
  const action = {
    kind: 'propose_standard',
    branch: `crew/standard-${name}`,
    base: task.repository.defaultBranch,
    path: `.github/crew/standards/${name}.md`,
    content: say.standardFile(name, text),
    title: say.standardTitle(name),
    body: say.standardBody(task, subtask.role, why),
  } as const;
  await tx.effects.plan([{ key, taskId: task.id, repository: task.repository, action }]);
  return ringEffects(tx, task.id, clock);
}
