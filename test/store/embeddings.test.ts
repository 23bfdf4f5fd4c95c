/** The two ways in which a database holds vectors; both are run on a server that has pgvector. */
import pg from 'pg';
import { afterEach, describe, expect, it } from 'vitest';
import { EMBEDDING_DIMENSIONS } from '../../src/core/ports.ts';
import { migrate } from '../../src/store/migrate.ts';
import { testDatabase } from '../support/database.ts';
import { testStore } from './records.ts';

const repositoryId = 9;
let env: Awaited<ReturnType<typeof testStore>>;
afterEach(() => env.drop());

/** Towards the axes, so strongly. */
function vector(...parts: readonly number[]): readonly number[] {
  return Array.from({ length: EMBEDDING_DIMENSIONS }, (_, index) => parts[index] ?? 0);
}

async function columnType(pool: pg.Pool): Promise<string> {
  const { rows } = await pool.query(
    `select format_type(atttypid, atttypmod) as type from pg_attribute
     where attrelid = 'memories'::regclass and attname = 'embedding'`,
  );
  return rows[0].type;
}

async function hasVector(): Promise<boolean> {
  const { rows } = await env.pool.query(`select from pg_available_extensions where name = 'vector'`);
  return rows.length > 0;
}

async function learn(...texts: readonly string[]): Promise<readonly string[]> {
  for (const text of texts) {
    const evidence = { by: 'ada', number: 3, url: null, quote: '' };
    await env.store.memories.add(
      { repositoryId, key: text, kind: 'lesson', text, path: null, evidence },
      'ada',
    );
  }
  const known = await env.store.memories.list(repositoryId, 10_000);
  return texts.map((text) => known.find((memory) => memory.text === text)?.id ?? 'none');
}

const recalled = async (text: string, embedding: readonly number[] | null) =>
  (await env.store.memories.recall({ repositoryId, text, embedding, limit: 10 })).map((one) => one.text);

describe.each(['real[]', 'vector(512)'])('memories with an embedding of type %s', (type) => {
  const prepared = async (skip: (when: boolean, why: string) => void) => {
    env = await testStore();
    skip(type !== 'real[]' && !(await hasVector()), 'the server has no pgvector');
    if (type === 'real[]') {
      await env.pool.query('alter table memories drop column embedding, add column embedding real[]');
    }
    expect(await columnType(env.pool)).toBe(type);
  };

  it('are recalled when their meaning is near enough, nearest first', async ({ skip }) => {
    await prepared(skip);
    const [near = '', nearest = '', far = ''] = await learn('near', 'nearest', 'far', 'unknown');
    await env.store.memories.embed(repositoryId, near, vector(3, 4));
    await env.store.memories.embed(repositoryId, nearest, vector(9, 1));
    await env.store.memories.embed(repositoryId, far, vector(1, 2));

    expect(await recalled('', vector(2))).toEqual(['nearest', 'near']);
    expect(await recalled('', vector(-1))).toEqual([]);
    expect(await recalled('', vector())).toEqual([]);
    expect(await recalled('', null)).toEqual([]);
  });

  it('come first when they match by words as well', async ({ skip }) => {
    await prepared(skip);
    const [meant = '', both = ''] = await learn(
      'Numbers only.',
      'Prices carry cents.',
      'Prices carry cents: said.',
    );
    await env.store.memories.embed(repositoryId, meant, vector(1));
    await env.store.memories.embed(repositoryId, both, vector(4, 1));

    expect(await recalled('prices carry cents', vector(1))).toEqual([
      'Prices carry cents.',
      'Numbers only.',
      'Prices carry cents: said.',
    ]);
  });

  it('wait for it oldest first, and lose it when they are forgotten', async ({ skip }) => {
    await prepared(skip);
    const [a = '', b = ''] = await learn('a1', 'b1', 'c1');
    await env.store.memories.embed(repositoryId, a, vector(1));
    await env.store.memories.embed(repositoryId, 'nosuchid', vector(1));
    await env.store.memories.embed(repositoryId + 1, b, vector(1));

    const waiting = await env.store.memories.withoutEmbedding(repositoryId, 1);
    await env.store.memories.forget(repositoryId, a, 'ada');

    expect(waiting.map(({ text }) => text)).toEqual(['b1']);
    expect(await recalled('', vector(1))).toEqual([]);
    const { rows } = await env.pool.query('select from memories where embedding is not null');
    expect(rows).toHaveLength(0);
    const embedded = env.committed.filter(({ type: what }) => what === 'memory.embedded');
    expect(embedded.map(({ subject }) => subject)).toEqual([`${repositoryId}/${a}`]);
  });

  it('take no vector that is not whole', async ({ skip }) => {
    await prepared(skip);
    const [id = ''] = await learn('a1');

    await expect(env.store.memories.embed(repositoryId, id, [1, 2])).rejects.toThrow('512 finite numbers');
    await expect(env.store.memories.embed(repositoryId, id, vector(Number.NaN))).rejects.toThrow('512');
    await expect(recalled('', [1])).rejects.toThrow('512');
  });
});

it('an array is compared with the newest thousand memories alone', async () => {
  env = await testStore();
  await env.pool.query('alter table memories drop column embedding, add column embedding real[]');
  await env.pool.query(
    `insert into memories (repository_id, id, key, kind, text, evidence, created_at, expires_at, embedding)
     select $1, lpad(n::text, 8, '0'), n::text, 'lesson', 'm' || n, '{}', now(), 'infinity',
       array(select (i = case n when 1 then 1 when 2 then 1 else 2 end)::int::real from generate_series(1, 512) as i)
     from generate_series(1, 1001) as n`,
    [repositoryId],
  );
  await env.pool.query(`update memories set expires_at = '2100-01-01'`);

  expect(await recalled('', vector(1))).toEqual(['m2']);
});

it('a role that may not create pgvector migrates all the same, to arrays', async ({ skip }) => {
  env = await testStore();
  skip(!(await hasVector()), 'the server has no pgvector');
  const database = await testDatabase({ empty: true });
  const url = new URL(database.url);
  url.username = `${url.pathname.slice(1)}_role`;
  url.password = 'any';
  await database.pool.query(`create role ${url.username} login password 'any'`);
  await database.pool.query(`grant create on schema public to ${url.username}`);
  const pool = new pg.Pool({ connectionString: url.href, max: 1 });
  try {
    expect(await migrate(pool)).toContain('0002-reviews');
    expect(await columnType(pool)).toBe('real[]');
  } finally {
    await pool.end();
    await database.pool.query(`drop owned by ${url.username}`);
    await database.pool.query(`drop role ${url.username}`);
    await database.drop();
  }
});
