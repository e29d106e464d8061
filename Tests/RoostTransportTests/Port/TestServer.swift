import Hummingbird
import Logging
import NIOCore
import NIOPosix
import RoostCore
import RoostTransport
import RoostWire
import ServiceLifecycle
import Synchronization

/// A client port with its resources on an ephemeral port of the loopback interface.
final class TestServer: Sendable {
    let group: any EventLoopGroup = MultiThreadedEventLoopGroup.singleton
    let listener: any Channel
    let log: EchoLog
    let registers: MemoryRegisters
    let mailboxes: FixedMailboxes
    let passwords: QuickPasswords
    let health: SetHealth
    private let service: ServiceGroup
    private let running: Task<Void, any Error>

    /// Runs `body` against a fresh server, then stops it gracefully.
    static func run(
        _ configuration: ClientPortConfiguration = ClientPortConfiguration(), rates: RequestRates = .standard,
        groupMembersMax: Int = Limits.groupMembersMax, departures: [any AccountDeparture] = [],
        _ body: (TestServer) async throws -> Void
    ) async throws {
        let server = try await TestServer(
            configuration, rates: rates, groupMembersMax: groupMembersMax, departures: departures)
        do {
            try await body(server)
        } catch {
            try await server.stop()
            throw error
        }
        try await server.stop()
    }

    init(
        _ configuration: ClientPortConfiguration, rates: RequestRates = .standard,
        groupMembersMax: Int = Limits.groupMembersMax, departures: [any AccountDeparture] = []
    ) async throws {
        let log = EchoLog()
        let registers = MemoryRegisters()
        let mailboxes = FixedMailboxes()
        let passwords = QuickPasswords()
        let health = SetHealth()
        (self.log, self.registers, self.passwords, self.health) = (log, registers, passwords, health)
        self.mailboxes = mailboxes
        let clients = ClientPort(group: group, configuration: configuration) { _ in EchoDelegate(log: log) }
        let (listeners, announce) = AsyncStream.makeStream(of: (any Channel).self)
        var logger = Logger(label: "test")
        logger.logLevel = .critical
        let application = Application(
            router: ResourceRouter.make(
                registers: registers, mailboxes: mailboxes, passwords: passwords, health: health,
                limits: RequestLimits(rates), groupMembersMax: groupMembersMax,
                departures: departures + [GroupDeparture(registers: registers, passwords: passwords)]),
            server: clients.server(), configuration: .init(address: .hostname("127.0.0.1", port: 0)),
            onServerRunning: { channel in
                announce.yield(channel)
                announce.finish()
            }, eventLoopGroupProvider: .shared(group), logger: logger)
        let service = ServiceGroup(configuration: .init(services: [application], logger: logger))
        self.service = service
        running = Task { try await service.run() }
        var announced = listeners.makeAsyncIterator()
        guard let listener = await announced.next() else { throw RawClientError.notListening }
        self.listener = listener
    }

    /// Shuts down as a node does on SIGTERM, and waits for the end.
    func stop() async throws {
        await service.triggerGracefulShutdown()
        try await running.value
    }

    func connect() async throws -> RawClient {
        try await RawClient.connect(port: listener.localAddress?.port ?? 0, group: group)
    }

    /// A client whose connection is a WebSocket already.
    func webSocket(_ subprotocol: String = "roost.v1.json", headers: String = "") async throws -> RawClient {
        let client = try await connect()
        client.send(RawClient.upgrade(subprotocol, headers: headers))
        guard await client.waits(for: { $0.isUpgraded }) else { throw RawClientError.notUpgraded(client.text) }
        return client
    }
}

/// What the echo delegates of a server have seen.
final class EchoLog: Sendable {
    struct Seen: Sendable {
        var opened: [(id: UInt64, token: String?)] = []
        var closed: [(id: UInt64, reason: ClientCloseReason)] = []
        var bytes = 0
        var writability: [Bool] = []
    }

    private let state = Mutex(Seen())

    var seen: Seen { state.withLock { $0 } }

    func note(_ body: (inout sending Seen) -> Void) {
        state.withLock { body(&$0) }
    }
}

/// Sends every message back, but for a few that are commands.
final class EchoDelegate: ClientPortDelegate {
    private let log: EchoLog

    init(log: EchoLog) {
        self.log = log
    }

    func opened(_ connection: ClientConnection, encoding: ClientEncoding, bearerToken: String?) {
        let id = connection.id
        log.note { $0.opened.append((id, bearerToken)) }
    }

    func received(_ connection: ClientConnection, _ message: ByteBuffer) {
        let bytes = message.readableBytes
        log.note { $0.bytes += bytes }
        switch String(buffer: message) {
        case "close": connection.close(code: 4001, reason: String(repeating: "é", count: 100))
        case "flood":
            let part = [UInt8](repeating: UInt8(ascii: "x"), count: 50_000)
            while connection.isWritable {
                connection.send(part)
                connection.flush()
            }
        case "pause": connection.pauseReading()
        default: connection.send(message)
        }
    }

    func readCycleEnded(_ connection: ClientConnection) {
        connection.flush()
    }

    func writabilityChanged(_ connection: ClientConnection, isWritable: Bool) {
        log.note { $0.writability.append(isWritable) }
    }

    func closed(_ connection: ClientConnection, reason: ClientCloseReason) {
        let id = connection.id
        log.note { $0.closed.append((id, reason)) }
    }
}
