// Loads one package in this process, makes what its users make first, and prints what that took.
//   node load.mjs spoor|pino
const makers = {
  spoor: async () => {
    const { createSpoor, defineLogs } = await import('../../dist/index.js')
    return () => createSpoor({ service: 'bench', logs: defineLogs({ loggers: {} }) })
  },
  pino: async () => {
    const { default: pino } = await import('pino')
    return () => pino()
  },
}

const load = makers[process.argv[2]]
const rssBefore = process.memoryUsage.rss()
const begin = performance.now()
const make = await load()
const loaded = performance.now()
make()
const end = performance.now()
const rssBytes = process.memoryUsage.rss() - rssBefore
process.stdout.write(JSON.stringify({ importMs: loaded - begin, ms: end - begin, rssBytes }))
process.exit()
