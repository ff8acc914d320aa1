// The real databases that the queries go to: those of the end-to-end tests, which are written in TypeScript.
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { build } from 'esbuild'

/** Starts the server of one client. @returns `{ target, stop }`: `target` is what the client connects to */
export async function startServer(client) {
  if (client === 'pg pool.query') {
    const { startPostgres } = await endToEnd('postgres')
    const { url, stop } = await startPostgres()
    return { target: url, stop }
  }
  if (client === 'mysql2 pool.query') {
    const { startMariaDb } = await endToEnd('mariadb')
    const { socketPath, stop } = await startMariaDb()
    return { target: socketPath, stop }
  }
  if (client === 'ioredis get') {
    const { startRedis } = await endToEnd('services')
    const dir = mkdtempSync(join(tmpdir(), 'spoor-bench-redis-'))
    const { url, stop } = await startRedis({ dir })
    return { target: url, stop: () => stop().finally(() => rmSync(dir, { recursive: true, force: true })) }
  }
  return { target: '', stop: async () => {} }
}

/** Imports a file of test/e2e. Node 20 does not read TypeScript. */
async function endToEnd(name) {
  const source = fileURLToPath(new URL(`../../test/e2e/${name}.ts`, import.meta.url))
  const directory = mkdtempSync(join(tmpdir(), 'spoor-bench-servers-'))
  const outfile = join(directory, `${name}.mjs`)
  try {
    await build({
      entryPoints: [source],
      outfile,
      bundle: true,
      platform: 'node',
      format: 'esm',
      // Its paths are relative to the source.
      define: { 'import.meta.url': JSON.stringify(pathToFileURL(source).href) },
    })
    return await import(pathToFileURL(outfile).href)
  } finally {
    rmSync(directory, { recursive: true, force: true })
  }
}
