export { epoch, idAt, made, madeCall } from '../../src/testing/records/made.js'
