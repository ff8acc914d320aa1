/** The version of this package. It is written here so that nothing is read at run time; the build compares it. */
export const version = '0.2.0'
