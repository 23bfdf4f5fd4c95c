/** The scripted model behind a door: a request of a role waits there until the test lets it through, so that what happens meanwhile is certain. */
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Readable } from 'node:stream';
import type { ReadableStream } from 'node:stream/web';
import type { RunningModel } from '../../demo/model/start-model.ts';

export interface Knock {
  readonly role: string;
  /** The whole request as the SDK sent it. */
  readonly body: string;
  /** How many of this role came before. */
  readonly earlier: number;
}

export interface HeldModel {
  readonly url: string;
  readonly knocks: readonly Knock[];
  close(): Promise<void>;
}

/** `mayPass` is asked of each request, and its promise awaited. */
export async function holdModel(
  model: RunningModel,
  mayPass: (knock: Knock) => Promise<unknown>,
): Promise<HeldModel> {
  const knocks: Knock[] = [];
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk);
    const body = Buffer.concat(chunks).toString();
    const role = /<role name=\\"([a-z]+)\\"/.exec(body)?.[1] ?? '';
    const knock = { role, body, earlier: knocks.filter((other) => other.role === role).length };
    knocks.push(knock);
    await mayPass(knock);
    const { host: _host, 'content-length': _length, connection: _connection, ...headers } = request.headers;
    const answer = await fetch(`${model.url}${request.url}`, {
      method: request.method ?? 'POST',
      headers: headers as Record<string, string>,
      body,
    });
    const {
      'content-encoding': _encoding,
      'transfer-encoding': _transfer,
      ...told
    } = Object.fromEntries(answer.headers);
    response.writeHead(answer.status, told);
    if (answer.body === null) response.end();
    else Readable.fromWeb(answer.body as ReadableStream).pipe(response);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    knocks,
    async close() {
      server.closeAllConnections();
      await new Promise((done) => server.close(done));
    },
  };
}
