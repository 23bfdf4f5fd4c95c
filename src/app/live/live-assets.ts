/** The script and the style of the live view, served from the crew itself: the page may load nothing else. */

export interface LivePaths {
  readonly style: string;
  readonly script: string;
  /** With its key. */
  readonly events: string;
}

export const STYLE_PATH = '/tasks/live.css';
export const SCRIPT_PATH = '/tasks/live.js';

export const STYLE = `
body { font: 16px/1.5 system-ui, sans-serif; max-width: 60rem; margin: 2rem auto; padding: 0 1rem; color-scheme: light dark; }
h1 { font-size: 1.4rem; } h2 { font-size: 1.1rem; margin-top: 2rem; }
.headline { font-weight: bold; } .text { white-space: pre-wrap; overflow-wrap: anywhere; }
.facts, .links, .checklist { list-style: none; padding: 0; } .facts li, .links li { display: inline-block; margin-right: 1.5rem; }
#events { font: 14px/1.5 ui-monospace, monospace; overflow-wrap: anywhere; }
`;

/** Lines come as text and stay text; a page of newer records is parsed, never run: its script would be refused anyway. */
export const SCRIPT = `
'use strict';
const LINES_MAX = 500;
const REFRESH_MS = 1000;
const list = document.getElementById('events');
const state = document.getElementById('state');
let due = null;
async function refresh() {
  due = null;
  const answer = await fetch(location.href, { cache: 'no-store' }).catch(() => null);
  if (!answer || !answer.ok) return;
  const fresh = new DOMParser().parseFromString(await answer.text(), 'text/html').querySelector('main');
  const open = document.querySelector('main details[open]') !== null;
  document.querySelector('main').replaceWith(fresh);
  const details = fresh.querySelector('details');
  if (open && details) details.open = true;
}
const source = new EventSource(document.body.dataset.events);
source.onopen = () => { state.textContent = 'Live.'; };
source.onerror = () => {
  state.textContent = source.readyState === EventSource.CLOSED
    ? 'Not live any more; reload the page.' : 'Connecting again…';
};
source.onmessage = ({ data }) => {
  const { line } = JSON.parse(data);
  if (line !== null) {
    const item = document.createElement('li');
    item.textContent = line;
    list.prepend(item);
    while (list.children.length > LINES_MAX) list.lastChild.remove();
  }
  if (due === null) due = setTimeout(refresh, REFRESH_MS);
};
source.addEventListener('end', () => { state.textContent = 'The task has ended.'; source.close(); });
`;
