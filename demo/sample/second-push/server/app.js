// The HTTP face of Larder: which request does what. Queries live in items.js, checks in validate.js.
import { createServer } from 'node:http';
import { addItem, deleteItem, listItems, setNote, setQuantity } from './items.js';
import { readJson, sendError, sendJson } from './json.js';
import { searchItems } from './search.js';
import { sendStatic } from './static.js';
import { BadRequest, checkId, checkItem, checkQuantity } from './validate.js';

const SEARCH_PAGE_SIZE = 20;

export function createApp(db) {
  return createServer(async (request, response) => {
    try {
      await route(db, request, response);
    } catch (error) {
      const known = error instanceof BadRequest;
      if (!known) console.error(error);
      sendError(response, known ? 400 : 500, known ? error.message : 'something went wrong');
    }
  });
}

async function route(db, request, response) {
  const url = new URL(request.url, 'http://larder');
  const [, , resource, id, part] = url.pathname.split('/');
  const action = `${request.method} ${url.pathname.startsWith('/api/') ? 'api' : 'page'}`;

  if (action === 'GET page') return sendStatic(response, url.pathname);
  if (resource === 'search' && action === 'GET api') {
    const term = url.searchParams.get('term') ?? '';
    const page = Number(url.searchParams.get('page') ?? 1);
    const size = Number(url.searchParams.get('size') ?? SEARCH_PAGE_SIZE);
    return sendJson(response, 200, searchItems(db, term, page, size));
  }
  if (resource === 'items' && part === 'note' && action === 'PUT api') {
    const { note } = readJson(request);
    const item = setNote(db, checkId(id), note);
    return item ? sendJson(response, 200, item) : sendError(response, 404, 'no such item');
  }
  if (resource !== 'items' || part !== undefined) return sendError(response, 404, 'not found');

  if (action === 'GET api') return sendJson(response, 200, { items: listItems(db, url.searchParams.get('shelf')) });
  if (action === 'POST api') {
    const item = checkItem(await readJson(request));
    return sendJson(response, 201, addItem(db, item));
  }
  if (action === 'PATCH api') {
    const quantity = checkQuantity((await readJson(request)).quantity);
    const item = setQuantity(db, checkId(id), quantity);
    return item ? sendJson(response, 200, item) : sendError(response, 404, 'no such item');
  }
  if (action === 'DELETE api') {
    const gone = deleteItem(db, checkId(id));
    return gone ? response.writeHead(204).end() : sendError(response, 404, 'no such item');
  }
  return sendError(response, 405, 'method not allowed');
}
