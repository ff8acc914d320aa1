import type { RequestInfo } from '../http/request-info.js'

/** The host names of a service on the local machine. */
export const loopbackNames: readonly string[] = ['localhost', '127.0.0.1', '[::1]']

/** True for a valid item of `hosts`: `inspector.example`, `192.0.2.7`, `[::1]`; without scheme, port and wildcard. */
export function isHostName(value: unknown): boolean {
  return (
    typeof value === 'string' &&
    value.length <= 253 &&
    /^(?:[a-z0-9_-]+(?:\.[a-z0-9_-]+)*|\[[0-9a-f:.]+\])$/i.test(value)
  )
}

/**
 * Makes a check of a request's host name: it must be one of `names`, in any case, with any port. This stops DNS rebinding
 * (CVE-2024-34069): another site's name resolves to this service, and only the host name shows it.
 */
export function hostCheck(names: readonly string[]): (request: RequestInfo) => boolean {
  const known = new Set(names.map((name) => name.toLowerCase()))
  return (request) => {
    // HTTP/2 sends `:authority`. If both are present, both must be listed.
    const said = [request.header(':authority'), request.header('host')].filter((name) => name !== undefined)
    return said.length > 0 && said.every((host) => known.has(withoutPort(host).toLowerCase()))
  }
}

function withoutPort(host: string): string {
  return host.replace(/:\d{1,5}$/, '')
}
