// Every default, as one would write it in the file, and why it is what it is.

export const DEFAULTS = {
  instance: {
    // Most instances read the order as it stands; the second of a pair says "reverse".
    direction: 'forward',
    // A virtual MAC address needs care from switches; gratuitous ARP works everywhere.
    use_vmac: false,
    // One election decides for both families, so that they never part.
    v6: 'excluded',
  },
  group: {
    // A group without further words is one that the server must pass.
    kind: 'required',
  },
  required: {
    // Clients use both, and a lost TCP socket shows over TCP only.
    transports: ['udp', 'tcp'],
    // Local data needs a millisecond; half a second is a server that clients have given up on.
    timeout: '500ms',
  },
  upstream: {
    // It asks about the world beyond, not about sockets.
    transports: ['udp'],
    // A cold cache may have to walk down from the root.
    timeout: '2s',
    // It costs other people's servers, and only ever degrades: seldom is soon enough.
    period: '5s',
    // Fifteen seconds without the internet are an outage rather than a lost packet.
    fall: 3,
    rise: 2,
  },
  /** The group that stands in when none is required. */
  localGroup: {
    name: 'local',
    // RFC 6303 section 4.2: every recursive server answers for this zone from local data, so the
    // question tests this server and nothing beyond it.
    question: '127.in-addr.arpa SOA',
  },
  expectation: {
    rcode: 'NOERROR',
    // NOERROR without an answer is what a broken zone says; other codes have no answers.
    minAnswers: 1,
  },
  addresses: {
    excludeInterfaces: [],
    // Clients never use link-local addresses, and many servers do not listen on them.
    exclude: ['fe80::/10'],
    // It needs sysctls and addresses on the loopback interface, which the host must be given first.
    standing: false,
    // named opens its sockets a moment after an address has come.
    grace: '1s',
    // Kernel events carry the load; this only mends what they might miss.
    resync: '10s',
  },
  timing: {
    // Spread over the period, queries find a dead server within one gap; more often costs CPU.
    period: '1s',
    // Local answers take well under a millisecond: 50 ms is out of the ordinary, and soon noticed.
    late: '50ms',
    // Random loss of one query in ten then counts as one in ten thousand.
    confirm: 3,
    confirm_spread: '100ms',
    // A burst over 64 addresses and both transports, twice over; far below any limit of sockets.
    max_in_flight: 256,
  },
  flap: {
    // Confirmation has already sorted out chance: what still fails has failed.
    fall: 1,
    ok_after: 3,
    // Three good sweeps before clients are sent here again; one suffices for a server that has them.
    rise: 3,
    rise_holder: 1,
    // A dead server is not asked often, but its return is seen within seconds: others may need it.
    backoff_min: '1s',
    backoff_max: '8s',
    // An address that went may come back: the election settles within this time.
    hold_down: '10s',
    // A server that answers again may be needed at once, but its rank can wait until it has proved
    // itself: a minute after the first relapse, ten times as long after each further one.
    probation: '1m',
    probation_max: '1h',
    // One that is known to be flaky is not left for every short failure: moving costs more.
    patience: '5s',
    patience_max: '20s',
  },
  paths: {
    orderDir: '/etc/holdfast/order',
    run_dir: '/run/holdfast',
    state_dir: '/var/lib/holdfast',
  },
  notify: {
    // The local mail system adds its domain, and knows who reads root's mail.
    from: 'holdfast',
    to: ['root'],
    // Instances that move together are told together, and the addresses have arrived by then.
    settle: '2s',
    // One message tells of a transition at once; what flaps after it waits for the next.
    window: '1m',
    // A night of flapping must not fill a mailbox.
    per_hour: 20,
    // A pool that shrinks is what a balancer is there to survive, and somebody has to mend it.
    backends: true,
  },
  channel: {
    name: 'mail',
    type: 'sendmail',
    // All but a healthy server that became a backup, which is as it should be.
    events: ['master', 'dead', 'fault', 'stop', 'planned', 'backend', 'service'],
    sendmail: ['/usr/sbin/sendmail', '-t', '-oi'],
    security: 'starttls',
    // RFC 6409, RFC 8314 section 3.3 and RFC 5321.
    ports: { starttls: 587, tls: 465, none: 25 },
    timeout: '30s',
    retry_min: '10s',
    retry_max: '10m',
    // What is a day old has been found out otherwise.
    give_up: '24h',
  },
  keepalived: {
    // One file an instance, followed at once, and one script; the other way, with many scripts, is
    // for keepalived that does not know track_file.
    mode: 'track_file',
    // A tenth of a second between adverts: a dead server is found out in a third of one.
    version: 3,
    advert: { 2: '1s', 3: '100ms' },
    transport: 'multicast',
    script_user: 'root',
    program: '/usr/local/bin/holdfast',
    check_interval: { track_file: '500ms', track_script: '1s' },
    notify: true,
  },
  warm: {
    // A few thousand names in a minute: more than a cold server gets from its first clients.
    rate: 50,
    // Enough to keep some thousands of popular names, and nothing that anybody upstream notices.
    standby_rate: 1,
    // A return that takes longer than this is not a return.
    limit: '1m',
  },
  balancer: {
    // A cold cache that gets its whole share at once would answer late for a while.
    slow_start: '30s',
    // A client that keeps a TCP connection open may do so for a minute or two.
    drain_limit: '2m',
    port: 53,
    // Weights mean something, and a query costs about the same wherever it goes.
    scheduler: 'wrr',
    // Answers go to the client by themselves, however many there are.
    forwarding: 'dr',
    // A query has nothing to do with the one before.
    persistence: '0s',
    quorum: 1,
    // Otherwise all queries of a forwarder that keeps its port would go to one server.
    one_packet: true,
    // It needs rules of nftables and a kernel setting besides keepalived's configuration.
    check_virtual: false,
    // Below what kernels choose from by themselves, above what services are known by.
    check_ports: 20_000,
    // Room for quarters, and for servers that are worth less.
    weight: 100,
  },
  metrics: {
    // Beside the status, where it costs no disk; a link brings it into node_exporter's folder.
    textfileName: 'holdfast.prom',
    // As often as most are scraped.
    every: '15s',
    // A socket that nobody asked for is one more thing to defend.
    listen: 'off',
  },
  daemon: {
    start_command: ['systemctl', 'start', 'holdfast'],
    log_level: 'info',
  },
} as const
