/**
 * Asks a deployment over HTTP, once. The host is looked up once and that address is connected to, so that a name cannot lead
 * elsewhere between the look and the call; redirects are followed by hand, each through the same gate. Nothing of ours is sent along.
 */
import { lookup } from 'node:dns/promises';
import { request as httpRequest, type IncomingMessage, type RequestOptions } from 'node:http';
import { request as httpsRequest } from 'node:https';
import { isIP, type LookupFunction } from 'node:net';
import { errorMessage } from '../core/errors.ts';
import { addressRefusal, urlRefusal } from '../core/gate/gate-hosts.ts';
import type { Seen } from '../core/gate/smoke-verdict.ts';
import {
  addressRefused,
  BODY_MAX_BYTES,
  noAnswerInTime,
  noConnection,
  redirectRefused,
  tooManyRedirects,
  urlRefused,
} from '../core/messages/smoke.ts';
import type { Probe, ProbeRequest } from '../core/ports.ts';

const REDIRECTS_MAX = 5;
const REDIRECTS: readonly number[] = [301, 302, 303, 307, 308];
const HEADERS = { 'user-agent': 'hypercode-crew-smoke', accept: '*/*', 'accept-encoding': 'identity' };

interface Address {
  readonly address: string;
  readonly family: number;
}

export interface ProbeOptions {
  /** All addresses of a host name. */
  readonly resolve: (hostname: string) => Promise<readonly Address[]>;
}

export function createProbe(options: ProbeOptions = { resolve }): Probe {
  return async (asked) => {
    const timeout = AbortSignal.timeout(asked.timeoutSeconds * 1000);
    const signal = AbortSignal.any([asked.signal, timeout]);
    try {
      return await withRedirects(options, asked, signal);
    } catch (error) {
      asked.signal.throwIfAborted();
      const why = timeout.aborted ? noAnswerInTime(asked.timeoutSeconds) : noConnection(reasonOf(error));
      return { kind: 'unreachable', why };
    }
  };
}

async function resolve(hostname: string): Promise<readonly Address[]> {
  return await lookup(hostname, { all: true });
}

async function withRedirects(options: ProbeOptions, asked: ProbeRequest, signal: AbortSignal): Promise<Seen> {
  const first = urlRefusal(asked.url, asked.hosts);
  if (first !== null) return { kind: 'refused', why: urlRefused(asked.url, first) };
  let url = new URL(asked.url);
  for (let hop = 0; hop <= REDIRECTS_MAX; hop += 1) {
    const found = await addressesOf(options, url, signal);
    if ('kind' in found) return found;
    const answer = await ask(url, asked.method, found.addresses, signal);
    const next: URL | null = answer.location === null ? null : URL.parse(answer.location, url.href);
    if (next === null) return answer.seen;
    const why = urlRefusal(next.href, asked.hosts);
    if (why !== null) return { kind: 'refused', why: redirectRefused(next.href, why) };
    url = next;
  }
  return { kind: 'refused', why: tooManyRedirects(REDIRECTS_MAX) };
}

/** One address that may not be asked refuses the host: which of them is connected to is chance. */
async function addressesOf(
  { resolve }: ProbeOptions,
  { hostname }: URL,
  signal: AbortSignal,
): Promise<{ readonly addresses: readonly Address[] } | Extract<Seen, { kind: 'refused' }>> {
  const literal = hostname.replace(/^\[|\]$/g, '');
  const family = isIP(literal);
  const addresses = family === 0 ? await before(signal, resolve(hostname)) : [{ address: literal, family }];
  for (const { address } of addresses) {
    const why = addressRefusal(address, hostname);
    if (why !== null) return { kind: 'refused', why: addressRefused(hostname, address, why) };
  }
  return { addresses };
}

/** A look-up cannot be ended, only left behind. */
async function before<T>(signal: AbortSignal, work: Promise<T>): Promise<T> {
  signal.throwIfAborted();
  const { promise, reject } = Promise.withResolvers<never>();
  const stop = () => reject(signal.reason);
  signal.addEventListener('abort', stop, { once: true });
  try {
    return await Promise.race([work, promise]);
  } finally {
    signal.removeEventListener('abort', stop);
  }
}

interface Answer {
  readonly seen: Extract<Seen, { kind: 'answered' }>;
  /** Where a redirect leads, else null. */
  readonly location: string | null;
}

function ask(url: URL, method: string, addresses: readonly Address[], signal: AbortSignal): Promise<Answer> {
  const { promise, resolve, reject } = Promise.withResolvers<Answer>();
  const send = url.protocol === 'https:' ? httpsRequest : httpRequest;
  const options: RequestOptions = { method, headers: HEADERS, agent: false, signal, lookup: only(addresses) };
  const request = send(url, options, (response) => void read(response).then(resolve, reject));
  request.on('error', reject);
  request.end();
  return promise;
}

/** Answers the addresses that were looked at, and asks nobody again. */
function only(addresses: readonly Address[]): LookupFunction {
  return (hostname, { all }, answer) => {
    const [first] = addresses;
    if (first === undefined) answer(new Error(`${hostname} has no address`), '', 0);
    else if (all === true) answer(null, [...addresses]);
    else answer(null, first.address, first.family);
  };
}

async function read(response: IncomingMessage): Promise<Answer> {
  const status = response.statusCode ?? 0;
  const location = REDIRECTS.includes(status) ? (response.headers.location ?? null) : null;
  const chunks: Buffer[] = [];
  let [bytes, cut] = [0, false];
  for await (const chunk of location === null ? (response as AsyncIterable<Buffer>) : []) {
    chunks.push(chunk);
    bytes += chunk.length;
    cut = bytes > BODY_MAX_BYTES;
    if (cut) break;
  }
  response.destroy();
  const body = Buffer.concat(chunks).subarray(0, BODY_MAX_BYTES).toString('utf8');
  return { seen: { kind: 'answered', status, body, cut }, location };
}

/** Several addresses that were all tried fail with one error for each. */
function reasonOf(error: unknown): string {
  const first: unknown = error instanceof AggregateError ? error.errors[0] : error;
  return errorMessage(first ?? error);
}
