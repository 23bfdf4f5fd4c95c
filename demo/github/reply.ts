// What a REST handler is given and gives back, with GitHub's pagination and request parsing.
import type { z } from 'zod';
import type { Auth } from './auth.ts';
import type { RepoDoc } from './records.ts';
import type { Rendered } from './render/accounts.ts';
import type { View } from './state.ts';
import { type Deed, invalid, type World } from './world.ts';

export interface Ctx {
  readonly world: World;
  readonly view: View;
  readonly auth: Auth;
  readonly params: Readonly<Record<string, string>>;
  readonly query: URLSearchParams;
  readonly body: unknown;
  readonly accept: string;
  /** The request's own address, without its query. */
  readonly url: string;
  /** The repository the path names; only paths below /repos have one. */
  readonly repo: RepoDoc;
  /** For changes; reading through it works on GET too, writing does not. */
  readonly deed: Deed;
}

export interface Reply {
  readonly status: number;
  readonly body?: unknown;
  readonly raw?: { readonly type: string; readonly content: string | Buffer };
  readonly headers?: Readonly<Record<string, string>>;
}

/** `Body`: `Readable` where it comes while it is sent. */
export interface Answer<Body = string | Buffer> {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Body;
}

export type Handler = (ctx: Ctx) => Reply | Promise<Reply>;

export const ok = (body: unknown): Reply => ({ status: 200, body });
export const created = (body: unknown): Reply => ({ status: 201, body });
export const noContent = (): Reply => ({ status: 204 });

export function toAnswer(reply: Reply, rate: Readonly<Record<string, string>>): Answer {
  const common = {
    ...rate,
    'x-github-media-type': 'github.v3; format=json',
    'x-github-api-version-selected': '2022-11-28',
    ...reply.headers,
  };
  if (reply.raw) {
    return {
      status: reply.status,
      headers: { ...common, 'content-type': reply.raw.type },
      body: reply.raw.content,
    };
  }
  if (reply.body === undefined) return { status: reply.status, headers: common, body: '' };
  const headers = { ...common, 'content-type': 'application/json; charset=utf-8' };
  return { status: reply.status, headers, body: JSON.stringify(reply.body) };
}

const defaultPageSize = 30;
const pageSizeLimit = 100;

/** One page of the items, rendered, with a Link header to the others. */
export async function page<T>(
  ctx: Ctx,
  items: readonly T[],
  render: (item: T) => Rendered | Promise<Rendered>,
  wrap: (rendered: Rendered[], total: number) => unknown = (rendered) => rendered,
): Promise<Reply> {
  const size = bounded(ctx.query.get('per_page'), defaultPageSize, pageSizeLimit);
  const at = bounded(ctx.query.get('page'), 1, Number.MAX_SAFE_INTEGER);
  const last = Math.max(1, Math.ceil(items.length / size));
  const rendered = await Promise.all(items.slice((at - 1) * size, at * size).map((item) => render(item)));
  const link = (rel: string, to: number): string => {
    const query = new URLSearchParams(ctx.query);
    query.set('page', String(to));
    return `<${ctx.url}?${query}>; rel="${rel}"`;
  };
  const links = [
    ...(at > 1 ? [link('prev', at - 1)] : []),
    ...(at < last ? [link('next', at + 1), link('last', last)] : []),
    ...(at > 1 ? [link('first', 1)] : []),
  ];
  return {
    status: 200,
    body: wrap(rendered, items.length),
    headers: links.length > 0 ? { link: links.join(', ') } : {},
  };
}

function bounded(text: string | null, fallback: number, limit: number): number {
  const number = Number(text ?? fallback);
  return Number.isInteger(number) && number >= 1 ? Math.min(number, limit) : fallback;
}

/** The body as the schema wants it, or GitHub's 422. */
export function input<S extends z.ZodType>(ctx: Ctx, schema: S): z.output<S> {
  const parsed = schema.safeParse(ctx.body ?? {});
  if (parsed.success) return parsed.data;
  const issue = parsed.error.issues[0];
  throw invalid(`Invalid request.\n\nFor 'properties/${issue?.path.join('/')}', ${issue?.message}.`);
}

/** Newest first, unless the query says otherwise. */
export function sorted<
  T extends { readonly createdAt: string; readonly id: number; readonly updatedAt?: string },
>(ctx: Ctx, items: readonly T[], fallback: 'asc' | 'desc'): T[] {
  const key = (item: T): string =>
    ctx.query.get('sort') === 'updated' ? (item.updatedAt ?? item.createdAt) : item.createdAt;
  const sign = (ctx.query.get('direction') ?? fallback) === 'asc' ? 1 : -1;
  return [...items].sort((a, b) => sign * (key(a).localeCompare(key(b)) || a.id - b.id));
}

/** `since` keeps what was updated at or after that time. */
export function since<T extends { readonly updatedAt: string }>(ctx: Ctx, items: readonly T[]): T[] {
  const from = ctx.query.get('since');
  if (from === null) return [...items];
  const fromMs = new Date(from).getTime();
  return items.filter((item) => new Date(item.updatedAt).getTime() >= fromMs);
}
