/**
 * Hosts that commands of a repository may reach: as the repository asks for them, and as the operator permits them. By name alone,
 * so that no list can name a machine of a private network or the worker itself; what a name leads to is checked when it is
 * connected to. Pure.
 */
import { z } from 'zod';

/** Two labels at least, the last one no number: neither an address, nor `localhost`, nor all of `*.com`. */
const NAME =
  /^(?:\*\.(?=[^.]+\.[^.]))?(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z][a-z0-9-]{0,61}[a-z0-9]$/i;
/** Of the machine, or of the network that it stands in (RFC 6761, 6762, 8375). */
const NEAR = /(?:^|\.)(?:localhost|localdomain|local|internal|lan|home\.arpa)$/i;
const NAME_MAX_CHARS = 253;

export const networkHost = z
  .string()
  .trim()
  .max(NAME_MAX_CHARS)
  .regex(NAME, 'is no name of a host, such as packages.example.com or *.example.org')
  .refine((name) => !NEAR.test(name), 'is a name of the machine itself or of its own network')
  .transform((name) => name.toLowerCase());

/** Those of `asked` that a list permits, by the same name or by a wildcard that covers them. */
export function permittedHosts(asked: readonly string[], permitted: readonly string[]): readonly string[] {
  return asked.filter((host) => permitted.some((pattern) => covers(pattern, host)));
}

function covers(pattern: string, host: string): boolean {
  return pattern === host || (pattern.startsWith('*.') && host.endsWith(pattern.slice(1)));
}
