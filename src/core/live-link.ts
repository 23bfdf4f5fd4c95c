/**
 * Links to the live view of a task. The key in one is an HMAC of the task's id under a secret that is made of the webhook
 * secret: nobody can make it who does not know that, and rotating the webhook secret ends old links. Pure.
 */
import { createHmac, timingSafeEqual } from 'node:crypto';
import type { Task } from './records.ts';

/** Keeps keys of the live view apart from whatever else is made of the same secret. */
const PURPOSE = 'hypercode-crew live view, version 1';

export function liveKey(webhookSecret: string, taskId: string): string {
  const secret = createHmac('sha256', webhookSecret).update(PURPOSE).digest();
  return createHmac('sha256', secret).update(taskId).digest('base64url');
}

/** Under any of several secrets, while one is being rotated. Takes as long for a wrong key as for a right one. */
export function isLiveKey(key: string, webhookSecrets: readonly string[], taskId: string): boolean {
  const given = Buffer.from(key);
  const matches = webhookSecrets.map((secret) => {
    const right = Buffer.from(liveKey(secret, taskId));
    return given.length === right.length && timingSafeEqual(given, right);
  });
  return matches.includes(true);
}

/** How long a link holds after its task has ended: it stands in a comment for good. */
const HOLDS_MS = 30 * 24 * 3_600_000;

export function holdsLink({ finishedAt }: Pick<Task, 'finishedAt'>, now: Date): boolean {
  return finishedAt === null || now.getTime() - Date.parse(finishedAt) < HOLDS_MS;
}

function livePath(taskId: string): string {
  return `/tasks/${taskId}`;
}

/** Answers the address of a task's live view; null without an address of the crew. */
export type LiveUrl = (taskId: string) => string | null;

export function liveUrlOf(baseUrl: string | null, webhookSecrets: readonly string[]): LiveUrl {
  const [secret] = webhookSecrets;
  if (baseUrl === null || secret === undefined) return () => null;
  return (taskId) => `${baseUrl}${livePath(taskId)}?key=${liveKey(secret, taskId)}`;
}
