/** Reads a request's body with a limit on its bytes and on its time, whatever its headers claim. */

export class BodyTooLargeError extends Error {
  override readonly name = 'BodyTooLargeError';
}

export class BodyTooSlowError extends Error {
  override readonly name = 'BodyTooSlowError';
}

export async function readBody(request: Request, maxBytes: number, timeoutMs: number): Promise<Buffer> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new BodyTooSlowError(`no whole body within ${timeoutMs} ms`)), timeoutMs);
  });
  try {
    // The HTTP server reads no more than an announced length, and the whole at once costs half as much.
    const announced = Number(request.headers.get('content-length') ?? Number.NaN);
    if (announced > maxBytes) throw new BodyTooLargeError(`${announced} bytes announced`);
    if (announced >= 0)
      return limited(Buffer.from(await Promise.race([request.arrayBuffer(), late])), maxBytes);
    return await readStream(request, maxBytes, late);
  } finally {
    clearTimeout(timer);
  }
}

async function readStream(request: Request, maxBytes: number, late: Promise<never>): Promise<Buffer> {
  if (request.body === null) return Buffer.alloc(0);
  const reader: ReadableStreamDefaultReader<Uint8Array> = request.body.getReader();
  try {
    const chunks: Uint8Array[] = [];
    let bytes = 0;
    for (;;) {
      const { done, value } = await Promise.race([reader.read(), late]);
      if (done) return Buffer.concat(chunks, bytes);
      bytes += value.byteLength;
      if (bytes > maxBytes) throw new BodyTooLargeError(`more than ${maxBytes} bytes`);
      chunks.push(value);
    }
  } finally {
    // After a whole body this changes nothing; otherwise it lets the rest go unread.
    void reader.cancel().catch(() => undefined);
  }
}

function limited(body: Buffer, maxBytes: number): Buffer {
  if (body.length > maxBytes) throw new BodyTooLargeError(`more than ${maxBytes} bytes`);
  return body;
}
