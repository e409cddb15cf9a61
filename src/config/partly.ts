// A value of which parts may be missing, because they could not be read.

/** A document in which any value may be missing because it could not be read. */
export type Partly<T> = T extends string | number | boolean
  ? T
  : T extends readonly (infer Item)[]
    ? readonly (Partly<Item> | undefined)[]
    : { readonly [K in keyof T]?: Partly<T[K]> | undefined }
