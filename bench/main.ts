/**
 * `npm run bench [part …]`: the measurements, one after the other, each printing the crew beside what it is measured
 * against. A file in this folder that exports `run` is the registration; what `run` answers is printed, if it has not
 * printed its figures itself.
 */
import { readdir } from 'node:fs/promises';
import { availableParallelism, cpus } from 'node:os';
import { join } from 'node:path';
import { z } from 'zod';

const resultSchema = z.object({
  title: z.string(),
  rows: z.array(z.object({ name: z.string(), medianMs: z.number() })).min(1),
  ratio: z.number(),
});

const parts = process.argv.slice(2);
console.log(
  `Node ${process.version} on ${availableParallelism()} × ${cpus()[0]?.model ?? 'an unknown processor'}`,
);
for (const name of await benchesHere()) {
  if (parts.length > 0 && !parts.includes(name)) continue;
  const module: { readonly run?: unknown } = await import(join(import.meta.dirname, `${name}.ts`));
  const { run } = module;
  if (typeof run !== 'function') throw new TypeError(`bench/${name}.ts does not export run()`);
  console.log('');
  const result: unknown = await run();
  if (result !== undefined) print(resultSchema.parse(result));
}

function print({ title, rows, ratio }: z.infer<typeof resultSchema>): void {
  console.log(`${title}:`);
  const width = Math.max(...rows.map(({ name }) => name.length));
  for (const { name, medianMs } of rows) {
    console.log(`  ${name.padEnd(width)}  ${medianMs.toFixed(2).padStart(9)} ms`);
  }
  console.log(`  ${'ratio'.padEnd(width)}  ${ratio.toFixed(2).padStart(9)}`);
}

async function benchesHere(): Promise<readonly string[]> {
  return (await readdir(import.meta.dirname))
    .filter((file) => file.endsWith('.ts') && file !== 'main.ts')
    .map((file) => file.slice(0, -'.ts'.length))
    .sort();
}
