/** Accounts that answer the crew by program: they see every webhook of GitHub as the crew does, and speak as soon as it spoke. */
import { setTimeout as delay } from 'node:timers/promises';
import { BOT, type EventStage } from './event-stage.ts';

const LOOK_EVERY_MS = 20;

/** Somebody's words, as the echo hears them. */
export interface Heard {
  readonly event: string;
  /** `owner/name` */
  readonly repository: string;
  readonly number: number;
  readonly body: string;
  /** Of a comment in a diff, to be replied to. */
  readonly thread: number | null;
}

export interface Echo {
  /** How often it answered. */
  said(): number;
  /** Until it has answered all that it heard. */
  caughtUp(): boolean;
  close(): Promise<void>;
}

export type Answer = (stage: Pick<EventStage, 'github'>, heard: Heard) => Promise<unknown>;

/** Answers each new or edited comment and each review of the crew once, from now on; `answer` may do more than speak. */
export function echo(stage: EventStage, answer: Answer): Echo {
  let heard = stage.bodies().length;
  let said = 0;
  let open = true;
  const listen = async (): Promise<void> => {
    while (open) {
      const bodies = stage.bodies();
      for (const { event, body } of bodies.slice(heard)) {
        const words = wordsOf(event, body);
        if (words !== null) {
          said += 1;
          await answer(stage, words);
        }
        heard += 1;
      }
      await delay(LOOK_EVERY_MS);
    }
  };
  const listening = listen();
  return {
    said: () => said,
    caughtUp: () => heard === stage.bodies().length,
    close: async () => {
      open = false;
      await listening;
    },
  };
}

interface Spoken {
  readonly sender: { readonly login: string };
  readonly repository?: { readonly full_name: string };
  readonly issue?: { readonly number: number };
  readonly pull_request?: { readonly number: number };
  readonly comment?: { readonly id: number; readonly body: string };
  readonly review?: { readonly body: string | null };
}

function wordsOf(event: string, text: string): Heard | null {
  const { sender, repository, issue, pull_request, comment, review } = JSON.parse(text) as Spoken;
  const number = issue?.number ?? pull_request?.number;
  const body = comment?.body ?? review?.body;
  if (sender.login !== BOT || number === undefined || body === undefined || body === null) return null;
  const isInDiff = event === 'pull_request_review_comment';
  return {
    event,
    repository: repository?.full_name ?? '',
    number,
    body,
    thread: isInDiff ? (comment?.id ?? null) : null,
  };
}

/** What one would quote, and then what is said to it. */
export function quoting(body: string, said: string): string {
  return `${body
    .slice(0, 500)
    .split('\n')
    .map((line) => `> ${line}`)
    .join('\n')}\n\n${said}`;
}
