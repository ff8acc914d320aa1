/** Says whether ids and traces from an address are trusted. */
export type Trust = (remoteAddress: string | undefined) => boolean

/**
 * Makes a `Trust` of `true`, `false` or a list of addresses and CIDR ranges (RFC 4632), IPv4 and IPv6. An IPv4 address
 * that a dual-stack socket shows as `::ffff:10.0.0.7` counts as IPv4. A Unix socket has no address: only `true` trusts it.
 */
export function trustOf(trusted: boolean | readonly string[]): Trust {
  if (typeof trusted === 'boolean') return () => trusted
  const { BlockList, isIP } = process.getBuiltinModule('node:net')
  const list = new BlockList()
  for (const range of trusted) {
    const { address, prefix, family } = parseRange(range) as Range
    list.addSubnet(address, prefix, family)
  }
  return (remoteAddress) => {
    if (remoteAddress === undefined) return false
    const address = remoteAddress.replace(/%.*$/, '')
    const version = isIP(address)
    return version !== 0 && list.check(address, version === 4 ? 'ipv4' : 'ipv6')
  }
}

/** True for an address (`10.0.0.7`) or a range (`10.0.0.0/8`, `fd00::/8`). */
export function isRange(value: unknown): boolean {
  return typeof value === 'string' && parseRange(value) !== undefined
}

interface Range {
  address: string
  prefix: number
  family: 'ipv4' | 'ipv6'
}

function parseRange(range: string): Range | undefined {
  const [address = '', prefix, ...rest] = range.split('/')
  const version = process.getBuiltinModule('node:net').isIP(address)
  if (version === 0 || rest.length > 0) return undefined
  const bits = version === 4 ? 32 : 128
  const wanted = prefix === undefined ? bits : /^\d{1,3}$/.test(prefix) ? Number(prefix) : Number.NaN
  if (!(wanted <= bits)) return undefined
  return { address, prefix: wanted, family: version === 4 ? 'ipv4' : 'ipv6' }
}
