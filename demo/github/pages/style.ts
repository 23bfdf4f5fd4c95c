// The one stylesheet of the pages.
export const stylesheet = `
:root { --line: #d1d9e0; --soft: #f6f8fa; --ink: #1f2328; --dim: #59636e; --link: #0969da; --ok: #1a7f37; --bad: #cf222e;
  --merged: #8250df; --add: #dafbe1; --del: #ffebe9; color-scheme: light; }
* { box-sizing: border-box; }
body { margin: 0; color: var(--ink); background: #fff; font: 14px/1.5 system-ui, "Segoe UI", Helvetica, Arial, sans-serif; }
header { padding: 14px 24px; background: var(--soft); border-bottom: 1px solid var(--line); }
main { max-width: 1012px; margin: 24px auto; padding: 0 16px; }
a { color: var(--link); text-decoration: none; } a:hover { text-decoration: underline; }
h1 { font-size: 26px; font-weight: 400; margin: 0 0 8px; overflow-wrap: anywhere; } h2 { font-size: 18px; margin: 28px 0 8px; }
nav { display: flex; gap: 18px; margin: 12px 0 20px; border-bottom: 1px solid var(--line); }
nav a { padding: 6px 2px 8px; color: var(--ink); } nav a[aria-current] { border-bottom: 2px solid #fd8c73; font-weight: 600; }
.dim { color: var(--dim); } .number { color: var(--dim); font-weight: 300; }
.pill { display: inline-block; padding: 2px 12px; border-radius: 999px; color: #fff; background: var(--ok); font-weight: 500; }
.pill.closed { background: var(--bad); } .pill.merged { background: var(--merged); } .pill.draft { background: var(--dim); }
.label { display: inline-block; padding: 0 8px; margin: 0 3px; border: 1px solid var(--line); border-radius: 999px; font-size: 12px;
  background: var(--soft); }
.box { border: 1px solid var(--line); border-radius: 6px; margin: 0 0 16px; overflow: hidden; }
.box > .head { padding: 8px 14px; background: var(--soft); border-bottom: 1px solid var(--line); display: flex; gap: 8px;
  align-items: center; flex-wrap: wrap; }
.box > .body { padding: 14px; overflow-wrap: anywhere; } .box > .row { padding: 10px 14px; border-top: 1px solid var(--line); }
.box > .row:first-child { border-top: 0; } .bot { border: 1px solid var(--line); border-radius: 999px; padding: 0 6px; font-size: 11px; }
.verified { border: 1px solid var(--ok); border-radius: 999px; padding: 0 8px; color: var(--ok); font-size: 12px; }
.avatar { width: 22px; height: 22px; border-radius: 50%; } .event { margin: 0 0 16px 14px; color: var(--dim); }
.reactions span { display: inline-block; border: 1px solid var(--line); border-radius: 999px; padding: 0 8px; margin: 8px 4px 0 0; }
pre, code { font: 12px/1.45 ui-monospace, SFMono-Regular, Menlo, Consolas, monospace; }
.body code { background: #818b981f; padding: 2px 5px; border-radius: 6px; } .body pre { background: var(--soft); padding: 12px;
  border-radius: 6px; overflow: auto; } .body pre code { background: none; padding: 0; }
.body table { border-collapse: collapse; } .body th, .body td { border: 1px solid var(--line); padding: 4px 10px; }
.body blockquote { margin: 0; padding: 0 1em; color: var(--dim); border-left: 4px solid var(--line); }
.body ul:has(input) { list-style: none; padding-left: 4px; }
table.diff { width: 100%; border-collapse: collapse; font: 12px/1.5 ui-monospace, Menlo, Consolas, monospace; }
table.diff td { padding: 0 8px; white-space: pre-wrap; overflow-wrap: anywhere; vertical-align: top; }
table.diff td.num { width: 1%; min-width: 40px; color: var(--dim); text-align: right; white-space: nowrap; user-select: none; }
tr.add { background: var(--add); } tr.del { background: var(--del); } tr.hunk { background: #ddf4ff; color: var(--dim); }
tr:target { background: #fff8c5; } tr.talk td { font: 14px/1.5 system-ui, sans-serif; padding: 10px 14px; background: #fff; white-space: normal; }
.suggestion { border: 1px solid var(--line); border-radius: 6px; margin: 8px 0; overflow: hidden; }
.suggestion > .head { padding: 4px 10px; background: var(--soft); color: var(--dim); } .skipped, .neutral { color: var(--dim); }
.thread { border-top: 1px solid var(--line); } .thread .box { margin: 10px; } .success { color: var(--ok); } .failure { color: var(--bad); }
`;
