/** A client that keeps to no manners: bodies that are too large or never end, headers that dribble. */
import { once } from 'node:events';
import { type IncomingMessage, request } from 'node:http';
import { connect, Socket } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';

export interface HostileAnswer {
  /** Null when the connection was closed without an answer. */
  readonly status: number | null;
  /** The answer's text. */
  readonly text: string;
  readonly ms: number;
}

export interface Upload {
  readonly headers: Readonly<Record<string, string>>;
  readonly bytes: number;
  /** Otherwise its length is announced. */
  readonly chunked: boolean;
  /** Waits that long after each piece. */
  readonly dribbleMs?: number;
  readonly piece?: Buffer;
}

const PIECE = Buffer.alloc(64 * 1024, 0x20);
const GIVEN_UP_AFTER_MS = 60_000;
const LISTENS_AFTER_MS = 500;

/** Goes on sending until it is answered, cut off, or tired of it. */
export function upload(
  url: string,
  { headers, bytes, chunked, dribbleMs = 0, piece = PIECE }: Upload,
): Promise<HostileAnswer> {
  const startedMs = performance.now();
  return new Promise((resolve) => {
    let over = false;
    const gone = new AbortController();
    const sending = request(url, {
      method: 'POST',
      agent: false,
      timeout: GIVEN_UP_AFTER_MS,
      headers: {
        ...headers,
        ...(chunked ? { 'transfer-encoding': 'chunked' } : { 'content-length': String(bytes) }),
      },
    });
    let answered: IncomingMessage | null = null;
    let text = '';
    sending.once('response', (response) => {
      answered = response;
      response.setEncoding('utf8').on('data', (chunk: string) => {
        text += chunk;
      });
      response.once('close', () => sending.destroy());
    });
    sending.once('timeout', () => sending.destroy());
    // One that dribbles is never idle.
    const givenUp = setTimeout(() => sending.destroy(), GIVEN_UP_AFTER_MS);
    // Sending on after the answer may fail: it is the answer that counts.
    sending.on('error', () => {});
    sending.once('close', () => {
      over = true;
      clearTimeout(givenUp);
      gone.abort();
      resolve({ status: answered?.statusCode ?? null, text, ms: performance.now() - startedMs });
    });
    void (async () => {
      for (let sent = 0; sent < bytes && !over; sent += piece.length) {
        const goesOn = sending.write(piece.subarray(0, Math.min(piece.length, bytes - sent)));
        if (dribbleMs > 0) await delay(dribbleMs);
        else if (!goesOn)
          await once(sending, 'drain', {
            signal: AbortSignal.any([gone.signal, AbortSignal.timeout(1_000)]),
          }).catch(() => {});
      }
      if (!over) sending.end();
    })();
  });
}

/** Sends for a while before it listens, as many clients do: a connection that is reset meanwhile takes its answer with it. */
export function uploadBeforeListening(
  url: string,
  headers: Upload['headers'],
  bytes: number,
): Promise<HostileAnswer> {
  const { hostname, port, pathname } = new URL(url);
  const lines = Object.entries({ host: hostname, ...headers, 'content-length': String(bytes) });
  const head = [`POST ${pathname} HTTP/1.1`, ...lines.map(([name, value]) => `${name}: ${value}`)].join(
    '\r\n',
  );
  const socket = new Socket();
  socket.pause();
  socket.connect(Number(port), hostname);
  socket.write(`${head}\r\n\r\n`);
  for (let sent = 0; sent < bytes; sent += PIECE.length) socket.write(PIECE);
  setTimeout(() => socket.resume(), LISTENS_AFTER_MS);
  return answerOn(socket);
}

/** Begins a request whose headers never end, one of them a second. */
export function dribbleHeaders(url: string): Promise<HostileAnswer> {
  const { hostname, port } = new URL(url);
  const socket = connect(Number(port), hostname);
  const timer = setInterval(() => socket.write('x-more: 1\r\n'), 1_000);
  socket.write('POST /api/github/webhooks HTTP/1.1\r\nhost: crew\r\n');
  return answerOn(socket).finally(() => clearInterval(timer));
}

/** All that comes until the connection is closed. */
function answerOn(socket: Socket): Promise<HostileAnswer> {
  const startedMs = performance.now();
  return new Promise((resolve) => {
    let text = '';
    socket.setEncoding('utf8').on('data', (chunk: string) => {
      text += chunk;
    });
    socket.on('error', () => {});
    socket.once('close', () => {
      const status = /^HTTP\/1\.1 (\d+)/.exec(text)?.[1];
      resolve({
        status: status === undefined ? null : Number(status),
        text,
        ms: performance.now() - startedMs,
      });
    });
    socket.setTimeout(GIVEN_UP_AFTER_MS, () => socket.destroy());
  });
}
