/** Which process started the server that runs now, and so is the one to stop it. One note a server: racing starters disturb nobody. */
import { readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import type { Location } from './location.ts';
import { processIdentity } from './processes.ts';

const ownerSchema = z.object({ owner: z.string(), ownerPid: z.int() });

export async function takeOwnership(location: Location, serverPid: number): Promise<void> {
  const path = noteOf(location, serverPid);
  const owner = { owner: await processIdentity(process.pid), ownerPid: process.pid };
  await writeFile(`${path}.${process.pid}`, JSON.stringify(owner));
  await rename(`${path}.${process.pid}`, path);
}

export async function isOwner(location: Location, serverPid: number): Promise<boolean> {
  return (await read(location, serverPid))?.owner === (await processIdentity(process.pid));
}

/** For a server that is ready: by then its starter has noted itself, or was killed before it could. */
export async function ownerIsGone(location: Location, serverPid: number): Promise<boolean> {
  const stored = await read(location, serverPid);
  return stored === null || (await processIdentity(stored.ownerPid)) !== stored.owner;
}

/** For the server that won: there is no other on this data. */
export async function forgetOthers(location: Location, serverPid: number): Promise<void> {
  const keep = noteOf(location, serverPid);
  const names = (await readdir(location.dir)).filter((name) => name.startsWith('owner-of-'));
  const others = names.map((name) => join(location.dir, name)).filter((path) => path !== keep);
  await Promise.all(others.map((path) => rm(path, { force: true })));
}

function noteOf({ dir }: Location, serverPid: number): string {
  return join(dir, `owner-of-${serverPid}.json`);
}

async function read(location: Location, serverPid: number): Promise<z.infer<typeof ownerSchema> | null> {
  const text = await readFile(noteOf(location, serverPid), 'utf8').catch(() => null);
  if (text === null) return null;
  const parsed = ownerSchema.safeParse(JSON.parse(text));
  return parsed.success ? parsed.data : null;
}
