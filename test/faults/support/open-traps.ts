/** Ends of ways out: what comes there, by TCP, UDP or a socket of the machine, is noted. */
import { createSocket } from 'node:dgram';
import { createServer, type Server } from 'node:net';
import { join } from 'node:path';

export interface Traps {
  /** Of TCP and UDP. */
  readonly port: number;
  readonly unixSocket: string;
  readonly abstractSocket: string;
  /** How each came that did. */
  readonly caught: readonly string[];
  close(): void;
}

export async function openTraps(dir: string): Promise<Traps> {
  const caught: string[] = [];
  const opened: { close(): unknown }[] = [];
  const trap = (how: string): Server => {
    const server = createServer((socket) => {
      caught.push(how);
      socket.on('error', () => {}).end('HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok');
    });
    opened.push(server);
    return server;
  };
  const listen = (server: Server, at: object) => new Promise<void>((resolve) => server.listen(at, resolve));
  const unixSocket = join(dir, 'trap.sock');
  const abstractSocket = `crew-${process.pid}`;
  const tcp = trap('tcp');
  await listen(tcp, { port: 0 });
  await listen(trap('unix'), { path: unixSocket });
  await listen(trap('abstract'), { path: `\0${abstractSocket}` });
  const address = tcp.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  opened.push(createSocket('udp4', () => caught.push('udp')).bind(port, '127.0.0.1'));
  const close = (): void => {
    for (const one of opened) one.close();
  };
  return { port, unixSocket, abstractSocket, caught, close };
}
