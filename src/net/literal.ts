const IPV4 = /^(?:(?:25[0-5]|2[0-4]\d|1?\d?\d)(?:\.(?!$)|$)){4}$/;

/** 4 or 6 when `host` is an address and not a name, else 0. An IPv6 address may have a zone (`fe80::1%eth0`). */
export function familyOfLiteral(host: string): 0 | 4 | 6 {
  if (IPV4.test(host)) return 4;
  // No name contains a colon.
  return host.includes(':') && isIpv6(host) ? 6 : 0;
}

function isIpv6(host: string): boolean {
  const zone = host.indexOf('%');
  const address = zone < 0 ? host : host.slice(0, zone);
  // The URL parser of the platform knows the grammar: it refuses what is not exactly an IPv6 address in brackets.
  return /^[\da-fA-F:.]+$/.test(address) && zone !== host.length - 1 && URL.canParse(`http://[${address}]/`);
}
