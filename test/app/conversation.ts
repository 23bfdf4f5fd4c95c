/** What a person writes in comments, and what the crew does at once: for the tests of commands. */

import type { Effect } from '../../src/core/effect-records.ts';
import type { Task } from '../../src/core/records.ts';
import { planAnswer } from '../support/records.ts';
import { webhookExample } from '../support/webhook-examples.ts';
import { type Intake, ISSUE_TEXT } from './intake-parts.ts';

export const REPOSITORY = 186853002;
let lastNumber = 100;
let lastComment = 1000;

export interface Conversation {
  readonly number: number;
  /** Writes a comment and answers what the crew then wants to tell GitHub about that comment. */
  say(
    body: string,
    change?: {
      readonly sender?: object;
      readonly onPullRequest?: boolean;
      readonly closed?: boolean;
      readonly guid?: string;
      readonly commentId?: number;
      readonly before?: string;
      /** What the issue said when it was written; as it says now, unless given. */
      readonly issue?: object;
      /** When it was written. */
      readonly at?: string;
    },
  ): Promise<Said>;
  tasks(): Promise<readonly Task[]>;
  /** Brings the newest task to a plan that waits for approval. */
  proposePlan(): Promise<string>;
}

export interface Said {
  readonly reaction: string | null;
  readonly reply: string | null;
  readonly reason: string | undefined;
}

/** About a subject of its own; */
export function conversationIn(intake: Intake): Conversation {
  lastNumber += 1;
  const number = lastNumber;
  const tasks = () => intake.store.tasks.onSubject(REPOSITORY, number);
  return {
    number,
    tasks,
    say: async (body, change = {}) => {
      lastComment += 1;
      const id = change.commentId ?? lastComment;
      const example = webhookExample('issue_comment', 'created');
      const sender = change.sender ?? { login: 'mona', type: 'User' };
      const guid = await intake.deliver(
        'issue_comment',
        {
          ...example,
          action: change.before === undefined ? 'created' : 'edited',
          ...(change.before === undefined ? {} : { changes: { body: { from: change.before } } }),
          issue: {
            ...(example.issue as object),
            ...ISSUE_TEXT,
            ...(change.issue ?? intake.github.issue),
            number,
            state: change.closed ? 'closed' : 'open',
            ...(change.onPullRequest ? { pull_request: {} } : {}),
          },
          comment: { id, body, user: sender, created_at: change.at ?? new Date().toISOString() },
          sender,
        },
        change.guid === undefined ? {} : { guid: change.guid },
      );
      return saidTo(intake, id, guid);
    },
    proposePlan: async () => {
      const [task] = await tasks();
      if (task === undefined) throw new Error('there is no task to plan');
      const answer = planAnswer([{ key: 'S1', role: 'backend' }]);
      const plan = await intake.store.plans.propose({
        taskId: task.id,
        hash: 'hash-1',
        answer,
        estimates: {},
        estimateUsd: 1,
      });
      await intake.store.tasks.move(task.id, 'awaiting_approval', { reason: null, actor: 'system' });
      return plan.hash;
    },
  };
}

async function saidTo(intake: Intake, commentId: number, guid: string): Promise<Said> {
  const effects = await effectsAfter(intake, guid);
  const reaction = effects.find(
    ({ action }) =>
      action.kind === 'reaction' && 'commentId' in action.target && action.target.commentId === commentId,
  );
  const reply = effects.find(({ key }) => key.startsWith('reply:'));
  const delivery = await intake.store.deliveries.get(guid);
  return {
    reaction: reaction?.action.kind === 'reaction' ? reaction.action.content : null,
    reply: reply?.action.kind === 'comment' ? reply.action.body : null,
    reason: delivery?.decisions[0]?.reason,
  };
}

/** Replies on an issue, whichever comment they answer. */
export async function repliesOn(intake: Intake, number: number): Promise<readonly string[]> {
  const rung = intake.rung.flatMap(({ job }) => (job.step === 'publish' ? [job.effectId] : []));
  const effects = await Promise.all([...new Set(rung)].map((id) => intake.store.effects.get(id)));
  return effects.flatMap((effect) =>
    effect?.action.kind === 'comment' && effect.action.number === number ? [effect.action.body] : [],
  );
}

/** Effects that were first rung for by the delivery with this GUID. */
export async function effectsAfter(intake: Intake, guid: string): Promise<readonly Effect[]> {
  const at = intake.rung.findIndex(({ job }) => job.step === 'dispatch' && job.guid === guid);
  const idsOf = (rung: Intake['rung']) =>
    rung.flatMap(({ job }) => (job.step === 'publish' ? [job.effectId] : []));
  const before = idsOf(intake.rung.slice(0, at));
  const ids = idsOf(intake.rung.slice(at)).filter((id) => !before.includes(id));
  const found = await Promise.all(ids.map((id) => intake.store.effects.get(id)));
  return found.filter((effect) => effect !== null);
}
