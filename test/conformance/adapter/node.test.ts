import { adapterCases, chosenCases } from '../cases.js'
import { plainNode } from '../node.js'
import { conformance } from '../suite.js'

conformance(plainNode, chosenCases, adapterCases)
