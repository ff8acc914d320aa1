import { adapterCases, chosenCases } from '../cases.js'
import { express5 } from '../express.js'
import { conformance } from '../suite.js'

conformance(express5, chosenCases, adapterCases)
