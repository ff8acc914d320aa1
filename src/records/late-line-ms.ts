/**
 * Lines that follow the request line within this time leave no trace: a search reads that far behind the request line. Many
 * services write a line when the response is sent, just after the request line.
 */
export const lateLineMs = 1_000
