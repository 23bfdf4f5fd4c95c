/**
 * Where a smoke check may go: the hosts that a gate lists, and of the addresses behind them none that belongs to the machines
 * that the crew runs on. Pure.
 */
import { isIP } from 'node:net';

const DEFAULT_PORTS: Readonly<Record<string, string>> = { 'http:': '80', 'https:': '443' };

/** Names of the machine itself, by RFC 6761. */
const OWN_NAME = /^(?:.+\.)?localhost$/;

export type UrlRefusal = 'no_url' | 'scheme' | 'credentials' | 'host';

/** Why a URL may not be asked; null when it may. */
export function urlRefusal(url: string, hosts: readonly string[]): UrlRefusal | null {
  const parsed = URL.parse(url);
  if (parsed === null) return 'no_url';
  const port = DEFAULT_PORTS[parsed.protocol];
  if (port === undefined) return 'scheme';
  if (parsed.username !== '' || parsed.password !== '') return 'credentials';
  const full = `${parsed.hostname}:${parsed.port === '' ? port : parsed.port}`;
  const isListed = hosts.some((host) => [parsed.host, full].includes(host.toLowerCase()));
  return isListed ? null : 'host';
}

/** What a check asks for: its path below the deployment's URL. */
export function checkUrl(deployed: string, path: string): string {
  const { origin, pathname } = new URL(deployed);
  return `${origin}${pathname.replace(/\/+$/, '')}${path}`;
}

/**
 * Why an address may not be connected to. `metadata`: link-local addresses and those where clouds keep their credentials, always.
 * `loopback`: the crew's own machine, unless `hostname` says so itself. Private networks may be: people stage there.
 */
export function addressRefusal(address: string, hostname: string): 'metadata' | 'loopback' | null {
  const name = hostname.replace(/^\[|\]$/g, '').toLowerCase();
  const bytes = bytesOf(address);
  if (bytes === null || isMetadata(bytes)) return 'metadata';
  if (!isOwnMachine(bytes)) return null;
  return isIP(name) !== 0 || OWN_NAME.test(name) ? null : 'loopback';
}

/** Four bytes for IPv4, also where it is written inside of IPv6; else sixteen. Null for what is no address. */
function bytesOf(address: string): readonly number[] | null {
  const plain = address.replace(/%.*$/, '');
  if (isIP(plain) === 4) return plain.split('.').map(Number);
  if (isIP(plain) !== 6) return null;
  const bytes = bytesOfIpv6(plain);
  const start = bytes.slice(0, 12);
  const isMapped = start.slice(0, 10).every((byte) => byte === 0) && start[10] === 255 && start[11] === 255;
  // `64:ff9b::/96`, by which networks without IPv4 reach it.
  const isTranslated = start.join() === [0, 0x64, 0xff, 0x9b, 0, 0, 0, 0, 0, 0, 0, 0].join();
  return isMapped || isTranslated ? bytes.slice(12) : bytes;
}

function bytesOfIpv6(address: string): readonly number[] {
  const quad = /(\d+)\.(\d+)\.(\d+)\.(\d+)$/.exec(address);
  const groups = (text: string) =>
    text === '' ? [] : text.split(':').map((part) => Number.parseInt(part, 16));
  const written =
    quad === null
      ? address
      : `${address.slice(0, quad.index)}${hex(quad[1], quad[2])}:${hex(quad[3], quad[4])}`;
  const [head = '', tail] = written.split('::');
  const [first, last] = [groups(head), groups(tail ?? '')];
  const gap = new Array<number>(Math.max(0, 8 - first.length - last.length)).fill(0);
  return [...first, ...gap, ...last].flatMap((group) => [group >> 8, group & 255]);
}

function hex(high = '0', low = '0'): string {
  return (Number(high) * 256 + Number(low)).toString(16);
}

function isMetadata(bytes: readonly number[]): boolean {
  const [a = 0, b = 0, c, d] = bytes;
  if (bytes.length === 4) {
    // 100.100.100.200 is Alibaba's; 192.0.0.192 Oracle's old one; 168.63.129.16 Azure's wire server.
    const known = ['100.100.100.200', '192.0.0.192', '168.63.129.16'];
    return (a === 169 && b === 254) || a >= 224 || known.includes([a, b, c, d].join('.'));
  }
  const isLinkLocal = a === 0xfe && (b & 0xc0) === 0x80;
  // `fd00:ec2::/32` is Amazon's (254 for machines, 23 for pods); `fd20:ce::254` Google's.
  const isAws = bytes.slice(0, 4).join() === [0xfd, 0, 0x0e, 0xc2].join();
  const isGoogle = bytes.join() === [0xfd, 0x20, 0, 0xce, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 2, 0x54].join();
  return isLinkLocal || isAws || isGoogle || a === 0xff;
}

function isOwnMachine(bytes: readonly number[]): boolean {
  if (bytes.length === 4) return bytes[0] === 127 || bytes[0] === 0;
  return bytes.slice(0, 15).every((byte) => byte === 0) && (bytes[15] ?? 0) <= 1;
}
