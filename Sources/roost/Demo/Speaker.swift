import Foundation
import RoostClient
import RoostCore
import RoostSession
import RoostWire

/// One of the two people of the demonstration.
actor Speaker {
    /// Why the conversation did not go as it should.
    enum Failure: Error, CustomStringConvertible {
        /// The node refused something.
        case refused(String, ErrorFrame)
        /// The connection ended.
        case ended(String, SocketEnd)
        /// Nothing came in time.
        case silence(String, waitedFor: String)

        var description: String {
            switch self {
            case .refused(let name, let error): "\(name) was refused: \(error.code): \(error.text)"
            case .ended(let name, let end): "the connection of \(name) ended: \(end)"
            case .silence(let name, let what): "\(name) waited in vain for \(what)"
            }
        }
    }

    /// How far a message has got.
    enum Tick: Int, Comparable {
        case accepted = 1
        case sent
        case delivered
        case read

        var text: String {
            switch self {
            case .accepted: "accepted   a node has it in memory"
            case .sent: "sent ✓     a majority of the owners has it on disk"
            case .delivered: "delivered ✓✓  the other side has stored it; it is gone from the queue"
            case .read: "read       the other side has seen it"
            }
        }

        static func < (left: Tick, right: Tick) -> Bool { left.rawValue < right.rawValue }
    }

    let name: String
    private let nodes: [NodeAddress]
    private var credentials: Credentials?
    private var connection: ClientConnection?
    private var reader: Task<Void, Never>?
    private var lastNumber: StreamNumber = 0
    private var ticks: [StreamNumber: Tick] = [:]
    private var heard = 0
    private var isWelcome = false
    private var failure: Failure?

    private static let stream: UInt64 = 1
    private static let patienceSeconds = 15.0

    init(name: String, nodes: [NodeAddress]) {
        self.name = name
        self.nodes = nodes
    }

    func register(at node: NodeAddress) async throws {
        credentials = try await NodeResources(node).register(name, password: "correct horse \(name)")
        print("  \(name) is registered")
    }

    func connect(to node: NodeAddress) async throws {
        guard let credentials else { return }
        let connection = try await ClientConnection.connect(
            ClientSocket.Options(address: node, token: credentials.token, encoding: .json))
        self.connection = connection
        heard = 0
        isWelcome = false
        connection.send(.hello(.init(client: "roost-demo")))
        reader = Task { [weak self] in
            for await event in connection.events { await self?.take(event, on: connection) }
        }
        try await wait(for: "welcome") { $0.isWelcome }
    }

    func disconnect() {
        reader?.cancel()
        connection?.close()
        connection = nil
    }

    func say(_ text: String, to other: Speaker) {
        lastNumber += 1
        print("  \(name): \(text)")
        connection?.send(
            .send(
                .init(
                    id: lastNumber, to: other.name, stream: Speaker.stream, number: lastNumber, body: Array(text.utf8)))
        )
    }

    /// Waits until that many messages have come since the connection was made.
    func hear(_ count: Int, readingThem: Bool) async throws {
        try await wait(for: "\(count) messages") { $0.heard >= count }
    }

    /// Waits until message `number` has got that far.
    func see(_ number: StreamNumber, _ tick: Tick) async throws {
        try await wait(for: "\(tick) of message \(number)") { ($0.ticks[number] ?? .accepted) >= tick }
    }

    private func wait(for what: String, _ condition: (isolated Speaker) -> Bool) async throws {
        let deadline = Date().addingTimeInterval(Speaker.patienceSeconds)
        while !condition(self) {
            if let failure { throw failure }
            guard Date() < deadline else { throw Failure.silence(name, waitedFor: what) }
            try await Task.sleep(for: .milliseconds(5))
        }
    }

    private func take(_ event: ClientConnection.Event, on connection: ClientConnection) {
        guard connection === self.connection else { return }
        switch event {
        case .ended(let end):
            failure = .ended(name, end)
        case .frame(let frame):
            take(frame, on: connection)
        }
    }

    private func take(_ frame: ServerFrame, on connection: ClientConnection) {
        switch frame {
        case .welcome(let welcome):
            isWelcome = true
            print("  \(name) is connected to node \(welcome.node)")
        case .accepted(_, _, _, let number): raise(number...number, to: .accepted)
        case .sent(_, _, let upTo): raise(1...upTo, to: .sent)
        case .message(let message):
            heard += 1
            print("  \(name) ← \(message.from): \(String(decoding: message.body, as: UTF8.self))")
            connection.send(.ack(message.key, upTo: message.number))
            connection.send(.read(from: message.from.text, message.key, upTo: message.number))
        case .receipt(let receipt):
            if receipt.deliveredUpTo > 0 { raise(1...receipt.deliveredUpTo, to: .delivered) }
            if receipt.readUpTo > 0 { raise(1...receipt.readUpTo, to: .read) }
        case .error(let error): failure = .refused(name, error)
        case .state, .pong, .drained, .bye, .presence, .groupReceipt, .typing: break
        }
    }

    private func raise(_ numbers: ClosedRange<StreamNumber>, to tick: Tick) {
        for number in numbers where ticks[number].map({ $0 < tick }) ?? true {
            ticks[number] = tick
            print("      message \(number)  \(tick.text)")
        }
    }
}
