import { createReadStream } from 'node:fs';
import { createServer } from 'node:http';
import { resolveFile } from './resolve-file.js';

const root = new URL('../public', import.meta.url).pathname;

createServer((request, response) => {
  const [path = '/'] = (request.url ?? '/').split('?');
  const file = resolveFile(root, path === '/' ? '/index.html' : path);
  if (file === null) {
    response.writeHead(404).end('not found\n');
    return;
  }
  createReadStream(file).pipe(response);
}).listen(8080);
