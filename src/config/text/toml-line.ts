// Lines that can be told apart without parsing what is above them.

/** A line that can only be a table header: `[a.b]` or `[[a.b]]`. */
export const HEADER = /^[ \t]*\[\[?[ \t]*[\w."'-][\w."' \t-]*\]\]?[ \t]*(#.*)?$/

/** A line with which a header or a key begins. */
export const START_OF_SOMETHING =
  /^[ \t]*(\[\[?[ \t]*[\w."'-][\w."' \t-]*\]\]?[ \t]*(#.*)?$|[\w."'-]+[ \t]*=)/

/** A line that is at least meant to be a table header, such as `[timing` or `[]`. */
export const MEANT_AS_HEADER = /^[ \t]*\[\[?[ \t]*[\w\]-]/
