import { adapterCases, chosenCases } from '../cases.js'
import { nestExpress } from '../nest-express.js'
import { conformance } from '../suite.js'

conformance(nestExpress, chosenCases, adapterCases)
