// One of the processes behind the balancer. It tells the process that started it its address, and ends with it.
import { run } from '../run.js'

process.on('disconnect', () => process.kill(process.pid, 'SIGTERM'))
await run(({ url }) => process.send?.(url))
