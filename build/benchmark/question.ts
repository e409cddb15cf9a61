// What is asked, and where: 16 endpoints, the daemon's own question.

/** 127.0.0.1 and ::1 are there with the interface; with both transports these make 16 endpoints. */
export const EIGHT_ADDRESSES = [
  ...['127.0.0.1', '192.0.2.1', '192.0.2.2', '192.0.2.3'],
  ...['::1', '2001:db8::1', '2001:db8::2', '2001:db8::3'],
]

/** The daemon's default question. */
export const QUESTION = { name: '127.in-addr.arpa', type: 'SOA', class: 'IN' } as const
