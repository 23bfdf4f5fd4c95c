/**
 * What stands in a repository, and what happened to one issue or pull request: read to find what no webhook told. Costs one
 * request where nothing has changed, which GitHub does not count (ETag). What it answers is hostile text.
 */
import { z } from 'zod';
import type { Actor } from '../../core/event.ts';
import type { Happening, ListedItem } from '../../core/reconcile/standing-items.ts';
import type { Repository } from '../../core/records.ts';
import { parseAnswer } from './answers.ts';
import type { GitHubClients } from './clients.ts';
import { createEtagCache, type EtagCache } from './etag-cache.ts';
import { linkParameter } from './link-header.ts';
import { nameOf } from './name-of.ts';
import { isRefusal } from './refusal.ts';
import type { Permissions } from './tokens.ts';

const READING: Permissions = { issues: 'read', metadata: 'read', pull_requests: 'read' };
export const ITEMS_PER_PAGE = 50;
const HAPPENINGS_PER_PAGE = 100;
/** The newest of an item that has very many. */
const HISTORY_PAGES_MAX = 3;

export interface ItemLister {
  /** Open and closed ones that were updated since then, the longest ago first. */
  changed(repository: Repository, since: string, page: number): Promise<readonly ListedItem[]>;
  /** The newest of what happened, oldest first. */
  history(repository: Repository, number: number): Promise<readonly Happening[]>;
}

const userSchema = z.object({ login: z.string(), type: z.string().default('User') }).nullish();
const itemsAnswer = z.array(
  z.object({
    number: z.number(),
    title: z.string(),
    body: z.string().nullish(),
    state: z.string(),
    labels: z.array(z.union([z.string(), z.object({ name: z.string().nullish() })])),
    user: userSchema,
    created_at: z.string(),
    updated_at: z.string(),
    pull_request: z.unknown().optional(),
  }),
);
const historyAnswer = z.array(
  z.object({
    id: z.number(),
    event: z.string(),
    actor: userSchema,
    label: z.object({ name: z.string().nullish() }).nullish(),
    created_at: z.string(),
  }),
);

export function createItemLister(clients: GitHubClients): ItemLister {
  const etags = createEtagCache();
  const open = (repository: Repository) => clients.forRepository(repository, READING);
  return {
    changed: (repository, since, page) => listChanged(open, repository, { since, page, etags }),
    async history(repository, number) {
      const github = await open(repository);
      const read = async (page: number) =>
        github.rest.issues.listEvents({
          ...nameOf(repository),
          issue_number: number,
          per_page: HAPPENINGS_PER_PAGE,
          page,
        });
      const first = await read(1);
      const last = Number(linkParameter(first.headers.link, 'last', 'page') ?? 1);
      const from = Math.max(2, last - HISTORY_PAGES_MAX + 2);
      const later = [];
      for (let page = from; page <= last; page += 1) later.push((await read(page)).data);
      return [first.data, ...later].flatMap((data) =>
        parseAnswer(historyAnswer, data, 'a history').map(happening),
      );
    },
  };
}

async function listChanged(
  open: (repository: Repository) => ReturnType<GitHubClients['forRepository']>,
  repository: Repository,
  { since, page, etags }: { readonly since: string; readonly page: number; readonly etags: EtagCache },
): Promise<readonly ListedItem[]> {
  // One a repository is kept: the page that a look ended with is the one that the next begins with.
  const key = String(repository.id);
  const kept = keptOf(etags, key, `${since} ${page}`);
  const github = await open(repository);
  try {
    const answer = await github.rest.issues.listForRepo({
      ...nameOf(repository),
      state: 'all',
      sort: 'updated',
      direction: 'asc',
      since,
      per_page: ITEMS_PER_PAGE,
      page,
      headers: kept === null ? {} : { 'if-none-match': kept.etag },
    });
    const items = parseAnswer(itemsAnswer, answer.data, 'a list of issues');
    const { etag } = answer.headers;
    if (etag !== undefined)
      etags.set(key, { etag, text: JSON.stringify({ asked: `${since} ${page}`, items }) });
    return items.map(listed);
  } catch (error) {
    if (kept !== null && isRefusal(error, 304)) return kept.items.map(listed);
    throw error;
  }
}

function keptOf(etags: EtagCache, key: string, asked: string) {
  const kept = etags.get(key);
  const parsed =
    kept === null ? null : z.object({ asked: z.string(), items: itemsAnswer }).parse(JSON.parse(kept.text));
  return kept === null || parsed?.asked !== asked ? null : { etag: kept.etag, items: parsed.items };
}

function listed(found: z.infer<typeof itemsAnswer>[number]): ListedItem {
  return {
    number: found.number,
    isPull: found.pull_request != null,
    title: found.title,
    body: found.body ?? '',
    open: found.state === 'open',
    labels: found.labels.flatMap((label) => (typeof label === 'string' ? [label] : (label.name ?? []))),
    author: actorOf(found.user),
    createdAt: found.created_at,
    updatedAt: found.updated_at,
  };
}

function happening(found: z.infer<typeof historyAnswer>[number]): Happening {
  const { id, event, actor, label, created_at } = found;
  return { id, what: event, actor: actorOf(actor), label: label?.name ?? null, at: created_at };
}

function actorOf(user: z.infer<typeof userSchema>): Actor | null {
  return user == null ? null : { login: user.login, isBot: user.type === 'Bot' };
}
