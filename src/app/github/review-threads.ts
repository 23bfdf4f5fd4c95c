/** The threads that our own findings began, with what people who can write to the repository made of them: nobody else settles a finding. */

import type { Permission } from '../../core/github-ports.ts';
import type { BotIdentity } from '../../core/marker.ts';
import { allows } from '../../core/permissions.ts';
import type { Log } from '../../core/ports.ts';
import { fingerprintIn } from '../../core/review/fingerprint.ts';
import type { ReviewThread, ThreadComment } from '../../core/review/review-records.ts';
import type { ListedThread } from './list-threads.ts';

/** People whose permission is looked up; a crowd must not use up the rate limit. */
const PEOPLE_MAX = 50;

interface ThreadReading {
  /** Asks once for each login; throws when it cannot be told. */
  readonly permission: (login: string) => Promise<Permission>;
  readonly bot: BotIdentity;
  readonly log: Log;
}

export async function ownThreads(
  threads: readonly ListedThread[],
  reading: ThreadReading,
): Promise<readonly ReviewThread[]> {
  const writersAmong = writers(reading);
  const own: ReviewThread[] = [];
  for (const thread of threads) {
    const first = thread.comments[0];
    const fingerprint = first?.by === 'us' ? fingerprintIn(first.body) : null;
    if (first === undefined || fingerprint === null) continue;
    const [resolvedBy = null] = await writersAmong(thread.resolvedBy === null ? [] : [thread.resolvedBy]);
    own.push({
      id: thread.id,
      fingerprint,
      commentId: first.id,
      url: first.url,
      outdated: thread.outdated,
      resolved: thread.resolved,
      resolvedBy,
      humanReplied: thread.humanReplied,
      comments: await steering(thread, writersAmong),
      likedBy: await writersAmong(thread.likedBy),
      dislikedBy: await writersAmong(thread.dislikedBy),
    });
  }
  return own;
}

/** What the threads of our own findings begin with. */
export function shownIn(threads: readonly ListedThread[]) {
  return threads.flatMap(({ comments: [first] }) => {
    const fingerprint = first?.by === 'us' ? fingerprintIn(first.body) : null;
    return first === undefined || fingerprint === null ? [] : [{ fingerprint, createdAt: first.createdAt }];
  });
}

type Writers = (logins: readonly string[]) => Promise<readonly string[]>;

async function steering(thread: ListedThread, writersAmong: Writers): Promise<readonly ThreadComment[]> {
  const comments: ThreadComment[] = [];
  for (const { id, author, by, body, createdAt } of thread.comments) {
    const counts = by === 'us' || (by === 'person' && (await writersAmong([author])).length > 0);
    if (counts) comments.push({ id, author, ours: by === 'us', body, createdAt });
  }
  return comments;
}

/**
 * Those of some logins that are people with write access. Where GraphQL tells no type (who resolved, who reacted), a bot's name
 * has no access as a person's: what is left is a writer who is named like an App, and is taken for that writer.
 */
function writers({ permission, bot, log }: ThreadReading): Writers {
  const asked = new Set<string>();
  return async (logins) => {
    const found: string[] = [];
    for (const login of logins) {
      if (login === bot.slug || login === bot.login) continue;
      if (!asked.has(login) && asked.size >= PEOPLE_MAX) {
        log.warn({ login, people: PEOPLE_MAX }, 'too many people in review threads: one was not heard');
        continue;
      }
      asked.add(login);
      if (allows(await permission(login), 'write')) found.push(login);
    }
    return found;
  };
}
