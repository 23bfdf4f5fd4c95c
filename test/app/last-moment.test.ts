/** What may no longer be sent when its connection is made is not sent. */
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { boundedFetch } from '../../src/app/github/bounded-fetch.ts';
import { isPaused, NotSentError, sentOf } from '../../src/app/github/refusal.ts';

let server: Server;
let url: string;
let requests = 0;

beforeAll(async () => {
  server = createServer((_request, response) => {
    requests += 1;
    response.setHeader('content-type', 'application/json').end('{}');
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
});
beforeEach(() => {
  requests = 0;
});
afterAll(() => {
  server.closeAllConnections();
  server.close();
});

/** The time passes while the request is on its way to its connection. */
function sleepsBeforeWriting(): () => Date {
  let looks = 0;
  return () => new Date(looks++ === 0 ? 0 : 2_000);
}

const limits = {
  readTimeoutMs: 5_000,
  writeTimeoutMs: 5_000,
  startBefore: new Date(1_000),
  pausedMs: () => 0,
  redact: (text: string) => text,
};
const write = { method: 'POST', body: '{"body":"Said late."}' };

it.each(['a new connection', 'one that stands'])('not on %s', async (which) => {
  const early = boundedFetch(fetch, { ...limits, now: () => new Date(0) });
  if (which === 'one that stands') await early(url, write);
  requests = 0;

  const error = await boundedFetch(fetch, { ...limits, now: sleepsBeforeWriting() })(url, write).catch(
    (reason: unknown) => reason,
  );

  expect(error).toMatchObject({ cause: expect.any(NotSentError) });
  expect(sentOf(error)).toBe('no');
  expect(requests).toBe(0);
  expect((await early(url, write)).status).toBe(200);
});

it('not when GitHub asked to be left alone since', async () => {
  const pauses = [0, 60_000];
  const paused = {
    ...limits,
    startBefore: null,
    now: () => new Date(0),
    pausedMs: () => pauses.shift() ?? 0,
  };

  const error = await boundedFetch(fetch, paused)(url, write).catch((reason: unknown) => reason);

  expect(isPaused(error)).toBe(true);
  expect(sentOf(error)).toBe('no');
  expect(requests).toBe(0);
});
