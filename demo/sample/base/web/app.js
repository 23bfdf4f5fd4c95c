// The page: loads the items, adds and deletes them. The only file that touches the DOM.
import { listHtml } from './item-view.js';

const list = document.querySelector('#items');
const form = document.querySelector('#add');
const problem = document.querySelector('#problem');

async function call(method, path, body) {
  const response = await fetch(path, {
    method,
    headers: { 'content-type': 'application/json' },
    body: body && JSON.stringify(body),
  });
  const answer = response.status === 204 ? {} : await response.json();
  problem.textContent = response.ok ? '' : answer.error;
  return answer;
}

async function refresh() {
  const { items = [] } = await call('GET', '/api/items');
  list.innerHTML = listHtml(items);
}

form.addEventListener('submit', async (event) => {
  event.preventDefault();
  const { name, shelf, quantity } = Object.fromEntries(new FormData(form));
  await call('POST', '/api/items', { name, shelf, quantity: Number(quantity) });
  await refresh();
});

list.addEventListener('click', async (event) => {
  const id = event.target.closest('.item')?.dataset.id;
  if (!event.target.matches('.delete') || !id) return;
  await call('DELETE', `/api/items/${id}`);
  await refresh();
});

await refresh();
