// The page knows only the protocol of the inspector, not Spoor itself.
export type * from '../../src/inspector/protocol.js'
