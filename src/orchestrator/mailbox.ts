/** Which mail of a task one agent gets before its next model call: what is for everybody or for its role, never its own, each once. */

import type { AgentJob } from '../core/agent-ports.ts';
import { earlierMailLeftOut, mailLine } from '../core/messages/teamwork.ts';
import type { MessageStore } from '../core/store-ports.ts';
import type { Claimed } from './keep-lease.ts';
import { senderOf } from './teamwork.ts';

/** Of what was sent before the agent began, the newest. */
const EARLIER_MAIL_MAX = 30;

export interface Mailbox {
  /** New since the last call, oldest first. */
  read(): Promise<readonly string[]>;
  /** Written by this run. */
  sent(id: number): void;
}

/** What stands on the board in the briefing does not come as mail as well. */
export function mailboxOf(
  messages: Pick<MessageStore, 'after'>,
  job: Pick<AgentJob, 'decisions'>,
  subtask: Claimed,
): Mailbox {
  const own = new Set<number>();
  const briefed = new Set(job.decisions.map(({ id }) => id));
  let lastId = 0;
  let began = false;
  return {
    sent: (id) => void own.add(id),
    async read() {
      const fresh = await messages.after(subtask.taskId, lastId);
      lastId = fresh.at(-1)?.id ?? lastId;
      const mail = fresh.filter(
        ({ id, from, to }) =>
          (to === null || to === subtask.role) &&
          !own.has(id) &&
          !briefed.has(id) &&
          // Of an earlier try of this subtask; a teammate of the same role who writes while this run goes on is read.
          (began || from !== senderOf(subtask)),
      );
      const shown = began ? mail : mail.slice(-EARLIER_MAIL_MAX);
      const leftOut = mail.length - shown.length;
      began = true;
      return [...(leftOut > 0 ? [earlierMailLeftOut(leftOut)] : []), ...shown.map(mailLine)];
    },
  };
}
