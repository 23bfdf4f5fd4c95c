/**
 * `npm run bench [part …]`: the measurements, one after the other, each printing the crew beside what it is measured
 * against. A file in this folder that exports `run` is the registration.
 */
import { readdir } from 'node:fs/promises';
import { availableParallelism, cpus } from 'node:os';
import { join } from 'node:path';

const parts = process.argv.slice(2);
console.log(`Node ${process.version} on ${availableParallelism()} × ${cpus()[0]?.model ?? 'an unknown processor'}`);
for (const name of await benchesHere()) {
  if (parts.length > 0 && !parts.includes(name)) continue;
  const module: unknown = await import(join(import.meta.dirname, `${name}.ts`));
  const run: unknown = module instanceof Object ? Reflect.get(module, 'run') : undefined;
  if (typeof run !== 'function') throw new TypeError(`bench/${name}.ts does not export run()`);
  console.log('');
  await run();
}

async function benchesHere(): Promise<readonly string[]> {
  return (await readdir(import.meta.dirname))
    .filter((file) => file.endsWith('.ts') && file !== 'main.ts')
    .map((file) => file.slice(0, -'.ts'.length))
    .sort();
}
