import Glibc
import Hummingbird
import HummingbirdCore
import Logging
import Metrics
import NIOCore
import NIOPosix
import RoostCore
import RoostLog
import RoostMembership
import RoostNode
import RoostRing
import RoostStorage
import RoostTransport
import RoostWire
import ServiceLifecycle
import UnixSignals

/// A node of the cluster, from its data directory to its listeners: reads what the disk holds, starts the shards and the
/// control side, serves until it is told to stop, and stops in order.
public struct NodeServer: Sendable {
    /// From the signal to the end of the process, at most.
    private static let stopDeadline = Duration.seconds(8)
    /// Clients of a node that stops come back to the others spread over this time.
    private static let reconnectSpreadMilliseconds: UInt32 = 2000

    private let settings: NodeSettings
    private let logger: Logger

    /// Makes a node with these settings; nothing is opened yet.
    public init(settings: NodeSettings) throws {
        self.settings = settings
        guard let level = Logger.Level(rawValue: settings.logLevel) else {
            throw SettingsError.invalid(
                "log-level", settings.logLevel, Logger.Level.allCases.map(\.rawValue).joined(separator: ", "))
        }
        var logger = Logger(label: "roost")
        logger.logLevel = level
        self.logger = logger
    }

    /// Runs the node until SIGTERM or SIGINT.
    public func run() async throws {
        let registry = PrometheusRegistry()
        MetricsSystem.bootstrap(registry)
        let group = MultiThreadedEventLoopGroup(numberOfThreads: settings.loops)
        let loops = Array(group.makeIterator())
        let directory = try DataDirectory.open(settings.dataDirectory)
        let local = MemberDescription(
            id: directory.nodeID, name: settings.name, zone: settings.zone, address: settings.advertise,
            clientAddress: settings.clientAdvertise, boot: directory.boot)
        let record = try directory.read(RingFile.name).map { try EpochRecord(decoding: $0) }
        let vote = try directory.read(VoteFile.name).map { try EpochVote(decoding: $0) }
        if let record, !record.members.contains(where: { $0.id == local.id }) {
            throw NodeRefusal.removed(
                node: local.name, directory: settings.dataDirectory, cluster: record.clusterID, epoch: record.number)
        }
        if let reason = try directory.read(RefusalFile.name) {
            throw NodeRefusal.refusedBefore(reason: String(decoding: reason, as: UTF8.self))
        }
        let process = SystemRandomNumberGenerator.seed()
        try await refuseToBeAClone(local, process: process, record: record, directory: directory, loop: loops[0])

        var machines = loops.indices.map {
            ShardMachine(
                node: local.id, nodeName: local.name, shard: $0, shardCount: loops.count,
                random: SeededRandom(seed: SystemRandomNumberGenerator.seed()))
        }
        for shard in machines.indices {
            machines[shard].limitSends(
                device: settings.rates.device, account: settings.rates.account,
                strangers: settings.rates.requests.lookups)
            machines[shard].setChangeWindows(settings.conversations.changeWindows)
        }
        let sinks = ShardSinks()
        let repairs = LogRepairs(slotCount: record?.slotCount ?? .most, logger: logger)
        var options = LogOptions(shardCount: machines.count, freeBytesMin: settings.freeBytesMin)
        options.onCorruption = { sinks.damaged(repairs.damaged($0)) }
        let log = try LogService.open(directory, options: options, logger: logger) { entry in
            let isOfMany = LogFormat.kindsOfManySlots.contains(entry.kind)
            let own = entry.slot.shard(of: machines.count)
            for shard in machines.indices where isOfMany || shard == own {
                try machines[shard].replay(
                    slot: entry.slot, kind: entry.kind, head: entry.head, bodyBytes: entry.bodyBytes,
                    at: entry.location)
            }
        } completions: { shard, completions in
            sinks.deliver(completions, to: shard)
        }
        let lives = PeerLives(
            node: local.id, boot: local.boot, process: process, memory: memory(in: directory), log: log)
        repairs.connect(log)
        if !log.report.corruptions.isEmpty {
            let slots = repairs.damaged(log.report.corruptions)
            var actions: [ShardAction] = []
            // Without a ring yet, they only take note.
            for shard in machines.indices { machines[shard].slotsDamaged(slots, now: Clock.now, into: &actions) }
        }
        try await serve(
            group: group, machines: machines, sinks: sinks, log: log, repairs: repairs, lives: lives,
            directory: directory, local: local, record: record, vote: vote, registry: registry)
    }

    private func serve(
        group: MultiThreadedEventLoopGroup, machines: [ShardMachine], sinks: ShardSinks, log: LogService,
        repairs: LogRepairs, lives: PeerLives, directory: DataDirectory, local: MemberDescription,
        record: EpochRecord?, vote: EpochVote?, registry: PrometheusRegistry
    ) async throws {
        let loops = Array(group.makeIterator())
        let counters = NodeCounters()
        let shards = zip(machines, loops).map { ShardShell(machine: $0, loop: $1, log: log, counters: counters) }
        let peers = shards.map { ShardPeers(shard: $0, lives: lives, logger: logger) }
        let machine = ControlMachine(
            local: local, record: record, vote: vote, seeds: settings.seeds,
            random: SeededRandom(seed: SystemRandomNumberGenerator.seed()))
        let control = ControlShell(
            machine: machine, loop: loops[0], directory: directory, log: log, shards: shards, peers: peers,
            lives: lives, counters: counters, logger: logger)
        for (shard, peers) in zip(shards, peers) {
            try await shard.loop.submit {
                shard.join(shards, repairs: repairs) { [weak control] slot, version in
                    control?.slotMerged(slot: slot, version: version)
                }
                peers.join(shards, control: control)
            }.get()
        }
        sinks.connect(shards)

        let peerListener = try await bindPeers(group: group, peers: peers)
        let gossip = try await openGossip(loops[0], control: control)
        let passwords = PasswordHasher()
        let registers = ShardRegisters(shards: shards)
        let limits = RequestLimits(settings.rates.requests) { counters.requestLimited($0) }
        let departures = [GroupDeparture(registers: registers, passwords: passwords)]
        let router = ResourceRouter.make(
            registers: registers, mailboxes: ShardMailboxes(shards: shards), passwords: passwords,
            health: NodeHealth(control: control, registry: registry), limits: limits,
            groupMembersMax: settings.conversations.groupMembers, departures: departures)
        AdminResources(control: control).add(to: router)
        UserAdminResources(
            registers: registers, ending: AccountEnding(registers: registers, departures: departures),
            control: control, shards: shards
        ).add(to: router)
        GroupAdminResources(registers: registers, control: control).add(to: router)
        let byLoop = Dictionary(uniqueKeysWithValues: shards.map { (ObjectIdentifier($0.loop), $0) })
        let port = ClientPort(group: group) { loop in
            guard let shard = byLoop[ObjectIdentifier(loop)] else {
                preconditionFailure("an event loop of the group has no shard")
            }
            return shard
        }
        guard let (host, number) = HostPort.split(settings.listen) else {
            throw SettingsError.invalid("listen", settings.listen, "host:port")
        }
        var quiet = logger
        quiet.logLevel = max(logger.logLevel, .warning)
        let application = Application(
            router: router, server: port.server(),
            configuration: .init(
                address: .hostname(host, port: number), serverName: nil, backlog: NodeServer.clientBacklog,
                availableConnectionsDelegate: MaximumAvailableConnections(
                    ClientPort.connectionsMax(fileDescriptors: NodeServer.fileLimit))),
            onServerRunning: { _ in banner(local: local, record: record) },
            eventLoopGroupProvider: .shared(group), logger: quiet)
        let drain = DrainService(
            control: control, shards: shards, spreadMilliseconds: NodeServer.reconnectSpreadMilliseconds, logger: logger
        )
        var configuration = ServiceGroupConfiguration(
            services: [
                .init(service: application),
                .init(service: drain, successTerminationBehavior: .gracefullyShutdownGroup),
            ],
            gracefulShutdownSignals: [.sigterm, .sigint], logger: quiet)
        configuration.maximumGracefulShutdownDuration = NodeServer.stopDeadline
        try await ServiceGroup(configuration: configuration).run()

        try await peerListener.close().get()
        try await gossip.close().get()
        for shard in shards { try await shard.loop.submit { shard.closeLinks() }.get() }
        let refusal = try await loops[0].submit {
            control.stop()
            return control.refusal
        }.get()
        log.close()
        directory.close()
        logger.notice("stopped; everything is on disk")
        if let refusal { throw refusal }
    }

    /// What this node remembers of the others' lives. Without it, it serves all the same: the others remember too.
    private func memory(in directory: DataDirectory) -> LifeMemory {
        do {
            return try directory.read(LivesFile.name).map { try LifeMemory(decoding: $0) } ?? LifeMemory()
        } catch {
            logger.warning("what was known of the others' lives cannot be read", metadata: ["error": "\(error)"])
            return LifeMemory()
        }
    }

    /// Looks for a living process of this very identity before this one says a word to anybody: what gossip once believes
    /// of the newer of two is hard to take back.
    private func refuseToBeAClone(
        _ local: MemberDescription, process: UInt64, record: EpochRecord?, directory: DataDirectory,
        loop: any EventLoop
    ) async throws {
        let last = try directory.read(AddressFile.name).map { String(decoding: $0, as: UTF8.self) }
        let check = IdentityCheck(
            node: local.id, own: IdentityClaim(address: local.address, boot: local.boot, process: process),
            ringAddress: record?.members.first { $0.id == local.id }?.address)
        let hello = PeerHello(
            cluster: record?.clusterID ?? ClusterID(high: 0, low: 0), node: local.id,
            life: NodeLife(boot: local.boot, process: process, position: 0))
        for address in check.suspects(and: last) {
            guard check.isTaken(try await IdentityProbe.ask(address, hello: hello, on: loop).get()) else { continue }
            throw NodeRefusal.cloned(node: local.name, directory: settings.dataDirectory, address: address)
        }
        if last != local.address { try directory.write(AddressFile.name, Array(local.address.utf8)) }
    }

    // MARK: Listeners

    private func bindPeers(group: MultiThreadedEventLoopGroup, peers: [ShardPeers]) async throws -> any Channel {
        guard let (host, port) = HostPort.split(settings.peerListen) else {
            throw SettingsError.invalid("peer-listen", settings.peerListen, "host:port")
        }
        let byLoop = Dictionary(uniqueKeysWithValues: zip(group.makeIterator().map(ObjectIdentifier.init), peers))
        return try await ServerBootstrap(group: group)
            .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
            .serverChannelOption(.backlog, value: 256)
            .childChannelOption(.tcpOption(.tcp_nodelay), value: 1)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    guard let peers = byLoop[ObjectIdentifier(channel.eventLoop)] else {
                        preconditionFailure("an event loop of the group has no shard")
                    }
                    try channel.pipeline.syncOperations.addHandler(IncomingLinkHandler(delegate: peers))
                }
            }
            .bind(host: host, port: port).get()
    }

    private func openGossip(_ loop: any EventLoop, control: ControlShell) async throws -> GossipSocket {
        guard let (host, port) = HostPort.split(settings.peerListen) else {
            throw SettingsError.invalid("peer-listen", settings.peerListen, "host:port")
        }
        let gossip = GossipSocket(loop: loop, host: host, port: port, control: control, logger: logger)
        try await gossip.open().get()
        return gossip
    }

    // MARK: Banner

    private func banner(local: MemberDescription, record: EpochRecord?) {
        let ring = record.map { "epoch \($0.number) of cluster \($0.clusterID), \($0.members.count) members" }
        print(
            """
            roost \(RoostVersion.text)  node \(local.name)  \(local.id)  boot \(local.boot)
              data     \(settings.dataDirectory), group commit with fdatasync before every answer
              clients  \(settings.listen)  (HTTP and WebSocket)
              peers    \(settings.peerListen)  (TCP and UDP), advertised as \(settings.advertise)
              ring     \(ring ?? "none yet: start the others, then run roost init on one of them")
            """)
        warnOfFileLimit()
        fflush(nil)
    }

    /// Connections that wait to be accepted, after a partition or a restart for example.
    private static let clientBacklog = 4096
    /// Files that a node of many clients wants to be able to open.
    private static let filesWanted = 10_000

    /// Files that this process may open.
    private static var fileLimit: Int {
        var limit = rlimit()
        getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
        return Int(clamping: limit.rlim_cur)
    }

    /// Each client takes a descriptor; a node out of them accepts nobody.
    private func warnOfFileLimit() {
        guard NodeServer.fileLimit < NodeServer.filesWanted else { return }
        let clients = ClientPort.connectionsMax(fileDescriptors: NodeServer.fileLimit)
        logger.warning(
            "this process may open \(NodeServer.fileLimit) files: at most \(clients) clients; raise it with ulimit -n",
            metadata: ["wanted": "\(NodeServer.filesWanted)"])
    }
}

extension SystemRandomNumberGenerator {
    /// 64 bits of the system's entropy.
    static func seed() -> UInt64 {
        var generator = SystemRandomNumberGenerator()
        return generator.next()
    }
}
