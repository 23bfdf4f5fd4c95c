/**
 * The bubblewrap line for a command, by @anthropic-ai/sandbox-runtime: nothing readable but the system, the tools and the
 * work; nothing writable but the work; no network, no Unix sockets, its own processes only.
 *
 * The runtime's `initialize` is not called on purpose: it starts proxies and relays on the host for allowed domains,
 * of which there are none, and puts their credentials into each command's environment. Without it a wrap with an
 * empty allow-list is cut off from the network altogether, and takes 20 ms instead of 150.
 */
import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { SandboxManager, type SandboxRuntimeConfig } from '@anthropic-ai/sandbox-runtime';

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

export interface WrapRequest {
  readonly command: string;
  /** Real paths. */
  readonly writable: readonly string[];
  readonly readable: readonly string[];
}

/** Calls `run` with the shell command that runs `command` in bubblewrap, and cleans up after it. */
export async function wrapCommand<T>(
  request: WrapRequest,
  run: (shellCommand: string) => Promise<T>,
): Promise<T> {
  const wrapped = await SandboxManager.wrapWithSandbox(request.command, 'bash', policyFor(request));
  try {
    // With `exec` bubblewrap's parent is this process, and --die-with-parent follows it even into a SIGKILL.
    return await run(`exec ${wrapped}`);
  } finally {
    SandboxManager.cleanupAfterCommand();
  }
}

function policyFor(request: WrapRequest): Partial<SandboxRuntimeConfig> {
  const writable = request.writable.map((path) => ({ path, literal: true as const }));
  const readable = [...SYSTEM_READABLE, seccompHelper(), ...request.readable].filter(existsSync);
  return {
    network: { allowedDomains: [], deniedDomains: [] },
    filesystem: {
      denyRead: ['/', ...SYSTEM_HIDDEN.filter(existsSync)],
      allowRead: [...readable.map((path) => ({ path, literal: true as const })), ...writable],
      allowWrite: writable,
      denyWrite: [SHARED_BY_RUNTIME],
    },
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
