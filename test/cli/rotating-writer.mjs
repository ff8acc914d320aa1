// Runs jobs that log to three files, which rotate all the time. Prints the id of each job once its lines were given to the files.
// Usage: rotating-writer.mjs DIRECTORY. Ends when its standard input ends.
import { createSpoor, defineLogs } from 'spoor'

const [directory] = process.argv.slice(2)
const quiet = { console: false, rotation: { maxBytes: 65_536, backups: 900 } }
const logs = defineLogs({
  directory,
  root: { ...quiet, file: 'root.log' },
  loggers: {
    requests: quiet,
    shop: { ...quiet, file: 'shop.log' },
    mail: { ...quiet, file: 'mail.log', format: 'json' },
  },
})
const spoor = createSpoor({ service: 'shop', version: '1.0.0', logs })
const padding = 'x'.repeat(600)
let isOver = false
process.stdin.on('end', () => (isOver = true)).resume()

const job = () =>
  spoor.runChild(spoor.carry({ name: 'receipt' }), {}, async () => {
    for (let n = 0; n < 6; n++) logs.get(n % 2 === 0 ? 'shop' : 'mail').info({ n, padding }, 'step')
    await new Promise((resolve) => setTimeout(resolve, 5))
    logs.get('shop').warn({ n: 6 }, 'last step')
    return spoor.context()?.requestId
  })

while (!isOver) {
  const ids = await Promise.all(Array.from({ length: 10 }, job))
  await new Promise((resolve) => setTimeout(resolve, 60))
  process.stdout.write(`${ids.join('\n')}\n`)
}
await spoor.close()
await logs.close()
