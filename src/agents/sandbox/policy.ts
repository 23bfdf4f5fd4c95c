/** What a sandboxed command may read and write, as @anthropic-ai/sandbox-runtime takes it. */
import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { SandboxRuntimeConfig } from '@anthropic-ai/sandbox-runtime';

/** What compilers, interpreters and TLS need; not /etc as a whole, which root could read with its secrets. */
const SYSTEM_READABLE = [
  ...['/usr', '/bin', '/sbin', '/lib', '/lib32', '/lib64', '/libx32'],
  ...[
    'passwd',
    'group',
    'nsswitch.conf',
    'hosts',
    'host.conf',
    'resolv.conf',
    'gai.conf',
    'services',
    'protocols',
  ].map((name) => `/etc/${name}`),
  ...[
    'localtime',
    'timezone',
    'os-release',
    'debian_version',
    'mime.types',
    'ld.so.cache',
    'alternatives',
    'ssl',
  ].map((name) => `/etc/${name}`),
];
/** Configuration of npm and others, which may hold tokens. */
const SYSTEM_HIDDEN = ['/usr/etc', '/usr/local/etc'];
/** Writable in every command by the runtime's own rules, so it would join jobs to one another. */
const SHARED_BY_RUNTIME = '/tmp/claude';

export interface Places {
  /** Real paths. */
  readonly writable: readonly string[];
  readonly readable: readonly string[];
}

export function filesystemFor(request: Places): SandboxRuntimeConfig['filesystem'] {
  const writable = request.writable.map((path) => ({ path, literal: true as const }));
  const readable = [...SYSTEM_READABLE, seccompHelper(), ...request.readable].filter(existsSync);
  return {
    denyRead: ['/', ...SYSTEM_HIDDEN.filter(existsSync)],
    allowRead: [...readable.map((path) => ({ path, literal: true as const })), ...writable],
    allowWrite: writable,
    denyWrite: [SHARED_BY_RUNTIME],
  };
}

/** The runtime runs its helper, which forbids Unix sockets and new namespaces, inside the sandbox. */
function seccompHelper(): string {
  return join(
    dirname(fileURLToPath(import.meta.resolve('@anthropic-ai/sandbox-runtime'))),
    '..',
    'vendor',
    'seccomp',
  );
}
