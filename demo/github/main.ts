// The offline GitHub as a process of its own: `node demo/github/main.ts <config.json>`, where the file holds the options of
// startGitHub and, under `repositories`, what to seed. Prints one JSON line with its addresses once it listens.
import { readFileSync } from 'node:fs';
import { z } from 'zod';
import { startGitHub } from './github.ts';
import { roles } from './records.ts';

const configSchema = z.object({
  dir: z.string(),
  port: z.number().int().optional(),
  host: z.string().optional(),
  openapiPath: z.string().optional(),
  app: z.object({
    id: z.number().int(),
    slug: z.string(),
    name: z.string(),
    privateKeyPem: z.string(),
    webhookSecret: z.string(),
    webhookUrl: z.string().optional(),
    permissions: z.record(z.string(), z.string()),
    events: z.array(z.string()),
  }),
  rateLimits: z
    .object({
      perHour: z.number(),
      contentPerMinute: z.number(),
      contentPerHour: z.number(),
      retryAfterSeconds: z.number(),
    })
    .partial()
    .optional(),
  repositories: z
    .array(
      z.object({
        owner: z.string(),
        name: z.string(),
        from: z.string().optional(),
        private: z.boolean().optional(),
        description: z.string().optional(),
        defaultBranch: z.string().optional(),
        announce: z.boolean().optional(),
        collaborators: z.record(z.string(), z.enum(roles)).optional(),
      }),
    )
    .default([]),
});

const path = process.argv[2];
if (path === undefined) {
  console.error('usage: node demo/github/main.ts <config.json>');
  process.exit(2);
}
const { repositories, ...options } = configSchema.parse(JSON.parse(readFileSync(path, 'utf8')));
const github = await startGitHub(withoutUndefined(options));
for (const seed of repositories) await github.seedRepository(withoutUndefined(seed));
console.log(JSON.stringify({ url: github.url, apiUrl: github.apiUrl, port: github.port }));
for (const signal of ['SIGTERM', 'SIGINT'] as const) {
  process.once(signal, () => void github.close().then(() => process.exit(0)));
}

/** zod's optional keys may be present and undefined; the options' may not. */
function withoutUndefined<T>(value: T): Exact<T> {
  return JSON.parse(JSON.stringify(value)) as Exact<T>;
}

type Exact<T> = T extends readonly (infer E)[]
  ? Exact<E>[]
  : T extends object
    ? { [K in keyof T]: Exact<Exclude<T[K], undefined>> }
    : T;
