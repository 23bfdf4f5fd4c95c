/**
 * Reads a request's body with a limit on its bytes and on its time, whatever its headers claim, and with a limit on what
 * all bodies that are held at the same time take together: until the last byte nobody knows who sent them.
 */

export class BodyTooLargeError extends Error {
  override readonly name = 'BodyTooLargeError';
}

export class BodyTooSlowError extends Error {
  override readonly name = 'BodyTooSlowError';
}

/** Others hold too much at this moment. */
export class NoRoomError extends Error {
  override readonly name = 'NoRoomError';
}

export interface BodyLimits {
  readonly maxBytes: number;
  readonly timeoutMs: number;
  readonly room: Room;
  /** Sees the body while it comes. */
  readonly onBytes: (bytes: Uint8Array) => void;
}

/** What is announced as no larger takes no room: the connections bound how many of these there are. */
export const SMALL_BYTES = 64 * 1024;

export interface Room {
  /** False, and nothing is taken, when there is no room for so much more. */
  take(bytes: number): boolean;
  giveBack(bytes: number): void;
}

export function createRoom(maxBytes: number): Room {
  let taken = 0;
  return {
    take: (bytes) => {
      if (taken + bytes > maxBytes) return false;
      taken += bytes;
      return true;
    },
    giveBack: (bytes) => {
      taken -= bytes;
    },
  };
}

export interface Body {
  bytes(): Buffer;
  /** Gives the memory back at once: what is left to the garbage collector can be there several times over. */
  letGo(): void;
}

/** The body is there until `use` has ended, or has let it go; its room until `use` has ended. */
export async function withBody<T>(
  request: Request,
  limits: BodyLimits,
  use: (body: Body) => Promise<T>,
): Promise<T> {
  const { timeoutMs, room } = limits;
  const held = { bytes: 0 };
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new BodyTooSlowError(`no whole body within ${timeoutMs} ms`)), timeoutMs);
  });
  try {
    const body = await readBody(request, limits, late, held).finally(() => clearTimeout(timer));
    return await use(body).finally(body.letGo);
  } finally {
    room.giveBack(held.bytes);
  }
}

async function readBody(
  request: Request,
  limits: BodyLimits,
  late: Promise<never>,
  held: { bytes: number },
): Promise<Body> {
  const announced = Number(request.headers.get('content-length') ?? Number.NaN);
  if (!(announced <= SMALL_BYTES)) return readStream(request, limits, late, held);
  // The HTTP server reads no more than an announced length, and the whole at once costs half as much.
  const whole = Buffer.from(await Promise.race([request.arrayBuffer(), late]));
  limits.onBytes(whole);
  return { bytes: () => whole, letGo: () => {} };
}

/** What is refused stays unread: reading it on would cost as much memory as keeping it, until that is collected. */
async function readStream(
  request: Request,
  { maxBytes, room, onBytes }: BodyLimits,
  late: Promise<never>,
  held: { bytes: number },
): Promise<Body> {
  const body = growingBody(maxBytes);
  try {
    if (request.body === null) return body;
    const reader: ReadableStreamDefaultReader<Uint8Array> = request.body.getReader();
    for (;;) {
      const { done, value } = await Promise.race([reader.read(), late]);
      if (done) return body;
      if (held.bytes + value.byteLength > maxBytes)
        throw new BodyTooLargeError(`more than ${maxBytes} bytes`);
      if (!room.take(value.byteLength)) throw new NoRoomError('too many large bodies at once');
      held.bytes += value.byteLength;
      onBytes(value);
      body.add(value);
    }
  } catch (error) {
    body.letGo();
    throw error;
  }
}

/** Takes memory for what has come, and address space for `maxBytes`. */
function growingBody(maxBytes: number): Body & { add(bytes: Uint8Array): void } {
  const memory = new ArrayBuffer(0, { maxByteLength: maxBytes });
  return {
    add(bytes) {
      const at = memory.byteLength;
      memory.resize(at + bytes.byteLength);
      new Uint8Array(memory).set(bytes, at);
    },
    bytes: () => Buffer.from(memory),
    letGo: () => memory.resize(0),
  };
}
