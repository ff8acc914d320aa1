// The example as a child process of a given Node, with the preload in it.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { setTimeout as later } from 'node:timers/promises'
import { root, run } from '../../child.mjs'

const preload = new URL('./preload.mjs', import.meta.url).href
const program = join(root, 'examples/publisher/dist/main.js')
const startMs = 60_000
/** The example gives open requests 4.5 s, and running jobs 2 s. */
const stopMs = 20_000

/**
 * Starts the example.
 *
 * @param {{ node: string, folder: string, tracking: string, redisUrl?: string | undefined }} options
 */
export async function startService({ node, folder, tracking, redisUrl = '' }) {
  const logDirectory = join(folder, 'logs')
  const env = {
    ...process.env,
    PORT: '0',
    HOST: '127.0.0.1',
    // The clients choose the ids, so that those of requests without an answer are known, too.
    TRUSTED_PROXIES: '127.0.0.1',
    LOG_DIR: logDirectory,
    DATA_DIR: join(folder, 'data'),
    DATABASE_URL: '',
    REDIS_URL: redisUrl,
    TRACKING_MODE: tracking,
    // Full within seconds, so that the heap does not grow with them.
    RECORDS_MB: '1',
    // A busy machine must not make a job of two attempts.
    WORDPRESS_TIMEOUT_MS: '120000',
    // Five attempts at a job that fails take 1.5 s.
    JOB_BACKOFF_MS: '100',
    SPOOR_FILES: '',
    SPOOR_CONSOLE: '',
  }
  const child = spawn(node, ['--expose-gc', '--import', preload, program], {
    cwd: folder,
    env,
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
  })
  const exited = once(child, 'close').then(([code, signal]) => ({ code, signal }))
  const output = lastOf(child.stdout)
  const errors = lastOf(child.stderr)
  try {
    const started = await addressIn(exited, () => output() + errors())
    return {
      child,
      ...started,
      logDirectory,
      errors,
      exited,
      ask: asker(child),
      stop: () => stop(child, exited),
    }
  } catch (error) {
    child.kill('SIGKILL')
    throw error
  }
}

/** Its end, by the signal of a deployment; a process that does not end is killed, and that is told. */
async function stop(child, exited) {
  child.kill('SIGTERM')
  const ended = await Promise.race([exited, later(stopMs, undefined, { ref: false })])
  if (ended !== undefined) return ended
  child.kill('SIGKILL')
  return { ...(await exited), hung: true }
}

/** The end of what a stream says; all of it is read, so that the service never waits for its reader. */
function lastOf(stream) {
  let text = ''
  stream.setEncoding('utf8').on('data', (chunk) => {
    text = (text + chunk).slice(-20_000)
  })
  return () => text
}

async function addressIn(exited, output) {
  const until = performance.now() + startMs
  let isOver = false
  exited.then(() => {
    isOver = true
  })
  while (performance.now() < until && !isOver) {
    const [, url] = /Demo page\s+(http:\S+?)\/\s/.exec(output()) ?? []
    const [, database] = /Database\s+(.+)/.exec(output()) ?? []
    if (url !== undefined && database !== undefined) return { url, database }
    await later(20)
  }
  throw new Error(`the example did not start:\n${output()}`)
}

/** Asks the preload. */
function asker(child) {
  let n = 0
  return (what) => {
    const asked = ++n
    return new Promise((resolve, reject) => {
      const take = (message) => {
        if (message.n !== asked) return
        child.off('message', take).off('close', gone)
        resolve(message)
      }
      const gone = () => reject(new Error(`the service ended before it told its ${what}`))
      child.on('message', take).once('close', gone)
      // A failure to send is followed by the close.
      child.send({ n: asked, what }, () => {})
    })
  }
}

/** A Redis in `folder`, on a port of its own. */
export async function startRedis(folder) {
  const script = 'scripts/services/redis-up.sh'
  const { ok, stdout, stderr } = await run('bash', [script, folder])
  if (!ok) throw new Error(`Redis did not start:\n${stderr}`)
  return { url: JSON.parse(stdout).url, stop: () => run('bash', [script, '--stop', folder]) }
}
