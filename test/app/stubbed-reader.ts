/** A reader of a stubbed GitHub, made anew for each test of the file that calls it, with what it logged. */
import { beforeEach } from 'vitest';
import { createReader } from '../../src/app/github/reader.ts';
import type { GitHubReader } from '../../src/core/github-ports.ts';
import { type LogLine, recordingLog, testClients, testClock } from './github-parts.ts';
import { type StubbedGitHub, stubbedGitHub } from './stubbed-github.ts';

export interface StubbedReader {
  readonly github: StubbedGitHub;
  readonly log: readonly LogLine[];
  reader(): GitHubReader;
}

/** `now`: ISO 8601. */
export function stubbedReader(now: string): StubbedReader {
  const github = stubbedGitHub();
  const log: LogLine[] = [];
  let reader: GitHubReader;
  beforeEach(() => {
    log.length = 0;
    const clients = testClients({ fetch: github.watch.fetch, clock: testClock(now) });
    reader = createReader(clients, recordingLog(log));
  });
  return { github, log, reader: () => reader };
}
