import { accounts } from './adapter/accounts.js'
import { browser } from './adapter/browser.js'
import { connections } from './adapter/connections.js'
import { errors } from './adapter/errors.js'
import { http2Cases } from './adapter/http2.js'
import { ids } from './adapter/ids.js'
import { instances } from './adapter/instances.js'
import { lines } from './adapter/lines.js'
import { lost } from './adapter/lost.js'
import { order } from './adapter/order.js'
import { storm } from './adapter/storm.js'
import { calls } from './core/calls.js'
import { foreignCases } from './core/foreign.js'
import { inbound } from './core/inbound.js'
import { inspector } from './core/inspector.js'
import { inspectorAccess } from './core/inspector-access.js'
import { inspectorFloods } from './core/inspector-floods.js'
import { inspectorUsage } from './core/inspector-usage.js'
import { parser } from './core/parser.js'
import { requestIds, requestLines } from './core/request-line.js'
import { traces } from './core/traces.js'
import { tracking } from './core/tracking.js'
import { trackingUntold } from './core/tracking-untold.js'
import type { Case } from './suite.js'

const core: readonly Case[] = [
  ...inbound,
  ...requestIds,
  ...requestLines,
  ...traces,
  ...calls,
  ...tracking,
  ...trackingUntold,
  ...parser,
  ...foreignCases,
  ...inspector,
  ...inspectorAccess,
  ...inspectorFloods,
  ...inspectorUsage,
]

/** Cases whose outcome depends on what a version of Node does: its streams, its contexts, its responses. */
const ofNodeVersions: readonly Case[] = [...ids, ...connections, ...lost, ...lines]

/** What an adapter can break. Each adapter runs these. */
export const adapterCases: readonly Case[] = [
  ...ofNodeVersions,
  ...browser,
  ...accounts,
  ...errors,
  ...http2Cases,
  ...order,
  ...instances,
  ...core.filter(({ perAdapter }) => perAdapter),
  ...storm,
]

/** What is the same code for every adapter. It runs once. */
export const coreCases: readonly Case[] = core.filter(({ perAdapter }) => !perAdapter)

/**
 * The adapter cases for the Node version that runs: all of them, or with `SPOOR_CONFORMANCE=versions` those that depend on
 * the version (scripts/test-nodes.mjs).
 */
export const chosenCases: readonly Case[] =
  process.env['SPOOR_CONFORMANCE'] === 'versions' ? ofNodeVersions : adapterCases

/** False where only the cases run that depend on the Node version. */
export const runsCore: boolean = process.env['SPOOR_CONFORMANCE'] !== 'versions'
