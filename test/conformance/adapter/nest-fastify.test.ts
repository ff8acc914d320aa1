import { adapterCases, chosenCases } from '../cases.js'
import { nestFastify } from '../nest-fastify.js'
import { conformance } from '../suite.js'

conformance(nestFastify, chosenCases, adapterCases)
