// The page of `spoor inspect`, over the lines of two processes: in files, or with SPOOR_STORES=shared in ClickHouse. Left out, by name, where Chromium is not installed.
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeAll, describe, expect, onTestFinished, test, vi } from 'vitest'
import { build, start } from '../../cli/command-line.js'
import { temporaryFolder } from '../../programs/folder.js'
import { idAt, made } from '../../records/made.js'
import { available } from '../services.js'
import { useBrowser } from './browser.js'
import { isShared, SharedStores } from './shared-stores.js'

describe.skipIf(!available('chromium'))('the page of spoor inspect', () => {
  const openPage = useBrowser()
  beforeAll(() => void build())

  async function inspect(lines: readonly string[]): Promise<string> {
    const child = isShared ? await ofClickHouse(lines) : ofFiles(lines)
    onTestFinished(() => void child.kill('SIGKILL'))
    let out = ''
    child.stdout.on('data', (part) => (out += part))
    return vi.waitFor(() => {
      const url = /^(http:\S+#token=[\w-]+)\n/.exec(out)?.[1]
      if (url === undefined) throw new Error(`no address in: ${out}`)
      return url
    }, 20_000)
  }

  function ofFiles(lines: readonly string[]): ReturnType<typeof start> {
    const directory = temporaryFolder()
    writeFileSync(join(directory, 'requests.jsonl'), lines.join(''))
    return start(['inspect', '--dir', directory])
  }

  async function ofClickHouse(lines: readonly string[]): Promise<ReturnType<typeof start>> {
    const stores = await SharedStores.start(temporaryFolder())
    onTestFinished(() => stores.stop())
    stores.write(lines.join(''))
    await stores.flush()
    return start(['inspect', '--clickhouse', stores.url(false)], {
      env: { ...process.env, SPOOR_CLICKHOUSE_PASSWORD: stores.password },
    })
  }

  test('has a column of processes once the files are of two, and none for one', async () => {
    const one = [1, 2].map((n) => lineOf(n, 'web-1:4100'))
    for (const [lines, processes] of [
      [one, []],
      [
        [...one, lineOf(3, 'web-2:4127')],
        ['web-1', 'web-2'],
      ],
    ] as const) {
      const page = await openPage(await inspect(lines), { token: null })
      const rows = page.locator('.list tbody tr[data-id]')
      await expect.poll(() => rows.count()).toBe(lines.length)
      const columns = await page.locator('.list thead th').allTextContents()
      expect(columns.some((name) => /process/i.test(name))).toBe(processes.length > 0)
      for (const name of processes) expect((await rows.allTextContents()).join()).toContain(name)
    }
  })
})

/** A request line, of a minute ago. */
function lineOf(n: number, instance: string): string {
  const time = new Date(Date.now() - 60_000 + n * 1_000).toISOString()
  const { outgoing, steps, jobs, ...fields } = made(n, {
    instance,
    pid: Number(instance.split(':')[1]),
    startedAt: time,
  })
  const head = { time, level: 'info', logger: 'requests', requestId: idAt(n), account: 'acme' }
  return `${JSON.stringify({ ...head, ...fields, message: 'POST /api/v1/publish 201 812 ms' })}\n`
}
