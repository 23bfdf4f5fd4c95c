/** Looks whether the crew could listen where it is told to, or listens there already. */
import { Hono } from 'hono';
import type { Config } from '../../config.ts';
import { errorMessage } from '../../core/errors.ts';
import { serve } from '../serve.ts';
import type { Finding } from './finding.ts';
import { good, wrong } from './finding.ts';

const HEALTH_TIMEOUT_MS = 2_000;

export async function examinePort({ http }: Config): Promise<readonly Finding[]> {
  const place = `${http.host}:${http.port}`;
  try {
    await (await serve(new Hono(), http)).close();
    return [good('port', `${place} is free`)];
  } catch (error) {
    if (await crewListens(http)) return [good('port', `a crew listens on ${place} already`)];
    return [
      wrong('port', errorMessage(error), 'Set PORT to a free port and HOST to an address of this machine.'),
    ];
  }
}

async function crewListens({ host, port }: Config['http']): Promise<boolean> {
  const address = host === '0.0.0.0' || host === '::' ? '127.0.0.1' : host;
  try {
    const answer = await fetch(`http://${address.includes(':') ? `[${address}]` : address}:${port}/healthz`, {
      signal: AbortSignal.timeout(HEALTH_TIMEOUT_MS),
    });
    const said: unknown = await answer.json();
    return typeof said === 'object' && said !== null && 'status' in said;
  } catch {
    return false;
  }
}
