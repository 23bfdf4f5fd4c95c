/** Ways out by the proxies of a command that may reach one host: whatever they lead to but that host is a trap. */
import type { Internet } from '../../support/internet.ts';
import type { WayOut } from './ways-out.ts';

/** What the repository asks for and the operator permits; the second leads wherever it likes. */
export const ALLOWED = 'packages.example.org';
export const ALLOWED_MANY = '*.example.net';
/** What the repository asks for and the operator does not permit. */
export const OTHER = 'other.example.com';

const PUBLIC = '203.0.113.5';
const ELSEWHERE = '203.0.113.9';
/** Of the machine, of private networks, and where clouds keep credentials. */
const NEAR = [
  ...['127.0.0.1', '0.0.0.0', '::1', '::ffff:127.0.0.1', '169.254.169.254', 'fd00:ec2::254'],
  ...['64:ff9b::a9fe:a9fe', '10.0.0.7', '172.16.3.4', '192.168.1.1', '100.64.0.9', 'fd12:3456::1', 'fe80::1'],
];
const NEAR_NAMES = NEAR.map((_, at) => `near-${at}.example.net`);
/** Each would be taken for the allowed host by a comparison that is not whole. */
const LIKE_IT = [
  `${ALLOWED}.evil.example`,
  `evil-${ALLOWED}`,
  'evil.example',
  'example.net',
  'packages.example.or',
];
const NAMED = [
  OTHER,
  ...LIKE_IT,
  'github.com',
  'api.github.com',
  'registry.example.com',
  'netmark.example.com',
];

/** Ports of this machine: of the allowed host, and of what stands for everything else. */
export function internetOf(allowed: number, trap: number): Internet {
  return {
    names: {
      [ALLOWED]: [[PUBLIC]],
      'turns.example.net': [[PUBLIC], ['127.0.0.1']],
      ...Object.fromEntries(NEAR.map((address, at) => [NEAR_NAMES[at] ?? '', [[address]]])),
      ...Object.fromEntries([...NAMED, 'metadata.google.internal'].map((name) => [name, [[ELSEWHERE]]])),
    },
    machines: {
      [PUBLIC]: allowed,
      ...Object.fromEntries([ELSEWHERE, ...NEAR].map((address) => [address, trap])),
    },
  };
}

/** `ask` asks the proxy for an address; `raw` sends it what nobody else would, with `%s` where the credentials stand. */
const ASKS = `ask() { reach curl -sf -m \${patience:-3} --noproxy '' -x "$HTTP_PROXY" "$@"; }
tunnel() { ask -p "$@"; }
raw() { at=\${HTTP_PROXY#http://}; timeout \${patience:-3} bash -c 'exec 3<>/dev/tcp/localhost/$1; printf "$2" "$3" >&3; head -c 3000 <&3 >/dev/null' - "\${at##*:}" "$1" "$(printf %s "\${at%@*}" | base64 -w0)"; }`;
const CREDENTIALS = 'Proxy-Authorization: Basic %s\\r\\n';

/** What must be reached, by each of the means with which nothing else may be. */
export const TO_ALLOWED: WayOut = {
  name: 'the allowed host',
  run: `${ASKS}
patience=30; reach() { timeout 30 "$@" >/dev/null 2>&1 </dev/null; }
ask http://${ALLOWED}/asked; tunnel http://${ALLOWED}/tunnelled; reach curl -sf -m 30 --noproxy '' -x "socks5h://\${HTTP_PROXY#http://}" http://${ALLOWED}/by-socks
raw 'GET http://${ALLOWED}/raw HTTP/1.1\\r\\nHost: ${ALLOWED}\\r\\n${CREDENTIALS}Connection: close\\r\\n\\r\\n'`,
};
export const MEANS = ['asked', 'tunnelled', 'by-socks', 'raw'];

/** Paths with "netmark" in them must arrive nowhere. */
export function waysByProxy(): readonly WayOut[] {
  const each = (hosts: readonly string[], run: string) => `for h in ${hosts.join(' ')}; do ${run}; done`;
  const addresses = [PUBLIC, ELSEWHERE, ...NEAR].map((one) => (one.includes(':') ? `'[${one}]'` : one));
  const numbers = [
    '2130706433',
    '0x7f000001',
    '0177.0.0.1',
    '127.1',
    '0',
    'localhost',
    'localhost.localdomain',
  ];
  const ways: Record<string, string> = {
    'another host of the proxy': each([OTHER, ...LIKE_IT], 'ask http://$h/netmark; ask https://$h/netmark'),
    'a tunnel to another host': each(
      [OTHER, ...LIKE_IT],
      'tunnel http://$h/netmark; tunnel http://$h:443/netmark',
    ),
    'addresses of the proxy': each([...addresses, ...numbers], 'ask "http://$h/netmark"'),
    'a tunnel to addresses': each([...addresses, ...numbers], 'tunnel "http://$h/netmark"'),
    'allowed names that lead inside': each(NEAR_NAMES, 'ask http://$h/netmark; tunnel http://$h/netmark'),
    'an allowed name that turns':
      'ask http://turns.example.net/first >/dev/null; ask http://turns.example.net/netmark; tunnel http://turns.example.net/netmark',
    'other ports of the allowed host': `for p in 22 25 8080 6379; do ask http://${ALLOWED}:$p/netmark; tunnel http://${ALLOWED}:$p/netmark; done`,
    'the name of the allowed host on another': `ask -H 'Host: ${ALLOWED}' http://${OTHER}/netmark; ask -H 'Host: ${OTHER}' http://127.0.0.1/netmark; ask http://${ALLOWED}@${OTHER}/netmark; ask --path-as-is 'http://${OTHER}/../${ALLOWED}/netmark'; ask 'http://${OTHER}#@${ALLOWED}/netmark'; tunnel --connect-to ${ALLOWED}:80:${OTHER}:80 http://${ALLOWED}/netmark`,
    'two hosts on one line': `raw 'GET http://${ALLOWED}/first HTTP/1.1\\r\\nHost: ${ALLOWED}\\r\\n${CREDENTIALS}\\r\\nGET http://${OTHER}/netmark HTTP/1.1\\r\\nHost: ${OTHER}\\r\\n\\r\\n'; raw 'GET http://${OTHER}/netmark HTTP/1.1\\r\\nHost: ${ALLOWED}\\r\\n${CREDENTIALS}\\r\\n'; raw 'CONNECT ${ALLOWED}:80@${OTHER}:80 HTTP/1.1\\r\\nHost: ${ALLOWED}\\r\\n${CREDENTIALS}\\r\\nGET /netmark HTTP/1.1\\r\\n\\r\\n'; raw 'CONNECT ${OTHER}:80 HTTP/1.1\\r\\nHost: ${ALLOWED}:80\\r\\n${CREDENTIALS}\\r\\nGET /netmark HTTP/1.1\\r\\n\\r\\n'`,
    'a request within a request': `raw 'POST http://${ALLOWED}/first HTTP/1.1\\r\\nHost: ${ALLOWED}\\r\\n${CREDENTIALS}Content-Length: 0\\r\\nTransfer-Encoding: chunked\\r\\n\\r\\n0\\r\\n\\r\\nGET http://${OTHER}/netmark HTTP/1.1\\r\\nHost: ${OTHER}\\r\\n\\r\\n'`,
    'redirects of the allowed host': `for t in http://127.0.0.1/netmark http://10.0.0.7/netmark http://169.254.169.254/netmark http://${OTHER}/netmark http://near-0.example.net/netmark; do ask -L "http://${ALLOWED}/to?$t"; tunnel -L "http://${ALLOWED}/to?$t"; done`,
    'other methods': `for m in POST PUT TRACE OPTIONS DELETE HEAD; do ask -X $m -d x http://${OTHER}/netmark; done; ask -H 'Connection: Upgrade' -H 'Upgrade: websocket' http://${OTHER}/netmark`,
    'other protocols of the proxy': `s=\${HTTP_PROXY#http://}; for k in socks5h socks5 socks4a socks4; do for h in ${OTHER} ${ELSEWHERE} ${PUBLIC} 127.0.0.1 10.0.0.7 near-0.example.net; do reach curl -sf -m 2 --noproxy '' -x "$k://$s" http://$h/netmark; done; done`,
    'a proxy behind the proxy': `ask --preproxy "$HTTP_PROXY" http://${OTHER}/netmark; reach curl -sf -m 3 --noproxy '' --preproxy "$HTTP_PROXY" -x http://${OTHER}:80 http://${OTHER}/netmark`,
    'names by the proxy': `ask http://netmark.${OTHER}/netmark; tunnel http://netmark.evil.example:53/netmark; raw 'CONNECT netmark.${OTHER}:53 HTTP/1.1\\r\\n${CREDENTIALS}\\r\\n'`,
  };
  return Object.entries(ways).map(([name, run]) => ({ name, run: `${ASKS}\n${run}` }));
}
