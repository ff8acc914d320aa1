import { adapterCases, chosenCases } from '../cases.js'
import { koa3 } from '../koa.js'
import { conformance } from '../suite.js'

conformance(koa3, chosenCases, adapterCases)
