/** Which process a lock or a folder belongs to, and whether that process is known to be gone. */
import { randomUUID } from 'node:crypto';
import { hostname } from 'node:os';
import { z } from 'zod';

const ownerSchema = z.object({ host: z.string(), pid: z.int().positive(), startId: z.string() });
export type Owner = z.infer<typeof ownerSchema>;

/** Tells this process from an earlier one that had its number, as processes in containers do. */
const START_ID = randomUUID();

export function thisOwner(): Owner {
  return { host: hostname(), pid: process.pid, startId: START_ID };
}

/** Null for anything that is no owner, such as a file that was cut off. */
export function parseOwner(text: string): Owner | null {
  try {
    return ownerSchema.parse(JSON.parse(text));
  } catch {
    return null;
  }
}

/** True only when it is certain: other hosts' processes cannot be seen. */
export function isGone(owner: Owner): boolean {
  const self = thisOwner();
  if (owner.host !== self.host) return false;
  if (owner.pid === self.pid) return owner.startId !== self.startId;
  try {
    process.kill(owner.pid, 0);
    return false;
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'ESRCH';
  }
}
