/** Preloaded into a command (`--import <this>?file=…`): writes the most memory that its process ever held, in MB, when it ends. */
import { readFileSync, writeFileSync } from 'node:fs';
import { createEmbedder } from '../../src/agents/embedder.ts';

const { searchParams } = new URL(import.meta.url);

// As in a worker that looks up memories: the embedder stays loaded for as long as its process runs.
await createEmbedder().embed(['A memory of the repository.']);

process.on('exit', () => {
  // Not `resourceUsage().maxRSS`, which counts what the parent held when it forked. https://man7.org/linux/man-pages/man5/proc_pid_status.5.html
  const [, kilobytes] = /^VmHWM:\s*(\d+) kB$/m.exec(readFileSync('/proc/self/status', 'utf8')) ?? [];
  writeFileSync(searchParams.get('file') ?? '', String(Number(kilobytes) / 1_024));
});
