/** `crew start`, `crew web` and `crew worker`: run until told to end. */
import type { Logger } from 'pino';
import type { Config } from '../config.ts';
import { parseConfig, readEnvironment } from '../config.ts';
import { checkStateDir, createLog, startCrew, startSetup } from '../wire.ts';

/** More than all parts together may take, and less than the 10 s after which Docker ends a container for good. */
const CLOSE_TIMEOUT_MS = 9_000;
/** For the browser to be shown the page that says it is done. */
const FAREWELL_MS = 1_000;

interface Running {
  close(): Promise<void>;
}

export async function start(parts: { readonly web: boolean; readonly worker: boolean }): Promise<void> {
  const config = readConfig();
  const writes = parts.worker || config.databaseUrl === null || config.app === null;
  if (writes) await checkStateDir(config.stateDir);
  const log = createLog(config);
  // Node would print it as it is.
  process.once('uncaughtException', (error) => {
    log.fatal({ err: error }, 'a bug ended the process');
    process.exit(1);
  });
  if (config.app !== null || !parts.web) {
    endOnSignal(await startCrew(config, log, parts), log);
    return;
  }
  const setup = await startSetup(config, log);
  const stopWaiting = endOnSignal(setup, log);
  await setup.created;
  setTimeout(async () => {
    stopWaiting();
    await setup.close();
    endOnSignal(await startCrew(readConfig(), log, parts), log);
  }, FAREWELL_MS);
}

function readConfig(): Config {
  return parseConfig(readEnvironment(), process.stderr.isTTY);
}

/** Answers how to take the signals back. */
function endOnSignal(running: Running, log: Logger): () => void {
  const end = async (signal: NodeJS.Signals): Promise<void> => {
    log.info({ signal }, 'ending');
    setTimeout(() => process.exit(1), CLOSE_TIMEOUT_MS).unref();
    try {
      await running.close();
      process.exit(0);
    } catch (error) {
      log.error({ err: error }, 'could not end cleanly');
      process.exit(1);
    }
  };
  process.once('SIGTERM', end);
  process.once('SIGINT', end);
  return () => {
    process.off('SIGTERM', end);
    process.off('SIGINT', end);
  };
}
