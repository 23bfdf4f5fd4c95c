/** `crew migrate`. */
import { parseConfig, readEnvironment } from '../config.ts';
import { migrateOnce } from '../wire.ts';

export async function migrateDatabase(): Promise<void> {
  const applied = await migrateOnce(parseConfig(readEnvironment(), process.stderr.isTTY));
  process.stdout.write(
    applied.length === 0 ? 'The database is up to date.\n' : `Applied: ${applied.join(', ')}\n`,
  );
}
