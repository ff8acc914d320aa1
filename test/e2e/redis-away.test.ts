// BullMQ while Redis is not there, or goes. Left out, by name, where Redis is not installed.
import { Queue, Worker } from 'bullmq'
import { bullmqTelemetry } from 'spoor/bullmq'
import { describe, expect, onTestFinished, test, vi } from 'vitest'
import { deadAddress } from '../../examples/publisher/testing/site.js'
import { linesOf, temporaryFolder } from '../programs/folder.js'
import { startProgram } from '../programs/program.js'
import { type Followed, followJobs, WAITING } from './followed-jobs.js'
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
    const options = { connection, telemetry, runRetryDelay: 50, stalledInterval: 100 }
    const worker = new Worker('mail', telemetry.processor(process), options)
    queue.on('error', () => {})
    worker.on('error', () => {})
    onTestFinished(async () => {
      await worker.close(true)
      await queue.close()
    })
    return queue
  }

  test('that are added while Redis is away run when it returns, each for its account', async () => {
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

  test('leave one line each when Redis is killed while they run, and new jobs run after its restart', async () => {
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

  /** Adds a job, and has it done by a process that is killed at that moment; gives what its folder and the queue hold then. */
  async function killedAt(moment: Moment, { spoor, directory }: Followed, flush = 'turn') {
    const redis = await start(temporaryFolder())
    const queue = new Queue('mail', { connection: { url: redis.url }, telemetry: bullmqTelemetry(spoor) })
    onTestFinished(() => queue.close())
    const job = await spoor.run({ requestId: 'request-1', account: 'acme' }, () => queue.add('mail', {}))
    const child = startProgram(workerProgram(`${directory}/worker`, redis.url, moment, flush))
    await new Promise((resolve) => child.once('exit', resolve))
    const lines = linesOf(directory, 'worker/requests.jsonl').map((line) => JSON.parse(line))
    return { port: Number(new URL(redis.url).port), state: await job.getState(), lines }
  }

  // The worker learns it a round trip after the line was handed to the system.
  test('that Redis has completed have their line when their process is killed at that moment', async () => {
    const { state, lines } = await killedAt('told', followJobs())
    expect(state).toBe('completed')
    expect(lines).toMatchObject([{ parentId: 'request-1', account: 'acme', attempt: 1 }])
  })

  test('whose process was killed before their line are attempted again, and that line has the stall', async () => {
    const followed = followJobs()
    const { state, lines, port } = await killedAt('ended', followed)
    expect(state).toBe('active')
    expect(lines).toEqual([])
    openBoth(followed, port, async () => {})
    const again = await followed.attempts(1)
    expect(again).toMatchObject([{ parentId: 'request-1', account: 'acme', attempt: 2, stalled: 1, level: 'info' }])
  })

  test('have their line when their process is killed in the turn of their end, if each line is flushed', async () => {
    const { lines } = await killedAt('sent', followJobs(), 'line')
    expect(lines).toMatchObject([{ parentId: 'request-1', account: 'acme', attempt: 1 }])
  })
})

type Moment = keyof typeof moments

const moments = {
  // Before BullMQ or we hear of it.
  ended: '() => queueMicrotask(() => process.kill(process.pid, "SIGKILL"))',
  // BullMQ may have told Redis already, but the turn has not ended.
  sent: '() => process.nextTick(() => process.kill(process.pid, "SIGKILL"))',
  told: '() => worker.on("completed", () => process.kill(process.pid, "SIGKILL"))',
}

/** A process that works and is killed at that moment of its job. Others may have the job soon after. */
function workerProgram(directory: string, url: string, moment: Moment, flush: string): string {
  return `
    import { Worker } from 'bullmq'
    import { createSpoor, defineLogs } from 'spoor'
    import { bullmqTelemetry } from 'spoor/adapters/bullmq/bullmq.js'
    const logs = defineLogs({ directory: ${JSON.stringify(directory)}, loggers: { requests: { console: false, flush: '${flush}' } } })
    const telemetry = bullmqTelemetry(createSpoor({ service: 'worker', logs }))
    const connection = { url: ${JSON.stringify(url)}, maxRetriesPerRequest: null }
    const processor = telemetry.processor(async () => { (${moments[moment]})() })
    const worker = new Worker('mail', processor, { connection, telemetry, lockDuration: 300, stalledInterval: 100 })`
}
