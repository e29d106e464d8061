/// How frames of the client protocol are written: chosen once, as the WebSocket subprotocol.
public enum ClientEncoding: String, CaseIterable, Sendable {
    /// Protobuf's JSON mapping, in text frames.
    case json
    /// Protobuf's binary form, in binary frames.
    case proto

    /// The name of the WebSocket subprotocol.
    public var subprotocol: String {
        switch self {
        case .json: "roost.v1.json"
        case .proto: "roost.v1.proto"
        }
    }

    /// The encoding that a subprotocol stands for; `nil` when it is none of ours.
    public init?(subprotocol: some StringProtocol) {
        guard let match = ClientEncoding.allCases.first(where: { $0.subprotocol == subprotocol }) else { return nil }
        self = match
    }

    /// Whether its frames are WebSocket text frames.
    public var isText: Bool { self == .json }
}
