// BullMQ while Redis is not there, or goes. Left out, by name, where Redis is not installed.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { Queue, Worker } from 'bullmq'
import { bullmqTelemetry } from 'spoor/bullmq'
import { describe, expect, onTestFinished, test, vi } from 'vitest'
import { deadAddress } from '../../examples/publisher/testing/site.js'
import { temporaryFolder } from '../programs/folder.js'
import { startProgram } from '../programs/program.js'
import { type Followed, followJobs, linesIn, WAITING } from './followed-jobs.js'
import { available, startRedis } from './services.js'

describe.skipIf(!available('redis'))('jobs of BullMQ', () => {
  async function freePort(): Promise<number> {
    return Number(new URL(await deadAddress()).port)
  }

  async function start(dir: string, port?: number) {
    const redis = await startRedis({ dir, ...(port !== undefined && { port }) })
    onTestFinished(() => redis.stop())
    return redis
  }

  function openBoth({ spoor }: Followed, port: number, process: () => Promise<unknown>): Queue {
    const telemetry = bullmqTelemetry(spoor)
    const connection = { port, maxRetriesPerRequest: null, retryStrategy: () => 50 }
    const queue = new Queue('mail', { connection, telemetry })
    const worker = new Worker('mail', telemetry.processor(process), { connection, telemetry, runRetryDelay: 50 })
    queue.on('error', () => {})
    worker.on('error', () => {})
    onTestFinished(async () => {
      await worker.close(true)
      await queue.close()
    })
    return queue
  }

  test('that are added while Redis is away run when it comes, each for who added it', async () => {
    const [followed, port] = [followJobs(), await freePort()]
    const { spoor, attempts } = followed
    const queue = openBoth(followed, port, async () => {})
    const added = ['acme', 'globex'].map((account) =>
      spoor.run({ requestId: `of-${account}`, account }, () => queue.add('mail', {})),
    )
    await start(temporaryFolder(), port)
    await Promise.all(added)
    const lines = await attempts(2)
    expect(lines).toMatchObject([
      { account: 'acme', parentId: 'of-acme', attempt: 1 },
      { account: 'globex', parentId: 'of-globex', attempt: 1 },
    ])
  })

  test('have their line once when Redis is killed while they run, and new ones run after its restart', async () => {
    const [followed, dir] = [followJobs(), temporaryFolder()]
    const { spoor, attempts } = followed
    const redis = await start(dir)
    const port = Number(new URL(redis.url).port)
    let open = (): void => {}
    const gate = new Promise<void>((resolve) => {
      open = resolve
    })
    const running = vi.fn(() => gate)
    const queue = openBoth(followed, port, running)
    await spoor.run({ requestId: 'before', account: 'acme' }, () => queue.add('mail', {}))
    await vi.waitFor(() => expect(running).toHaveBeenCalledOnce(), WAITING)

    process.kill(redis.pid, 'SIGKILL')
    open()
    expect(await attempts(1)).toMatchObject([{ parentId: 'before', account: 'acme', level: 'info', attempt: 1 }])
    const added = spoor.run({ requestId: 'meanwhile', account: 'globex' }, () => queue.add('mail', {}))
    await start(dir, port)
    await added
    const lines = await attempts(2)
    expect(lines.map(({ parentId, account }) => [parentId, account])).toEqual([
      ['before', 'acme'],
      ['meanwhile', 'globex'],
    ])
  })

  // The worker learns it a round trip after the line was handed to the system.
  test('that Redis knows to be done have their line, though their process was killed as it heard so', async () => {
    const { spoor, directory } = followJobs()
    const redis = await start(temporaryFolder())
    const queue = new Queue('mail', { connection: { url: redis.url }, telemetry: bullmqTelemetry(spoor) })
    onTestFinished(() => queue.close())
    const job = await spoor.run({ requestId: 'request-1', account: 'acme' }, () => queue.add('mail', {}))
    const child = startProgram(workerProgram(directory, redis.url))
    await new Promise((resolve) => child.once('exit', resolve))
    expect(await job.getState()).toBe('completed')
    const lines = linesIn(readFileSync(join(directory, 'worker/requests.jsonl'), 'utf8'))
    expect(lines).toMatchObject([{ parentId: 'request-1', account: 'acme', attempt: 1 }])
  })
})

/** A process that works and is killed in the moment in which it learns that its job is done. */
function workerProgram(directory: string, url: string): string {
  return `
    import { Worker } from 'bullmq'
    import { createSpoor, defineLogs } from 'spoor'
    import { bullmqTelemetry } from 'spoor/adapters/bullmq.js'
    const logs = defineLogs({ directory: ${JSON.stringify(`${directory}/worker`)}, loggers: { requests: { console: false } } })
    const telemetry = bullmqTelemetry(createSpoor({ service: 'worker', logs }))
    const connection = { url: ${JSON.stringify(url)}, maxRetriesPerRequest: null }
    const worker = new Worker('mail', telemetry.processor(async () => {}), { connection, telemetry })
    worker.on('completed', () => process.kill(process.pid, 'SIGKILL'))`
}
