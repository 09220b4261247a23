// Network addresses as the login sees them: is it this very machine, and which addresses belong to one visitor.

function plain(address: string): string {
  return address.replace(/^::ffff:(?=\d+\.)/i, '');
}

/** True for 127.0.0.0/8, ::1 and IPv4-mapped loopback. Source: RFC 1122 §3.2.1.3, RFC 4291 §2.5.3. */
export function isLoopback(address: string | null | undefined): boolean {
  if (!address) return false;
  const bare = plain(address);
  return bare === '::1' || /^127\.\d{1,3}\.\d{1,3}\.\d{1,3}$/.test(bare);
}

/** The key that attempts are counted under: an IPv4 address, or the /64 of an IPv6 one, because one visitor owns all of it (RFC 4291 §2.5.4). */
export function addressGroup(address: string | null | undefined): string {
  if (!address) return 'unknown';
  const bare = plain(address).toLowerCase().split('%')[0] ?? '';
  if (!bare.includes(':')) return bare;
  const [head = '', tail] = bare.split('::');
  const front = head ? head.split(':') : [];
  const back = tail ? tail.split(':') : [];
  const gap = tail === undefined ? 0 : Math.max(0, 8 - front.length - back.length);
  const groups = [...front, ...Array<string>(gap).fill('0'), ...back];
  return `${groups
    .slice(0, 4)
    .map((group) => group.replace(/^0+(?=.)/, ''))
    .join(':')}::/64`;
}
