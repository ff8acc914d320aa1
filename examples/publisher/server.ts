import type { Server } from 'node:http'
import type { AddressInfo } from 'node:net'

/** Resolves when the server accepts connections, rejects if it cannot. */
export function listen(server: Server, port: number, host: string): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject)
    server.listen(port, host, () => {
      server.off('error', reject)
      resolve()
    })
  })
}

/** The address of a listening server, as a browser on this machine would type it. */
export function addressOf(server: Server): string {
  const { address, port } = server.address() as AddressInfo
  const host = { '0.0.0.0': '127.0.0.1', '::': '[::1]' }[address] ?? (address.includes(':') ? `[${address}]` : address)
  return `http://${host}:${port}`
}

/** Accepts no more requests, waits up to `patienceMs` for open requests, then destroys their connections. */
export async function closeServer(server: Server, patienceMs = 0): Promise<void> {
  const closed = new Promise<void>((resolve) => server.close(() => resolve()))
  const cutOff = setTimeout(() => server.closeAllConnections(), patienceMs)
  // close() ends the connections that are idle now, not those that become idle later.
  const sweep = setInterval(() => server.closeIdleConnections(), 50)
  await closed
  clearTimeout(cutOff)
  clearInterval(sweep)
}
