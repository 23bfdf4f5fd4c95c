/**
 * The bubblewrap line for a command, by @anthropic-ai/sandbox-runtime: nothing readable but the system, the tools and the
 * work; nothing writable but the work; no network, no Unix sockets, its own processes only.
 *
 * The runtime's `initialize` is not called here on purpose: it starts proxies and relays on the host for allowed domains, and
 * puts their credentials into each command's environment. Without it a wrap with an empty allow-list is cut off from the
 * network altogether, and takes 20 ms instead of 150. Commands that may reach hosts are wrapped in network.ts.
 */
import { SandboxManager } from '@anthropic-ai/sandbox-runtime';
import { openNetwork } from './network.ts';
import { filesystemFor, type Places } from './policy.ts';
import { sealKernel } from './seal-kernel.ts';
import { isTooLong, tooLong } from './too-long.ts';

export interface WrapRequest extends Places {
  readonly command: string;
  /** That it may reach; mostly none. */
  readonly hosts: readonly string[];
  readonly networkNodeArgs: readonly string[];
}

/** Calls `run` with the shell command that runs `command` in bubblewrap, and cleans up after it. */
export async function wrapCommand<T>(
  request: WrapRequest,
  run: (shellCommand: string) => Promise<T>,
): Promise<T> {
  if (request.hosts.length > 0) {
    await using network = await openNetwork(request, request.networkNodeArgs);
    return await run(sealKernel(network.wrapped));
  }
  const wrapped = await wrap(request);
  try {
    // With `exec` bubblewrap's parent is this process, and --die-with-parent follows it even into a SIGKILL.
    return await run(sealKernel(wrapped));
  } finally {
    SandboxManager.cleanupAfterCommand();
  }
}

async function wrap(request: WrapRequest): Promise<string> {
  const config = { network: { allowedDomains: [], deniedDomains: [] }, filesystem: filesystemFor(request) };
  try {
    return await SandboxManager.wrapWithSandbox(request.command, 'bash', config);
  } catch (error) {
    throw isTooLong(error) ? tooLong(error) : error;
  }
}
