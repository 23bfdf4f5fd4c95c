import { createServer } from 'node:http';

createServer((request, response) => {
  response.writeHead(request.url === '/health' ? 204 : 200, { 'content-type': 'text/plain' }).end();
}).listen(8080);
