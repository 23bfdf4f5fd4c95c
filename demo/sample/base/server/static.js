// Serves the files of web/ by a fixed list, so that no path can lead anywhere else.
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { sendError } from './json.js';

const folder = join(import.meta.dirname, '..', 'web');
const FILES = {
  '/': ['index.html', 'text/html'],
  '/app.js': ['app.js', 'text/javascript'],
  '/item-view.js': ['item-view.js', 'text/javascript'],
  '/style.css': ['style.css', 'text/css'],
};

export async function sendStatic(response, path) {
  const file = FILES[path];
  if (!file) return sendError(response, 404, 'not found');
  const [name, type] = file;
  response.writeHead(200, { 'content-type': `${type}; charset=utf-8` }).end(await readFile(join(folder, name)));
}
