import { adapterCases, chosenCases } from '../cases.js'
import { fastify5 } from '../fastify.js'
import { conformance } from '../suite.js'

conformance(fastify5, chosenCases, adapterCases)
