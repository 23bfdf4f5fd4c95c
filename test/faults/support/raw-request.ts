/** One request exactly as it is written: no path is made tidy, no header added, no redirect followed. */
import { request } from 'node:http';

export interface RawAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  /** Of a stream: what came at once. */
  readonly body: string;
}

export interface RawRequest {
  readonly method?: string;
  /** With its query. */
  readonly path: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
}

/** Streams are left after their first bytes. Throws when there is no answer. */
export function ask(
  base: string,
  { method = 'GET', path, headers = {}, body }: RawRequest,
): Promise<RawAnswer> {
  const { hostname, port } = new URL(base);
  return new Promise((resolve, reject) => {
    const asked = request({ hostname, port, method, path, headers, agent: false }, (answer) => {
      const given = Object.entries(answer.headers).map(([name, value]) => [name, String(value)] as const);
      let text = '';
      const done = () => {
        resolve({ status: answer.statusCode ?? 0, headers: Object.fromEntries(given), body: text });
        asked.destroy();
      };
      answer.setEncoding('utf8');
      answer.on('data', (chunk: string) => {
        text += chunk;
        if (answer.headers['content-type']?.startsWith('text/event-stream')) done();
      });
      answer.on('end', done);
      answer.on('error', done);
      if (answer.headers['content-type']?.startsWith('text/event-stream') && method !== 'HEAD')
        setTimeout(done, 300);
    });
    asked.on('error', reject);
    asked.end(body);
  });
}
