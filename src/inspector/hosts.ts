import type { RequestInfo } from '../http/request-info.js'

/** The names a service on one's own machine is asked by. */
export const loopbackNames: readonly string[] = ['localhost', '127.0.0.1', '[::1]']

/** True for a name as it may stand in `hosts`: `inspector.example`, `192.0.2.7`, `[::1]`; no scheme, port or wildcard. */
export function isHostName(value: unknown): boolean {
  return (
    typeof value === 'string' &&
    value.length <= 253 &&
    /^(?:[a-z0-9_-]+(?:\.[a-z0-9_-]+)*|\[[0-9a-f:.]+\])$/i.test(value)
  )
}

/**
 * Makes the check of the name a request came by: exactly one of `names`, in any case, with any port. A page of another
 * site whose name was made to resolve to this service (DNS rebinding, CVE-2024-34069) is of its origin for the browser;
 * only the name gives it away.
 */
export function hostCheck(names: readonly string[]): (request: RequestInfo) => boolean {
  const known = new Set(names.map((name) => name.toLowerCase()))
  return (request) => {
    // HTTP/2 names it `:authority`. Where both came, both count.
    const said = [request.header(':authority'), request.header('host')].filter((name) => name !== undefined)
    return said.length > 0 && said.every((host) => known.has(withoutPort(host).toLowerCase()))
  }
}

function withoutPort(host: string): string {
  return host.replace(/:\d{1,5}$/, '')
}
