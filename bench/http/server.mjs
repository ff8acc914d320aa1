// One server of one stack in a process of its own: node server.mjs FRAMEWORK/STACK DIRECTORY. Tells its port, answers `cpu`
// with what it has used so far and `gc` when garbage is collected, ends on `stop`.
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { answer } from '../load/answer.mjs'
import { frameworks } from './frameworks.mjs'

const [name, directory] = process.argv.slice(2)
const [framework, stack] = name.split('/')
setFlagsFromString('--expose-gc')
const serve = await frameworks[framework].load()
const { server, close } = await serve(stack, directory)
answer(server, close, { gc: () => runInNewContext('gc')() ?? 'collected' })
