import RoostSession

/// How a connection ended.
public enum SocketEnd: Equatable, Sendable {
    /// By a close frame, the node's or the answer to ours. No code: the frame had none.
    case closed(code: UInt16?, reason: String)
    /// Without one: the network or the node broke off.
    case broken(reason: String)

    /// The code, where it is one of the protocol.
    public var code: CloseCode? {
        switch self {
        case .closed(let code?, _): CloseCode(rawValue: code)
        case .closed(nil, _), .broken: nil
        }
    }
}
