import Metrics
import RoostSession

/// The node's counters. Each is an atomic addition, safe on any thread.
final class NodeCounters: Sendable {
    private let connections = Counter(label: "roost_client_connections_total")
    private let connectionsOpen = Meter(label: "roost_client_connections_open")
    private let framesReceived: [String: Counter]
    private let framesSent: [String: Counter]
    private let framesRefused = Counter(label: "roost_client_frames_refused_total")
    private let errors: [ErrorCode: Counter]
    private let peersRefused = Counter(label: "roost_peer_refusals_total")

    init() {
        framesReceived = NodeCounters.counters("roost_client_frames_received_total", ClientFrame.kinds)
        framesSent = NodeCounters.counters("roost_client_frames_sent_total", ServerFrame.kinds)
        errors = Dictionary(
            uniqueKeysWithValues: ErrorCode.allCases.map {
                ($0, Counter(label: "roost_client_errors_total", dimensions: [("code", "\($0)")]))
            })
    }

    private static func counters(_ label: String, _ kinds: [String]) -> [String: Counter] {
        Dictionary(uniqueKeysWithValues: kinds.map { ($0, Counter(label: label, dimensions: [("kind", $0)])) })
    }

    func connectionOpened() {
        connections.increment()
        connectionsOpen.increment()
    }

    func connectionClosed() {
        connectionsOpen.decrement()
    }

    func received(_ frame: ClientFrame) {
        framesReceived[frame.kind]?.increment()
    }

    func sent(_ frame: ServerFrame) {
        framesSent[frame.kind]?.increment()
        if case .error(let error) = frame { errors[error.code]?.increment() }
    }

    func frameRefused() {
        framesRefused.increment()
    }

    func peerRefused() {
        peersRefused.increment()
    }

    func datagramDropped(_ reason: String) {
        Counter(label: "roost_gossip_datagrams_dropped_total", dimensions: [("reason", reason)]).increment()
    }
}

extension ClientFrame {
    fileprivate static let kinds = ["hello", "send", "ack", "read", "query", "ping"]

    fileprivate var kind: String {
        switch self {
        case .hello: "hello"
        case .send: "send"
        case .ack: "ack"
        case .read: "read"
        case .query: "query"
        case .ping: "ping"
        }
    }
}

extension ServerFrame {
    fileprivate static let kinds = [
        "welcome", "accepted", "sent", "message", "receipt", "state", "error", "pong", "drained", "bye",
    ]

    fileprivate var kind: String {
        switch self {
        case .welcome: "welcome"
        case .accepted: "accepted"
        case .sent: "sent"
        case .message: "message"
        case .receipt: "receipt"
        case .state: "state"
        case .error: "error"
        case .pong: "pong"
        case .drained: "drained"
        case .bye: "bye"
        }
    }
}
