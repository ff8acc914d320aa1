// What docs/jobs.md says of pg-boss beyond what holds for every queue (queues.test.ts). Left out, by name, where there is
// no PostgreSQL.
import { Client } from 'pg'
import PgBoss from 'pg-boss'
import type { Carried } from 'spoor'
import { afterAll, beforeAll, beforeEach, describe, expect, onTestFinished, test } from 'vitest'
import { runProgram } from '../programs/program.js'
import { type Followed, followJobs } from './followed-jobs.js'
import { type Postgres, startPostgres } from './postgres.js'
import { available } from './services.js'

type Job = PgBoss.JobWithMetadata<{ carried: Carried }>

describe.skipIf(!available('postgres'))('a job of pg-boss', () => {
  let postgres: Postgres
  let boss: PgBoss
  let followed: Followed
  let queue: string
  let names = 0

  beforeAll(async () => {
    postgres = await startPostgres()
    // Looks for jobs of dead workers every second instead of every two minutes.
    boss = new PgBoss({ connectionString: postgres.url, maintenanceIntervalSeconds: 1 })
    // Its connections may still be closing when the server ends.
    boss.on('error', () => {})
    await boss.start()
  })

  afterAll(async () => {
    await boss?.stop()
    await postgres?.stop()
  })

  beforeEach(() => {
    followed = followJobs()
    queue = `queue-${names++}`
  })

  const add = (options: PgBoss.SendOptions = {}): Promise<string | null> =>
    boss.send(queue, { carried: followed.spoor.carry({ name: 'mail' }) }, options)

  async function work(handler: (job: Job) => void): Promise<void> {
    const options = { includeMetadata: true, pollingIntervalSeconds: 0.5 } as const
    const id = await boss.work<{ carried: Carried }>(queue, options, async ([job]) => {
      if (job === undefined) return
      const { retryCount, retryLimit, retryDelay, startedOn, startAfter, output } = job
      const died = (output as Timeout)?.value?.message === 'job failed by timeout in active state'
      const waited = { attempt: retryCount + 1, queuedMs: +startedOn - +startAfter, stalled: died ? 1 : undefined }
      const next = { willRetry: retryCount < retryLimit, nextAttemptInMs: retryDelay * 1_000 }
      const attempt = { ...waited, ...next, maxAttempts: retryLimit + 1 }
      await followed.spoor.runChild(job.data.carried, attempt, () => handler(job))
    })
    onTestFinished(() => boss.offWork({ id }))
  }

  test('counts its time in the queue from when it was due', async () => {
    await boss.createQueue(queue, { name: queue, retryLimit: 1, retryDelay: 1 })
    const jobs: Job[] = []
    await work((job) => {
      jobs.push(job)
      if (job.retryCount === 0) throw new Error('once')
    })
    await add()
    const lines = await followed.attempts(2)
    expect(lines[0]).toMatchObject({ attempt: 1, maxAttempts: 2, willRetry: true, nextAttemptInMs: 1_000 })
    expect(lines[1]).toMatchObject({ attempt: 2, maxAttempts: 2 })
    expect(lines[1]).not.toHaveProperty('willRetry')
    const [first, second] = jobs.map(({ startAfter, startedOn }) => ({ due: +startAfter, started: +startedOn }))
    expect(first?.due).toBe(Number(jobs[0]?.createdOn))
    expect(second?.due).toBeGreaterThanOrEqual(Number(first?.started) + 1000)
    expect(lines).toMatchObject([first, second].map((one) => ({ queuedMs: Number(one?.started) - Number(one?.due) })))
  })

  test('is added in the transaction of its request, and is listed there even after a rollback', async () => {
    await boss.createQueue(queue)
    const client = new Client(postgres.url)
    await client.connect()
    onTestFinished(() => client.end())
    const db = { executeSql: (text: string, values: unknown[]) => client.query(text, values) }
    const request = (end: string): Promise<void> =>
      followed.spoor.runChild(followed.spoor.carry(), { name: end }, async () => {
        await client.query('BEGIN')
        await add({ db })
        await client.query(end)
      })
    await request('ROLLBACK')
    expect(await boss.getQueueSize(queue)).toBe(0)
    await request('COMMIT')
    expect(await boss.getQueueSize(queue)).toBe(1)
    expect(await followed.attempts(2)).toMatchObject([{ jobsQueued: 1 }, { jobsQueued: 1 }])
  })

  test('is attempted again after its worker died, with the stall on its line', async () => {
    await boss.createQueue(queue, { name: queue, expireInSeconds: 1 })
    await followed.spoor.run({ requestId: 'request-1', account: 'acme' }, () => add())
    const { signal } = await runProgram(dyingWorker, { env: { DATABASE_URL: postgres.url, QUEUE: queue } })
    expect(signal).toBe('SIGKILL')
    await work(() => {})
    const [line] = await followed.attempts(1)
    expect(line).toMatchObject({ attempt: 2, stalled: 1, parentId: 'request-1', account: 'acme' })
  })
})

/** What pg-boss keeps of an attempt that it gave up waiting for. */
type Timeout = { value?: { message?: string } } | null

const dyingWorker = `
import PgBoss from 'pg-boss'
const boss = new PgBoss(process.env.DATABASE_URL)
await boss.start()
await boss.work(process.env.QUEUE, () => process.kill(process.pid, 'SIGKILL'))
`
