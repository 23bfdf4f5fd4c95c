/**
 * A database of its own for one run, on the server that DATABASE_URL names: an installation's workers share a database by
 * taking each other's jobs, and must never see the ones of a command.
 */
import { randomBytes } from 'node:crypto';
import pg from 'pg';
import { ConfigError, errorMessage } from '../../core/errors.ts';

export interface TemporaryDatabase {
  readonly url: string;
  drop(): Promise<void>;
}

const CONNECT_TIMEOUT_MS = 5_000;

/** Throws ConfigError when the server does not answer or does not let this user make one. */
export async function createTemporaryDatabase(server: string): Promise<TemporaryDatabase> {
  const name = `crew_local_${randomBytes(8).toString('hex')}`;
  await onServer(server, `create database ${name} template template0`).catch((error: unknown) => {
    throw new ConfigError(
      `DATABASE_URL: no database for this run could be made there (${errorMessage(error)}). Give its user the right to create databases, or unset DATABASE_URL: an embedded one is used then.`,
      { cause: error },
    );
  });
  const url = new URL(server);
  url.pathname = `/${name}`;
  return {
    url: url.href,
    drop: () => onServer(server, `drop database if exists ${name} with (force)`),
  };
}

async function onServer(server: string, statement: string): Promise<void> {
  const client = new pg.Client({ connectionString: server, connectionTimeoutMillis: CONNECT_TIMEOUT_MS });
  client.on('error', () => {});
  await client.connect();
  try {
    await client.query(statement);
  } finally {
    await client.end();
  }
}
