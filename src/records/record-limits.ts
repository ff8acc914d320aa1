/** The maximum size of a record as JSON. */
export const maxRecordBytes: number = 32 * 1024
