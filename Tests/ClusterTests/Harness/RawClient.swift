import NIOCore
import RoostClient
import RoostCore
import RoostSession
import RoostWire

/// A client that does what a test tells it, right or wrong, and keeps every frame that comes.
actor RawClient {
    private let connection: ClientConnection
    private var reader: Task<Void, Never>?
    private(set) var frames: [ServerFrame] = []
    private(set) var end: SocketEnd?

    /// Connects, and says nothing.
    static func connect(
        to node: TestNode, header token: String? = nil, encoding: ClientEncoding = .json
    ) async throws -> RawClient {
        let client = RawClient(
            try await ClientConnection.connect(.init(address: node.address, token: token, encoding: encoding)))
        await client.read()
        return client
    }

    /// Connects and is welcomed and drained.
    static func live(
        as user: Credentials, at node: TestNode, encoding: ClientEncoding = .json, window: Int = 0
    ) async throws -> RawClient {
        let client = try await connect(to: node, encoding: encoding)
        await client.send(.hello(.init(token: user.token, window: window)))
        try await client.see("welcome") { if case .welcome = $0 { true } else { false } }
        return client
    }

    private init(_ connection: ClientConnection) {
        self.connection = connection
    }

    private func read() {
        reader = Task {
            for await event in connection.events {
                switch event {
                case .frame(let frame): frames.append(frame)
                case .ended(let end): self.end = end
                }
            }
        }
    }

    func send(_ frame: ClientFrame) { connection.send(frame) }

    func send(text: String) { connection.send(encoded: Array(text.utf8)) }

    func stopReading() { connection.setReading(false) }

    func startReading() { connection.setReading(true) }

    func abort() { connection.abort() }

    /// Waits for a frame, among those that came already too.
    @discardableResult func see(
        _ what: String, seconds: Double = 10, where condition: (ServerFrame) -> Bool
    ) async throws -> ServerFrame {
        var found: ServerFrame?
        try await wait(for: "\(what); there came \(frames.suffix(5)), end \(String(describing: end))", seconds: seconds)
        {
            found = frames.first(where: condition)
            return found != nil
        }
        guard let found else { throw WaitedInVain(what: what, seconds: seconds) }
        return found
    }

    /// Sends, and waits for an error that comes after it.
    func refusal(of frame: ClientFrame) async throws -> ErrorFrame {
        try await nextError(of: "\(frame)".prefix(80)) { send(frame) }
    }

    func refusal(ofText text: String) async throws -> ErrorFrame {
        try await nextError(of: text.prefix(80)) { send(text: text) }
    }

    private func nextError(of what: some StringProtocol, _ act: () -> Void) async throws -> ErrorFrame {
        let before = errors.count
        act()
        try await wait(for: "a refusal of \(what); there came \(frames.suffix(3))", seconds: 10) {
            errors.count > before
        }
        return errors[before]
    }

    private var errors: [ErrorFrame] {
        frames.compactMap { if case .error(let error) = $0 { error } else { nil } }
    }

    var messages: [ServerFrame.Message] {
        frames.compactMap { if case .message(let message) = $0 { message } else { nil } }
    }

    func closeCode(seconds: Double = 10) async throws -> CloseCode? {
        try await wait(for: "the end; there came \(frames.suffix(5))", seconds: seconds) { end != nil }
        return end?.code
    }

    /// Whether a ping is answered.
    func isAlive(nonce: UInt64) async throws {
        send(.ping(nonce: nonce))
        try await see("pong \(nonce)") { $0 == .pong(nonce: nonce) }
    }
}
