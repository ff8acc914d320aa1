import { adapterCases, chosenCases } from '../cases.js'
import { express4Fixture } from '../express4.js'
import { conformance } from '../suite.js'

conformance(express4Fixture, chosenCases, adapterCases)
