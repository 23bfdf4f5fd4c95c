import { describe, expect, it } from 'vitest';
import { addressRefusal, checkUrl, urlRefusal } from '../../src/core/gate/gate-hosts.ts';

const HOSTS = ['staging.example.com', 'Localhost:8080', '10.0.0.5:3000'];

describe('a URL may be asked', () => {
  it.each([
    ['https://staging.example.com', null],
    ['http://STAGING.example.com/app?x=1', null],
    ['https://staging.example.com:443/', null],
    ['http://localhost:8080/', null],
    ['http://10.0.0.5:3000/health', null],
    ['http://0xa.0.0.5:3000/', null],
    ['https://staging.example.com:8443/', 'host'],
    ['https://staging.example.com./', 'host'],
    ['https://staging.example.com.evil.example/', 'host'],
    ['https://evil.example/staging.example.com', 'host'],
    ['https://evil.example\\@staging.example.com/', 'host'],
    ['http://localhost/', 'host'],
    ['https://me:secret@staging.example.com/', 'credentials'],
    ['ftp://staging.example.com/', 'scheme'],
    ['file:///etc/passwd', 'scheme'],
    ['javascript:alert(1)', 'scheme'],
    ['', 'no_url'],
    ['staging.example.com', 'no_url'],
  ])('%s: %s', (url, refusal) => {
    expect(urlRefusal(url, HOSTS)).toBe(refusal);
  });

  it('also with the port of its scheme written out in the list, and only of that scheme', () => {
    expect(urlRefusal('https://a.example/', ['a.example:443'])).toBeNull();
    expect(urlRefusal('http://a.example/', ['a.example:443'])).toBe('host');
  });

  it('below where it was deployed to, without query', () => {
    expect(checkUrl('https://a.example/app/?preview=1#top', '/health?deep=1')).toBe(
      'https://a.example/app/health?deep=1',
    );
    expect(checkUrl('https://a.example', '/\\evil.example')).toBe('https://a.example/\\evil.example');
    expect(urlRefusal(checkUrl('https://a.example', '/\\evil.example'), ['a.example'])).toBeNull();
  });
});

describe('an address may be connected to', () => {
  it.each([
    ['93.184.216.34', 'a.example', null],
    ['2606:2800:220:1::1', 'a.example', null],
    ['10.0.0.5', 'staging.corp', null],
    ['fd12:3456::1', 'staging.corp', null],
    ['127.0.0.1', 'localhost', null],
    ['::1', 'localhost', null],
    ['127.0.0.1', 'app.localhost', null],
    ['127.0.0.1', '127.0.0.1', null],
    ['::1', '[::1]', null],
    ['127.0.0.1', 'a.example', 'loopback'],
    ['127.8.8.8', 'a.example', 'loopback'],
    ['0.0.0.0', 'a.example', 'loopback'],
    ['::', 'a.example', 'loopback'],
    ['::1', 'a.example', 'loopback'],
    ['::ffff:127.0.0.1', 'a.example', 'loopback'],
    ['::ffff:7f00:1', 'a.example', 'loopback'],
    ['127.0.0.1', 'notlocalhost', 'loopback'],
    ['169.254.169.254', 'a.example', 'metadata'],
    ['169.254.169.254', '169.254.169.254', 'metadata'],
    ['::ffff:169.254.169.254', 'a.example', 'metadata'],
    ['64:ff9b::a9fe:a9fe', 'a.example', 'metadata'],
    ['fe80::1', 'a.example', 'metadata'],
    ['fe80::1%eth0', 'localhost', 'metadata'],
    ['febf::1', 'a.example', 'metadata'],
    ['fd00:ec2::254', 'a.example', 'metadata'],
    ['fd00:ec2::23', 'a.example', 'metadata'],
    ['fd20:ce::254', 'a.example', 'metadata'],
    ['100.100.100.200', 'a.example', 'metadata'],
    ['224.0.0.1', 'a.example', 'metadata'],
    ['255.255.255.255', 'a.example', 'metadata'],
    ['ff02::1', 'a.example', 'metadata'],
    ['no address', 'a.example', 'metadata'],
  ])('%s for %s: %s', (address, hostname, refusal) => {
    expect(addressRefusal(address, hostname)).toBe(refusal);
  });
});
