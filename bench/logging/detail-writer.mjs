// Prints the CPU of a suppressed line in nanoseconds, by what suppresses it, as one JSON object. Arguments: the number of lines.
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createSpoor, defineLogs } from '../../dist/index.js'

const lines = Number(process.argv[2])
const ofJob = 2_000
const directory = mkdtempSync(join(tmpdir(), 'spoor-bench-'))
const until = new Date(Date.now() + 3_600_000).toISOString()

const setups = {
  'dropped by its level': {},
  'kept by detail': { detail: { level: 'debug' } },
  'left out by sample': { level: 'debug', sample: 0 },
  'dropped, with a rule for another account': { levels: [{ account: 'other', level: 'debug', until }] },
}
const jobs = Object.entries(setups).map(([what, { levels, ...own }]) => {
  const folder = join(directory, String(Object.keys(setups).indexOf(what)))
  mkdirSync(folder)
  if (levels !== undefined) writeFileSync(join(folder, 'levels.json'), JSON.stringify({ version: 1, levels }))
  const logs = defineLogs({
    directory: folder,
    ...own,
    loggers: { a: { console: false }, requests: { console: false } },
    root: { console: false },
  })
  const spoor = createSpoor({ service: 'bench', logs, tracking: { mode: 'off' } })
  return { what, log: logs.get('a'), spoor, cpu: 0, count: 0, close: () => spoor.close().then(() => logs.close()) }
})

function round(job, count) {
  for (let done = 0; done < count; done += ofJob) {
    job.spoor.runChild(job.spoor.carry(), { name: 'bench' }, () => {
      const before = process.cpuUsage()
      for (let n = 0; n < ofJob; n++) job.log.debug({ postId: 7, status: 'draft' }, 'saved')
      const { user, system } = process.cpuUsage(before)
      job.cpu += user + system
      job.count += ofJob
    })
  }
}

for (const job of jobs) round(job, 20_000)
for (const job of jobs) Object.assign(job, { cpu: 0, count: 0 })
for (let part = 0; part < 10; part++) for (const job of jobs) round(job, lines / 10)
for (const job of jobs) await job.close()
rmSync(directory, { recursive: true })
process.stdout.write(
  JSON.stringify(Object.fromEntries(jobs.map(({ what, cpu, count }) => [what, (cpu * 1000) / count]))),
)
