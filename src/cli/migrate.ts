/** `crew migrate`. */
import { parseConfig, readEnvironment } from '../config.ts';
import { checkStateDir, migrateOnce } from '../wire.ts';

export async function migrateDatabase(): Promise<void> {
  const config = parseConfig(readEnvironment(), process.stderr.isTTY);
  if (config.databaseUrl === null) await checkStateDir(config.stateDir);
  const applied = await migrateOnce(config);
  process.stdout.write(
    applied.length === 0 ? 'The database is up to date.\n' : `Applied: ${applied.join(', ')}\n`,
  );
}
