/**
 * A program: the proxies of one command that may reach some hosts. Reads a request as a line of JSON, prints the shell command that
 * runs the command in bubblewrap with these proxies, or null for one that is too long, and serves until its input ends. See network.ts.
 *
 * The proxies of @anthropic-ai/sandbox-runtime look a name up once, judge each address and connect to one that passed: a
 * name that leads elsewhere the next time gains nothing.
 */
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { SandboxManager } from '@anthropic-ai/sandbox-runtime';
import type { NetworkRequest } from './network.ts';
import { filesystemFor } from './policy.ts';
import { isTooLong } from './too-long.ts';

/** The runtime itself refuses loopback, link-local, multicast, this host's own addresses and those of clouds' metadata. */
const PRIVATE_NETWORKS = [
  ...['10.0.0.0/8', '172.16.0.0/12', '192.168.0.0/16', '100.64.0.0/10', 'fc00::/7', 'fec0::/10'],
  // Of protocols, benchmarks and documentation, and what is reserved: nobody's hosts.
  ...['192.0.0.0/24', '198.18.0.0/15', '240.0.0.0/4', '2001:db8::/32'],
];
const PORTS = [80, 443];

const input = createInterface({ input: process.stdin });
const [line] = (await once(input, 'line')) as [string];
const request = JSON.parse(line) as NetworkRequest;
const closed = once(input, 'close');
const filesystem = filesystemFor(request);
await SandboxManager.initialize({
  network: {
    allowedDomains: request.hosts.flatMap((host) => PORTS.map((port) => `${host}:${port}`)),
    deniedDomains: [],
    strictAllowlist: true,
    deniedResolvedAddresses: PRIVATE_NETWORKS,
    // Another proxy would look names up itself.
    parentProxy: { noProxy: '*' },
  },
  filesystem,
});
const wrapped = await SandboxManager.wrapWithSandbox(request.command, 'bash', undefined, undefined, {
  commandId: 'command',
}).catch((error: unknown) => {
  if (isTooLong(error)) return null;
  throw error;
});
process.stdout.write(`${JSON.stringify(wrapped)}\n`);
await closed;
await SandboxManager.reset();
process.exit(0);
