import { adapterCases, chosenCases } from '../cases.js'
import { hono4 } from '../hono.js'
import { conformance } from '../suite.js'

conformance(hono4, chosenCases, adapterCases)
