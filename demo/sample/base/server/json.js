// JSON in and out, with a limit on what is read.
import { BadRequest } from './validate.js';

const BODY_MAX_BYTES = 16 * 1024;

export async function readJson(request) {
  const chunks = [];
  let size = 0;
  for await (const chunk of request) {
    size += chunk.length;
    if (size > BODY_MAX_BYTES) throw new BadRequest(`the body has more than ${BODY_MAX_BYTES} bytes`);
    chunks.push(chunk);
  }
  try {
    return Object(JSON.parse(Buffer.concat(chunks).toString('utf8')));
  } catch {
    throw new BadRequest('the body is not JSON');
  }
}

export function sendJson(response, status, value) {
  response.writeHead(status, { 'content-type': 'application/json; charset=utf-8' }).end(JSON.stringify(value));
}

export function sendError(response, status, message) {
  sendJson(response, status, { error: message });
}
