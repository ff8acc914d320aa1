import { run } from './run.js'
import { sayItRuns } from './start-message.js'

await run(sayItRuns)
