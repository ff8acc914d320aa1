// What takes its time: the example service, in a process of its own, without Redis for a minute, and killed in the middle
// of a job, which BullMQ gives to another worker half a minute later. Both wait at the same time.
import { execFile } from 'node:child_process'
import { createServer, type RequestListener } from 'node:http'
import { setTimeout as pause } from 'node:timers/promises'
import { promisify } from 'node:util'
import { beforeAll, describe, expect, type onTestFinished, test, vi } from 'vitest'
import { addressOf, closeServer, listen } from '../../examples/publisher/server.js'
import { jobIn, publishLaterAs } from '../../examples/publisher/testing/later.js'
import { addressIn, npmStart, type Started } from '../../examples/publisher/testing/process.js'
import { type Address, call, type Line, publishAs } from '../../examples/publisher/testing/publisher.js'
import { postJson, SECRET } from '../../examples/publisher/testing/site.js'
import { temporaryFolder } from '../programs/folder.js'
import { grep } from './grep.js'
import { available, startRedis } from './services.js'

type Hook = typeof onTestFinished

const LONG = { timeout: 150_000 }
const PATIENT = { timeout: 90_000, interval: 100 }
const OUTAGE_MS = 60_000

/** Makes a process tell, when a signal asks it, what is on its heap. */
const tell = `import { setFlagsFromString } from 'node:v8'
  import { runInNewContext } from 'node:vm'
  setFlagsFromString('--expose-gc')
  const collect = runInNewContext('gc')
  process.on('SIGUSR2', () => {
    collect()
    console.error('heap ' + process.memoryUsage().heapUsed)
  })`
const TELLING = { NODE_OPTIONS: `--import=data:text/javascript,${encodeURIComponent(tell)}` }

describe.skipIf(!available('redis'))('the service', () => {
  // Two that start at once on a fresh clone would both compile.
  beforeAll(async () => {
    const build = `import { buildExample, buildPackage } from './scripts/prepare.mjs'
      await buildPackage()
      await buildExample()`
    await promisify(execFile)(process.execPath, ['--input-type=module', '--eval', build])
  })

  test.concurrent(
    'answers at once during a minute without Redis, logs it, does not grow, and then runs the waiting job',
    LONG,
    async ({ onTestFinished }) => {
      const [dir, taken] = [temporaryFolder(onTestFinished), [] as string[]]
      const redis = await startRedis({ dir, keepsData: true })
      onTestFinished(redis.stop)
      let isFailing = true
      let answer: (() => void) | undefined
      const blog = await startBlog(onTestFinished, (title, res) => {
        if (isFailing) return void res.writeHead(500).end('{}')
        taken.push(title)
        const respond = (): void => void res.end(postJson({ title: { raw: title } }))
        if (answer === undefined) answer = respond
        else respond()
      })
      const service = npmStart({ ...blog, ...TELLING, PORT: '0', REDIS_URL: redis.url }, onTestFinished)
      const publisher = { url: await addressIn(service) }
      const waiting = await publishLaterAs(publisher, 'acme-user', { title: 'waiting', content: 'Text' })
      await jobIn(publisher, 'acme-user', waiting.json.jobId, 'retrying')
      isFailing = false
      const running = await publishLaterAs(publisher, 'acme-user', { title: 'running', content: 'Text' })
      await vi.waitFor(() => expect(answer).toBeDefined(), PATIENT)

      process.kill(redis.pid, 'SIGKILL')
      answer?.()
      const seen = await outage(publisher, service)
      await startRedis({ dir, keepsData: true, port: Number(new URL(redis.url).port) })
      expect(seen.statuses).toEqual(new Set(['503 201 200 503']))
      expect(seen.slowestMs).toBeLessThan(5_000)
      expect(seen.grewBytes).toBeLessThan(20_000_000)
      // Of no request: that Redis is away, and perhaps before that how its connections broke.
      expect(seen.linesOfNobody.length).toBeLessThanOrEqual(4)

      expect((await jobIn(publisher, 'acme-user', waiting.json.jobId, 'done')).json.attempts).toBe(2)
      await jobIn(publisher, 'acme-user', running.json.jobId, 'done')
      const after = await publishLaterAs(publisher, 'acme-user', { title: 'after', content: 'Text' })
      await jobIn(publisher, 'acme-user', after.json.jobId, 'done')
      // Its lock ran out before Redis could be told of its end, so nobody knows of it but its line.
      expect(taken.filter((title) => title === 'running')).toHaveLength(2)
      expect(taken.filter((title) => title !== 'running')).toEqual(['waiting', 'after'])
      const [attemptsOfWaiting, attemptsOfRunning] = await Promise.all(
        [waiting, running].map(({ id }) => attemptsIn(service.logDirectory, id)),
      )
      expect(attemptsOfWaiting).toMatchObject([
        { attempt: 1, level: 'error' },
        { attempt: 2, level: 'info' },
      ])
      expect(attemptsOfRunning).toMatchObject([
        { attempt: 1, level: 'info' },
        { attempt: 2, level: 'info', stalled: 1 },
      ])
    },
  )

  test.concurrent(
    'attempts a job again after a kill and a restart, under the same id, with the stall on its line',
    LONG,
    async ({ onTestFinished }) => {
      const redis = await startRedis({ dir: temporaryFolder(onTestFinished) })
      onTestFinished(redis.stop)
      const asked: string[] = []
      const blog = await startBlog(onTestFinished, (title, res) => {
        asked.push(title)
        if (asked.length > 1) res.end(postJson({ title: { raw: title } }))
      })
      const directory = temporaryFolder(onTestFinished)
      const env = { ...blog, PORT: '0', REDIS_URL: redis.url, LOG_DIR: directory }
      const killed = npmStart(env, onTestFinished)
      const publisher = { url: await addressIn(killed) }
      const { id, json } = await publishLaterAs(publisher, 'acme-user', { title: 'stalled', content: 'Text' })
      await vi.waitFor(() => expect(asked).toHaveLength(1), PATIENT)
      killed.child.kill('SIGKILL')
      await killed.exit

      const again = { url: await addressIn(npmStart(env, onTestFinished)) }
      const attempt = await vi.waitFor(async () => {
        const [line] = await attemptsIn(directory, id)
        if (line === undefined) throw new Error('no attempt has ended yet')
        return line
      }, PATIENT)
      expect(attempt).toMatchObject({ attempt: 2, stalled: 1, level: 'info' })
      const done = await jobIn(again, 'acme-user', json.jobId, 'done')
      expect(done.json).toMatchObject({ attempts: 2, published: { postId: 7 } })
      const steps = (await grep(directory, String(attempt.requestId))).filter(({ logger }) => logger === 'publish_sync')
      const begun = ['post accepted', 'post accepted']
      expect(steps.map(({ message }) => message)).toEqual([...begun, 'post created', 'post read back', 'published'])
      for (const step of steps) expect(step).toMatchObject({ parentId: id, account: 'acme' })
    },
  )
})

/** The lines of attempts at the one job of a request. */
async function attemptsIn(logDirectory: string, id: string): Promise<Line[]> {
  const attempts = (await grep(logDirectory, id)).filter(({ kind }) => kind === 'job')
  const { requestId } = attempts[0] ?? {}
  for (const attempt of attempts) expect(attempt).toMatchObject({ requestId, parentId: id, account: 'acme' })
  return attempts
}

/** Asks for all kinds of things as long as Redis is away. */
async function outage(publisher: Address, service: Started) {
  const [began, statuses] = [performance.now(), new Set<string>()]
  const [said, before] = [service.stdout().length, await heapOf(service)]
  let slowestMs = 0
  while (performance.now() - began < OUTAGE_MS) {
    const asked = performance.now()
    const answers = await Promise.all([
      publishLaterAs(publisher, 'acme-user', { title: 'refused', content: 'Text' }),
      publishAs(publisher, 'globex-user'),
      call(publisher, 'GET', '/api/v1/work'),
      call(publisher, 'GET', '/api/v1/jobs/00000000-0000-4000-8000-000000000000', { token: 'acme-user' }),
    ])
    slowestMs = Math.max(slowestMs, performance.now() - asked)
    statuses.add(answers.map(({ status }) => status).join(' '))
    // As a few users would: the other test of this file and the machine have work to do too.
    await pause(200)
  }
  const linesOfNobody = service
    .stdout()
    .slice(said)
    .split('\n')
    .filter((line) => line.includes('] [-] '))
  return { statuses, slowestMs, grewBytes: (await heapOf(service)) - before, linesOfNobody }
}

/** What the heap of a service with `TELLING` holds after a collection, in bytes. */
function heapOf({ child, stderr }: Started): Promise<number> {
  const said = stderr().length
  child.kill('SIGUSR2')
  return vi.waitFor(() => {
    const bytes = /heap (\d+)\n/.exec(stderr().slice(said))?.[1]
    if (bytes === undefined) throw new Error('it has not told yet')
    return Number(bytes)
  }, PATIENT)
}

/** A WordPress that answers a post as `listener` wants it; gives how the service is told of it. */
async function startBlog(onFinished: Hook, listener: (title: string, res: Parameters<RequestListener>[1]) => void) {
  let title = ''
  const server = createServer(async (req, res) => {
    res.setHeader('content-type', 'application/json')
    if (req.method !== 'POST') return void res.end(postJson({ title: { raw: title } }))
    let body = ''
    for await (const chunk of req) body += chunk
    title = JSON.parse(body).title
    listener(title, res)
  })
  await listen(server, 0, '127.0.0.1')
  onFinished(() => closeServer(server))
  return {
    WORDPRESS_URL: addressOf(server),
    WORDPRESS_USER: 'admin',
    WORDPRESS_APP_PASSWORD: 'app-password',
    WORDPRESS_WEBHOOK_SECRET: SECRET,
  }
}
