// What is compared: Express 5 with Spoor, measuring nothing, ready to measure, measuring without telling, and telling.
// Each `(app, directory) => close`; `mount` puts the endpoints.

import { spoorExpress } from '../../dist.inside/adapters/express/express.js'
import { createSpoor, defineLogs } from '../../dist.inside/index.js'
import { joinEngine } from '../../dist.inside/usage/engine.js'
import { Timeline } from '../../dist.inside/usage/timeline.js'
import { Charge } from '../../dist.inside/work/charge.js'

function withSpoor(app, directory, mount, tracking, measure) {
  const logs = defineLogs({ directory, root: { console: false }, loggers: { requests: { console: false } } })
  const spoor = createSpoor({ service: 'bench', logs, ...(tracking && { tracking }) })
  const s = spoorExpress(spoor)
  app.use(s)
  if (measure) app.use((_request, _response, next) => measure(spoor.context(), next))
  mount(app, spoor)
  app.use(s.errors)
  return async () => {
    await spoor.close()
    await logs.close()
  }
}

/** Spoor, and nothing of what measures. */
function off(app, directory, mount) {
  return withSpoor(app, directory, mount, { mode: 'off' })
}

/** Ready to measure allowed users who ask, and none does. */
function header(app, directory, mount) {
  joinEngine({ memory: false, fs: false })
  return withSpoor(app, directory, mount, { mode: 'header' })
}

/** Hooks and charging: every request has a charge, and no request asks for the cost. */
function hooks(app, directory, mount) {
  const { engine } = joinEngine({ memory: false, fs: false })
  engine.hold()
  return withSpoor(app, directory, mount, { mode: 'off' }, (context, next) => {
    const now = performance.now()
    context.work.charge = new Charge(engine.meter.ledger.requests, now, now, new Timeline())
    engine.meter.lookAgain()
    next()
  })
}

/** Mode `all`: figures on every line, every record kept. */
function all(app, directory, mount) {
  return withSpoor(app, directory, mount, { mode: 'all' })
}

/** Mode `all` without the figures of being held up: the state that `all` is compared with for their cost. */
function unheld(app, directory, mount) {
  const { engine } = joinEngine({ memory: false, fs: false })
  engine.meter.slices.heldUp = undefined
  return withSpoor(app, directory, mount, { mode: 'all' })
}

/** Mode `all` with everything there is. */
function everything(app, directory, mount) {
  return withSpoor(app, directory, mount, { mode: 'all', memory: true, fs: true })
}

export const stacks = { off, header, hooks, unheld, all, everything }
