import type { Case } from '../suite.js'
import { accounts } from './accounts.js'
import { browser } from './browser.js'
import { calls } from './calls.js'
import { connections } from './connections.js'
import { errors } from './errors.js'
import { foreignCases } from './foreign.js'
import { http2Cases } from './http2.js'
import { ids } from './ids.js'
import { inbound } from './inbound.js'
import { inspector } from './inspector.js'
import { inspectorAccess } from './inspector-access.js'
import { inspectorFloods } from './inspector-floods.js'
import { instances } from './instances.js'
import { lines } from './lines.js'
import { lost } from './lost.js'
import { order } from './order.js'
import { parser } from './parser.js'
import { storm } from './storm.js'
import { traces } from './traces.js'
import { tracking } from './tracking.js'
import { trackingUntold } from './tracking-untold.js'

/** Every case, in the order of the table. */
export const cases: readonly Case[] = [
  ...ids,
  ...inbound,
  ...traces,
  ...calls,
  ...tracking,
  ...trackingUntold,
  ...parser,
  ...browser,
  ...accounts,
  ...errors,
  ...connections,
  ...lost,
  ...lines,
  ...http2Cases,
  ...order,
  ...instances,
  ...foreignCases,
  ...inspector,
  ...inspectorAccess,
  ...inspectorFloods,
  ...storm,
]
