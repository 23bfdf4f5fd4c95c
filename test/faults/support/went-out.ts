/** All that a crew of processes gave away: to GitHub, to the model, to its logs, its database and its live view. */
import type { WatchedRequest } from '../../../demo/github/world.ts';
import type { RunningModel } from '../../../demo/model/start-model.ts';
import type { CrewParts } from '../../support/crew-parts.ts';
import type { TestDatabase } from '../../support/database.ts';

/** Where to it went → everything that went there, as text. */
export type WentOut = Readonly<Record<string, string>>;

/** Begins to listen; `collect` may be asked when nothing moves any more. */
export function listen(parts: CrewParts): {
  collect(database: TestDatabase, model: RunningModel): Promise<WentOut>;
} {
  const requests: WatchedRequest[] = [];
  parts.github.watch((request, status) => {
    // Credentials are in their place in the header.
    if (status === null) requests.push(request);
  });
  return {
    async collect(database, model) {
      const sent = requests.flatMap(({ path, body }) => [
        decodeURIComponent(path),
        ...stringsOf(parsed(body ?? '')),
      ]);
      return {
        GitHub: sent.join('\n'),
        model: stringsOf(model.requests().map(({ body }) => body)).join('\n'),
        logs: parts
          .output()
          .split('\n')
          .flatMap((line) => stringsOf(parsed(line)))
          .join('\n'),
        ...(await tables(database)),
        'live view': (await livePages(parts, sent.join('\n'))).join('\n'),
      };
    },
  };
}

/** Every column of every table, whoever made it. */
async function tables({ pool }: TestDatabase): Promise<WentOut> {
  const { rows: found } = await pool.query<{ schema: string; name: string }>(
    `select table_schema as schema, table_name as name from information_schema.tables
      where table_type = 'BASE TABLE' and table_schema not in ('pg_catalog', 'information_schema')`,
  );
  const dumped: Record<string, string> = {};
  for (const { schema, name } of found) {
    const { rows } = await pool.query<{ row: unknown }>(
      `select to_jsonb(t) as row from "${schema}"."${name}" t`,
    );
    dumped[`table ${name}`] = stringsOf(rows.map(({ row }) => row)).join('\n');
  }
  return dumped;
}

async function livePages({ url }: CrewParts, sent: string): Promise<readonly string[]> {
  const links = [...new Set(sent.match(/http:\/\/127\.0\.0\.1:\d+\/[^\s)"'>]*\?key=[\w-]+/g) ?? [])];
  const pages: string[] = [];
  for (const link of links.filter((one) => one.startsWith(url))) {
    pages.push(await (await fetch(link)).text());
    const events = await fetch(link.replace('?', '/events?'));
    const reader = events.body?.getReader();
    pages.push(new TextDecoder().decode((await reader?.read())?.value));
    await reader?.cancel();
  }
  return pages;
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

/** With the names of fields; JSON in a string is looked into, and base64 as well. */
function stringsOf(value: unknown): readonly string[] {
  if (typeof value === 'string') {
    const inner = /^\s*[{[]/.test(value) ? parsed(value) : value;
    return typeof inner === 'string' ? [value, ...decoded(value)] : [value, ...stringsOf(inner)];
  }
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([name, item]) => [name, ...stringsOf(item)]);
}

function decoded(text: string): readonly string[] {
  const isEncoded = text.length >= 16 && /^[A-Za-z0-9+/\s]+={0,2}\s*$/.test(text);
  return isEncoded ? [Buffer.from(text, 'base64').toString('utf8')] : [];
}
