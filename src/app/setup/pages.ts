/** The pages of the first start. Everything put into them is escaped. */
import { html, raw } from 'hono/html';
import type { Manifest } from './manifest.ts';

type Page = ReturnType<typeof html>;

export interface StartPage {
  /** Where GitHub takes the manifest. */
  readonly action: string;
  readonly manifest: Manifest;
  readonly token: string;
  readonly organization: string | null;
  /** GitHub refuses a webhook address that the internet cannot reach. */
  readonly isLocal: boolean;
}

export function startPage(page: StartPage): Page {
  const { manifest } = page;
  const local = page.isLocal
    ? html`<p><strong>GitHub cannot reach ${manifest.hook_attributes.url}.</strong> Set PUBLIC_URL to an address that the internet reaches, and restart.</p>`
    : '';
  return layout(html`
    <h1>Create the GitHub App of this crew</h1>
    <p>GitHub shows you the App's name, permissions and events before it creates anything. It sends its webhooks to ${manifest.hook_attributes.url}.</p>
    ${local}
    <ul>${Object.entries(manifest.default_permissions).map(([name, access]) => html`<li>${name}: ${access}</li>`)}</ul>
    <form method="post" action="${page.action}">
      <input type="hidden" name="manifest" value="${JSON.stringify(manifest)}">
      <button>Create it ${page.organization === null ? 'in my account' : `in ${page.organization}`}</button>
    </form>
    <form method="get">
      <input type="hidden" name="token" value="${page.token}">
      <label>For an organization instead: <input name="organization" required></label>
      <button>Choose</button>
    </form>`);
}

export function donePage(appUrl: string, envPath: string, restart: boolean): Page {
  return layout(html`
    <h1>The App exists</h1>
    <p>Its credentials are kept in ${envPath}. ${restart ? 'Restart the crew now.' : 'The crew goes on with them.'}</p>
    <p>Then <a href="${appUrl}/installations/new">install it in your repositories</a>.</p>`);
}

export function problemPage(message: string): Page {
  return layout(html`<h1>This does not go on</h1><p>${message}</p>`);
}

export const PAGE_STYLE =
  'body { font: 16px/1.5 system-ui, sans-serif; max-width: 40rem; margin: 3rem auto; padding: 0 1rem }';

function layout(body: Page): Page {
  return html`<!doctype html>
<html lang="en">
  <head>
    <meta charset="utf-8">
    <meta name="viewport" content="width=device-width">
    <meta name="referrer" content="no-referrer">
    <title>HyperCode Crew</title>
    <style>${raw(PAGE_STYLE)}</style>
  </head>
  <body>${body}</body>
</html>`;
}
