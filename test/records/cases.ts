// The cases are those of `testRecordStore` of spoor/testing: users check their stores with the same code.
export { storeCases as cases } from '../../src/testing/records/cases.js'
