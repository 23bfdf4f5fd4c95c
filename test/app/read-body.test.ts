import { expect, it } from 'vitest';
import { type Body, BodyTooLargeError, createRoom, withBody } from '../../src/app/ingest/read-body.ts';

const KB = 1024;

function sent(...pieces: readonly Uint8Array<ArrayBuffer>[]): Request {
  return new Request('http://crew.example', {
    method: 'POST',
    body: ReadableStream.from(pieces),
    duplex: 'half',
  } as RequestInit);
}

const limits = () => ({
  maxBytes: 200 * KB,
  timeoutMs: 60_000,
  room: createRoom(300 * KB),
  onBytes: () => {},
});
const piece = (fill: string, kb: number) => new Uint8Array(Buffer.alloc(kb * KB, fill));

it('a body that comes in pieces is whole while it is used, and its memory and room are free afterwards', async () => {
  const given = limits();
  let kept: Body | undefined;

  const text = await withBody(sent(piece('a', 90), piece('b', 90)), given, async (body) => {
    kept = body;
    return body.bytes().toString();
  });

  expect(text).toBe('a'.repeat(90 * KB) + 'b'.repeat(90 * KB));
  expect(kept?.bytes().length).toBe(0);
  expect(given.room.take(300 * KB)).toBe(true);
});

it.each([
  ['that is too large', sent(piece('a', 150), piece('b', 90)), BodyTooLargeError],
  ['whose use fails', sent(piece('a', 90)), SyntaxError],
] as const)('a body %s leaves its room', async (_, request, error) => {
  const given = limits();

  await expect(
    withBody(request, given, async () => {
      throw new SyntaxError('not JSON');
    }),
  ).rejects.toThrow(error);
  expect(given.room.take(300 * KB)).toBe(true);
});
