/** A program for workspace-large.test.ts: reads a pull request as a review does and prints what it got and the memory it took. */
import { argv, exit, stdout } from 'node:process';
import { request, workspacesFor } from './workspace-fixture.ts';

const [url = '', root = '', base = '', head = ''] = argv.slice(2);
const workspaces = await workspacesFor({ url }, { root });
const workspace = await workspaces.open(request(head));
const files = await workspace.changedFiles(base, head);
const compared = await workspace.compare(
  base,
  head,
  files.map((file) => file.path),
);
await workspace.close();
stdout.write(
  JSON.stringify({
    listed: files.length,
    measured: files.filter((file) => file.chars !== null).length,
    additions: files.reduce((sum, file) => sum + file.additions, 0),
    compared: compared.length,
    withText: compared.filter((file) => file.omitted !== true).length,
    maxRssMb: process.resourceUsage().maxRSS / 1_024,
  }),
);
exit(0);
