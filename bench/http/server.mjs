// One server of one stack in a process of its own: node server.mjs FRAMEWORK/STACK DIRECTORY. Tells its port, answers `cpu`
// with what it has used so far and `gc` when garbage is collected, ends on `stop`.
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { frameworks } from './frameworks.mjs'

const [name, directory] = process.argv.slice(2)
const [framework, stack] = name.split('/')
setFlagsFromString('--expose-gc')
const serve = await frameworks[framework].load()
const { server, close } = await serve(stack, directory)
server.listen(0, '127.0.0.1', () => process.send({ port: server.address().port }))

process.on('message', async (message) => {
  if (message === 'cpu') {
    const { user, system } = process.cpuUsage()
    process.send(user + system)
    return
  }
  if (message === 'gc') {
    process.send(runInNewContext('gc')() ?? 'collected')
    return
  }
  server.close()
  server.closeAllConnections()
  await close()
  process.exit(0)
})
