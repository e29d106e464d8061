import Metrics
import RoostSession
import RoostTransport

/// The node's counters. Each is an atomic addition, safe on any thread.
final class NodeCounters: Sendable {
    private let connections = Counter(label: "roost_client_connections_total")
    private let connectionsOpen = Meter(label: "roost_client_connections_open")
    private let framesReceived: [Counter]
    private let framesSent: [Counter]
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

    /// One a kind, in the order of the kinds: counting a frame looks nothing up.
    private static func counters(_ label: String, _ kinds: [String]) -> [Counter] {
        kinds.map { Counter(label: label, dimensions: [("kind", $0)]) }
    }

    func connectionOpened() {
        connections.increment()
        connectionsOpen.increment()
    }

    func connectionClosed() {
        connectionsOpen.decrement()
    }

    func received(_ frame: ClientFrame) {
        framesReceived[frame.kind].increment()
    }

    func sent(_ frame: ServerFrame) {
        framesSent[frame.kind].increment()
        if case .error(let error) = frame { errors[error.code]?.increment() }
    }

    func frameRefused() {
        framesRefused.increment()
    }

    func peerRefused() {
        peersRefused.increment()
    }

    func requestLimited(_ kind: RequestLimits.Kind) {
        Counter(label: "roost_http_requests_limited_total", dimensions: [("kind", kind.rawValue)]).increment()
    }

    func datagramDropped(_ reason: String) {
        Counter(label: "roost_gossip_datagrams_dropped_total", dimensions: [("reason", reason)]).increment()
    }
}

extension ClientFrame {
    fileprivate static let kinds = [
        "hello", "send", "ack", "read", "query", "ping", "watch", "typing", "receiptsKnown",
    ]

    /// The place among ``kinds``.
    fileprivate var kind: Int {
        switch self {
        case .hello: 0
        case .send: 1
        case .ack: 2
        case .read: 3
        case .query: 4
        case .ping: 5
        case .watch: 6
        case .typing: 7
        case .receiptsKnown: 8
        }
    }
}

extension ServerFrame {
    fileprivate static let kinds = [
        "welcome", "accepted", "sent", "message", "receipt", "state", "error", "pong", "drained", "bye", "presence",
        "groupReceipt", "typing",
    ]

    /// The place among ``kinds``.
    fileprivate var kind: Int {
        switch self {
        case .welcome: 0
        case .accepted: 1
        case .sent: 2
        case .message: 3
        case .receipt: 4
        case .state: 5
        case .error: 6
        case .pong: 7
        case .drained: 8
        case .bye: 9
        case .presence: 10
        case .groupReceipt: 11
        case .typing: 12
        }
    }
}
