/** A process that starts the embedded server of a directory, prints its URL and waits to be killed. */
import { startEmbeddedPostgres } from '../../src/store/embedded-postgres.ts';
import { silentLog } from '../support/silent-log.ts';

const { url } = await startEmbeddedPostgres({ dir: process.argv[2] ?? '', log: silentLog });
console.log(url);
setInterval(() => {}, 60_000);
